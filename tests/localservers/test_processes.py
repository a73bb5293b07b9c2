from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localservers.ports import accepts_connections
from localservers.processes import Process, StartError
from tests.project import wait_until

BASE_DIR = Path(__file__).resolve().parents[2]


def test_a_program_that_ends_at_once_is_reported_with_its_output(
    tmp_path: Path,
) -> None:
    process = Process(
        "The program",
        [sys.executable, "-c", "raise SystemExit('no luck')"],
        log=tmp_path / "log",
    )
    with pytest.raises(StartError, match=r"exit code 1:\nno luck"):
        process.wait_until(lambda: False, 10, "never")


def test_a_program_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    process = Process("It", ["sleep", "600"], log=tmp_path / "log")
    with pytest.raises(StartError, match=r"never \(waited 0.1 s\)"):
        process.wait_until(lambda: False, 0.1, "never")
    assert not process.running()


STARTER = """
import sys, time
from pathlib import Path
from localservers.postgresql import PostgreSQLServer
from localservers.redis import RedisServer
directory = Path(sys.argv[1])
for server in PostgreSQLServer(directory / "pg"), RedisServer(directory / "redis"):
    server.start()
    print(server.port, flush=True)
time.sleep(600)
"""


def test_servers_die_with_a_killed_parent(directory: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, directory],
        stdout=subprocess.PIPE,
        text=True,
        cwd=BASE_DIR,
    )
    with starter:
        assert starter.stdout
        ports = [int(starter.stdout.readline()) for _ in range(2)]
        assert all(map(accepts_connections, ports))
        os.kill(starter.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(accepts_connections, ports)), 15, "A server goes on")
