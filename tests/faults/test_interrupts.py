"""Ctrl-C in a terminal that copies, compares or only follows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from dashboard.models import Chunk, MigrationRun
from dashboard.runner.leases import without_terminal
from localservers.processes import Process
from tests import oracle
from tests.faults.test_deaths import OPTIONS, assert_arrived, wait_for_end
from tests.project import BASE_DIR, Project, wait_until

# Small chunks: without the interrupt the copy takes far longer than the test waits.
SMALL = {**OPTIONS, "CHUNK_ROWS": 2}


def in_the_middle() -> MigrationRun:
    def some() -> bool:
        return Chunk.objects.filter(state="copied").count() > 3

    wait_until(some, 60, "No chunk was copied")
    return MigrationRun.objects.get()


def heard_times(command: Process, times: int) -> bool:
    return command.log.count("Cancelling:") >= times or not command.running()


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("lanes", [1, 2])
def test_a_copy_is_cancelled_and_the_schema_put_back(
    project: Project, lanes: int, times: int
) -> None:
    project.options.update(SMALL)
    project.database("mariadb", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    command = project.manage_in_background(
        "copydata", "old", "new", "--no-input", f"--lanes={lanes}"
    )
    run = in_the_middle()

    began = time.monotonic()
    for number in range(times):
        if command.running():
            os.kill(command.pid, signal.SIGINT)
        # Each is heard by itself, unless the run has ended meanwhile.
        heard = partial(heard_times, command, number + 1)
        wait_until(heard, 10, "Ctrl-C was not heard")

    assert command.popen.wait(60) == 1, command.log
    assert time.monotonic() - began < 60
    run.refresh_from_db()
    assert run.status == "cancelled", command.log
    assert "Traceback" not in command.log
    after = oracle.schema_snapshot(project.entry("new"))
    assert after["indexes"] == schema["indexes"]
    left = {row[:3] for row in after["constraints"]}
    assert left == {row[:3] for row in schema["constraints"]}


def test_a_terminal_that_follows_workers_leaves_the_run_to_them(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    project.database("mariadb", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    project.worker()
    command = project.manage_in_background(
        "copydata", "old", "new", "--no-input", "--queue"
    )
    run = in_the_middle()

    os.kill(command.pid, signal.SIGINT)

    assert command.popen.wait(30) == 1, command.log
    assert f"Run {run.pk} goes on" in command.log
    assert "Traceback" not in command.log
    assert_arrived(project, wait_for_end(run), schema)


def test_an_interrupt_before_the_start_leaves_nothing_behind(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new", filled=True)
    before = oracle.row_counts(project.entry("new"))
    with subprocess.Popen(
        [sys.executable, "manage.py", "copydata", "old", "new", "--empty"],
        cwd=BASE_DIR,
        env=project.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        assert command.stdout
        while "bookshop_book:" not in (line := command.stdout.readline()):
            assert line, "Nothing was asked"

        command.send_signal(signal.SIGINT)

        said = command.stdout.read()
    # The question answers it, or the command, if it came a moment earlier.
    assert command.returncode in (1, 130), said
    assert "Nothing was deleted" in said or "Interrupted." in said
    assert "Traceback" not in said
    assert not MigrationRun.objects.filter(status="running").exists()
    assert oracle.row_counts(project.entry("new")) == before


def test_it_is_heard_though_nobody_reads_what_the_command_says(
    project: Project,
) -> None:
    project.options.update(SMALL)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    with subprocess.Popen(
        [sys.executable, "manage.py", "copydata", "old", "new", "--no-input"],
        cwd=BASE_DIR,
        env=project.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as command:
        run = in_the_middle()
        assert command.stdout
        command.stdout.close()
        command.send_signal(signal.SIGINT)
        assert command.wait(60) != 0
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_take_over_that_cannot_succeed_is_given_up(project: Project) -> None:
    project.options.update({**SMALL, "LEASE_SECONDS": 2})
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    killed = project.manage_in_background("copydata", "old", "new", "--no-input")
    first = in_the_middle()
    killed.kill()
    right = project.entry("new")
    project.database("sqlite", "other")
    # The destination has another name now, and its old one means another file.
    project.entries |= {"renamed": right, "new": project.entry("other")}

    wait_until(lambda: not first.lanes.leased().exists(), 30, "The lease does not end")
    wait_until(lambda: silent(first), 30, "The terminal is not taken for dead")
    again = project.manage_in_background(
        "copydata", "old", "renamed", "--empty", "--no-input"
    )
    wait_until(lambda: "is gone" in again.log, 30, "Nothing is taken over")

    os.kill(again.pid, signal.SIGINT)

    assert again.popen.wait(60) == 1, again.log
    assert "could not be ended" in again.log
    first.refresh_from_db()
    assert first.status == "failed"


def silent(run: MigrationRun) -> bool:
    return without_terminal(MigrationRun.objects.filter(pk=run.pk)).exists()
