"""A command's process ends with everything that it has started."""

from __future__ import annotations

import pytest

from dashboard.runner import call_process
from dashboard.runner.call_process import CallProcess
from tests.commands import python
from tests.project import Project, wait_until


def is_there(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


# It hears no SIGTERM, nor does a child that holds its output open.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


def test_a_stubborn_one_is_killed_with_its_children(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_process, "GRACE_SECONDS", 0.5)
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    with CallProcess(python(STUBBORN)) as process:
        wait_until(lambda: process.output.size, 60, "It does not begin")
        assert process.wait(0) is None
        process.end()
        assert process.wait(0) == -9
    found = [int(word) for word in process.output.parts()[0].split()]
    assert len(found) == 2
    wait_until(lambda: not any(map(is_there, found)), 10, "One of them is left")


def test_what_it_leaves_behind_does_not_hold_its_worker_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    code = (
        "import subprocess, sys\n"
        "code = 'import time; time.sleep(600)'\n"
        "print(subprocess.Popen([sys.executable, '-c', code]).pid)"
    )
    with CallProcess(python(code)) as process:
        assert process.wait(60) == 0
    pid = int(process.output.parts()[0])
    wait_until(lambda: not is_there(pid), 10, "It is left")
