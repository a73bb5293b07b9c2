"""A command's further processes: how they come to be, and how they end."""

from __future__ import annotations

import os
import signal
import textwrap

import pytest

from dashboard.runner import lane_processes
from dashboard.runner.lane_processes import LaneProcesses
from localservers.usage import children
from tests.dashboard.runner.steering import started
from tests.project import Project, wait_until

SCRIPT = """
    import sys, threading, time
    import django
    django.setup()
    from django.db import connection, transaction
    from dashboard.models import MigrationRun
    from dashboard.runner.lane_processes import LaneProcesses

    def say():
        processes = LaneProcesses(3)
        print(*{type(one).__name__ for one in processes._processes}, flush=True)
        return processes

    MigrationRun.objects.count()
    circumstance = sys.argv[1]
    if circumstance == "alone":
        processes = say()
    elif circumstance == "beside a thread":
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        processes = say()
    else:
        with transaction.atomic():
            MigrationRun.objects.count()
            processes = say()
            MigrationRun.objects.count()
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("circumstance", "kind"),
    [
        ("alone", "ForkProcess"),
        ("beside a thread", "SpawnProcess"),
        ("in a transaction", "SpawnProcess"),
    ],
)
def test_members_are_forked_where_that_is_safe_and_end_with_their_parent(
    project: Project, circumstance: str, kind: str
) -> None:
    parent = project.process("parent", "-c", textwrap.dedent(SCRIPT), circumstance)
    wait_until(lambda: "Process" in parent.log, 30, "No processes was made")
    assert parent.log.split() == [kind]
    members = children(parent.pid)
    # Spawning also starts a process that keeps track of resources.
    assert len(members) >= 3

    os.kill(parent.pid, signal.SIGKILL)

    wait_until(
        lambda: not any(map(is_alive, members)), 20, "Members outlive their parent"
    )


LOGGING = """
    import logging
    import django
    from django.conf import settings
    django.setup()
    from multiprocessing import Pipe
    import dashboard.runner.slice
    from dashboard.runner.lane_process import serve
    settings.LOGGING = {"version": 1}
    theirs, ours = Pipe(duplex=False)
    ours.close()
    serve(theirs, ())
    print("silenced", logging.getLogger("migration_console").disabled)
"""


def test_a_fork_goes_on_logging(project: Project) -> None:
    process = project.process("fork", "-c", textwrap.dedent(LOGGING))
    assert process.popen.wait(30) == 0
    assert process.log.split() == ["silenced", "False"]


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_process_that_has_died_is_done_without(project: Project) -> None:
    run = started(project, "postgresql")
    with LaneProcesses.of(run) as processes:
        (member,) = processes._processes
        member.kill()
        member.join()
        processes.send(run)
    assert member.exitcode == -9


def test_a_lane_whose_process_dies_gets_another_one_and_not_at_once_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(project, "postgresql")
    with LaneProcesses.of(run) as processes:
        processes.send(run)
        (first,) = processes._processes
        assert processes.ended() == set()
        first.kill()
        first.join()
        # It has hardly lived: what kills it may kill the next one as well.
        assert processes.ended() == set()
        monkeypatch.setattr(lane_processes, "SHORT_LIFE_SECONDS", 0.0)
        assert processes.ended() == {1}
        processes.grow(run.pk, 1, {1})
        assert processes._processes == [first]
        processes.grow(run.pk, 2, processes.ended())
        second = processes._processes[-1]
        is_served, ended = second.is_alive(), processes.ended()
        processes.kill()
    assert second is not first
    assert (is_served, ended) == (True, set())
