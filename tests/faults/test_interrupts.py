"""Ctrl-C in a terminal that copies, compares or only follows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import exits
from dashboard.runner.leases import without_terminal
from localservers.processes import Process
from localservers.usage import children
from tests import oracle
from tests.faults.test_deaths import OPTIONS, assert_arrived, wait_for_end
from tests.project import BASE_DIR, Project, soaked, wait_until

# Small chunks: without the interrupt the copy takes far longer than the test waits.
SMALL = {**OPTIONS, "CHUNK_ROWS": 2}


def in_the_middle() -> MigrationRun:
    def some() -> bool:
        return Chunk.objects.filter(state="copied").count() > 3

    wait_until(some, 60, "No chunk was copied")
    return MigrationRun.objects.get()


def has_schema(project: Project, schema: dict[str, set[Any]]) -> bool:
    """Whether everything is in place, foreign keys for new rows at least."""
    after = oracle.schema_snapshot(project.entry("new"))
    left = {row[:3] for row in after["constraints"]}
    there = left == {row[:3] for row in schema["constraints"]}
    return there and after["indexes"] == schema["indexes"]


def copying(project: Project, *arguments: str) -> tuple[Process, dict[str, set[Any]]]:
    project.options.update(SMALL)
    project.database("mariadb", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    given = ("copydata", "old", "new", "--no-input", *arguments)
    return project.manage_in_background(*given), schema


@pytest.mark.parametrize(
    ("number", "lanes"),
    [(signal.SIGINT, 2), soaked(signal.SIGTERM, 1), soaked(signal.SIGHUP, 2)],
)
def test_the_first_press_pauses_and_a_resume_ends_well(
    project: Project, number: int, lanes: int
) -> None:
    command, schema = copying(project, f"--lanes={lanes}")
    run = in_the_middle()

    os.kill(command.pid, number)

    assert command.popen.wait(30) == 128 + number, command.log
    run.refresh_from_db()
    assert run.status == "paused", command.log
    assert "Traceback" not in command.log
    assert f"Run {run.pk} is paused." in command.log
    assert "of 'new' are off." in command.log
    assert f"manage.py copydata --resume {run.pk}" in command.log
    assert f"manage.py copydata --cancel {run.pk}" in command.log
    assert not Chunk.objects.filter(state="claimed").exists()
    project.options["CHUNK_ROWS"] = 500
    # Nobody else takes it up meanwhile.
    assert not run.lanes.leased().exists()
    again = project.manage("copydata", "--resume", str(run.pk))
    assert again.returncode == 0, again.stderr
    run.refresh_from_db()
    assert_arrived(project, run, schema)


@pytest.mark.parametrize("lanes", [soaked(1), 2])
def test_f41_the_second_press_cancels_and_puts_the_schema_back(
    project: Project, lanes: int
) -> None:
    command, schema = copying(project, f"--lanes={lanes}")
    run = in_the_middle()

    began = time.monotonic()
    os.kill(command.pid, signal.SIGINT)
    os.kill(command.pid, signal.SIGTERM)

    code = command.popen.wait(60)
    assert time.monotonic() - began < 60
    run.refresh_from_db()
    # It may have been paused a moment before the second one.
    if run.status == "paused":
        assert project.manage("copydata", "--cancel", str(run.pk)).returncode == 1
        run.refresh_from_db()
    assert code in (128 + signal.SIGINT, 128 + signal.SIGTERM), command.log
    assert run.status == "cancelled", command.log
    assert "Traceback" not in command.log
    assert has_schema(project, schema)


@pytest.mark.soak
def test_the_third_press_leaves_at_once_and_a_command_mends_it(
    project: Project,
) -> None:
    project.options["LEASE_SECONDS"] = 4
    command, schema = copying(project, "--lanes=2")
    run = in_the_middle()
    lanes = children(command.pid)

    began = time.monotonic()
    # Signals of one number that come together would be one.
    pressed = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in pressed:
        os.kill(command.pid, number)

    code = command.popen.wait(20)
    took = time.monotonic() - began
    run.refresh_from_db()
    if run.status == "paused":
        pytest.skip("It was paused a moment before the third one.")
    assert code in [128 + number for number in pressed], command.log
    assert took < 10
    wait_until(lambda: not any(map(is_running, lanes)), 5, "A lane goes on")
    assert f"Run {run.pk} is not finished" in command.log
    assert "are off." in command.log or "may be off." in command.log
    assert f"manage.py copydata --resume {run.pk}" in command.log
    wait_until(lambda: unserved(run), 30, "The lease does not end")

    mended = project.manage("restoreschema", str(run.pk))

    assert "of 'new'" in mended.stdout
    run.refresh_from_db()
    assert run.status == "cancelled", mended.stderr
    assert has_schema(project, schema)


@pytest.mark.soak
def test_a_run_whose_terminal_was_killed_is_gone_on_with(project: Project) -> None:
    command, schema = copying(project, "--lanes=1")
    run = in_the_middle()
    command.kill()
    project.options["CHUNK_ROWS"] = 500
    early = project.manage("copydata", "--resume", str(run.pk))
    if early.returncode:
        assert f"Run {run.pk} is served by" in early.stderr
        wait_until(lambda: unserved(run), 30, "The lease does not end")
        assert project.manage("copydata", "--resume", str(run.pk)).returncode == 0
    run.refresh_from_db()
    assert_arrived(project, run, schema)
    listed = project.manage("restoreschema")
    assert "No run has left anything off." in listed.stdout


def test_words_are_last_though_the_control_database_is_away(project: Project) -> None:
    project.options["LEASE_SECONDS"] = 3
    project.options.update(SMALL)
    control = project.private_server("postgresql")
    project.database("postgresql", "default", server=control)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    command = project.manage_in_background(
        *("copydata", "old", "new", "--no-input", "--lanes=1")
    )
    run = in_the_middle()
    connections["default"].close()

    control.stop()
    wait_until(lambda: "does not answer" in command.log, 30, "It is not noticed")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(command.pid, number)

    wait_until(lambda: not command.running(), 30, "The command does not end")
    control.start()
    assert f"Run {run.pk} is not finished" in command.log
    assert "are off." in command.log or "may be off." in command.log
    assert f"manage.py copydata --resume {run.pk}" in command.log


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only its exit code."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def unserved(run: MigrationRun) -> bool:
    return exits.is_unserved(run)


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

    assert command.popen.wait(30) == 130, command.log
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
        assert command.wait(60) == 130
    run.refresh_from_db()
    assert run.status == "paused"


@pytest.mark.soak
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
