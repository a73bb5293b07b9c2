"""A run that is told to go slower, to wait, or to use other lanes, while it works."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard.models import Chunk, Lane, MigrationRun
from dashboard.progress import snapshot
from dashboard.runner import controls, pace
from dashboard.runner.pace import Pace
from dashboard.runner.stalls import look
from localservers.usage import children
from tests import oracle
from tests.faults.test_deaths import assert_arrived, started, wait_for_end
from tests.project import Project, wait_until
from tests.throttles import ANSWER

OPTIONS = {"LEASE_SECONDS": 3, "LOOK_SECONDS": 1, "SLICE_SECONDS": 4}
FAST = 100_000


def rows(run: MigrationRun) -> int:
    return sum(run.tables.values_list("rows_copied", flat=True))


def codes(run: MigrationRun) -> set[str]:
    run.refresh_from_db()
    return {one.code for one in snapshot(run).conditions}


def open_transactions(entry: dict[str, Any]) -> int:
    with oracle.reading(entry) as reader:
        sql = (
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%%'"
            " OR (backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
            " AND now() - xact_start > interval '2 s' AND backend_type LIKE 'client%%')"
        )
        return int(reader.query(sql.replace("%%", "%"))[0][0])


def is_copying(run: MigrationRun) -> bool:
    run.refresh_from_db()
    return run.phase == "copying" and rows(run) > 0


def limited(project: Project, rows_per_second: int) -> MigrationRun:
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    run = started(project, source, destination)
    pace.change(run, "tests", Pace(2, rows_per_second))
    return run


@pytest.mark.soak
def test_the_lanes_of_two_workers_together_keep_to_the_limit(project: Project) -> None:
    project.options.update(OPTIONS)
    run = limited(project, 200)
    schema = oracle.schema_snapshot(project.entry(run.destination))
    for _ in range(2):
        project.worker(concurrency=1)
    wait_until(lambda: is_copying(run), 60, "Nothing is copied")
    wait_until(lambda: "limited" in codes(run), 20, "The page does not say why")
    holders = Lane.objects.filter(run=run).exclude(leased_by="")
    wait_until(lambda: holders.count() == 2, 20, "One worker does everything")
    assert len(set(holders.values_list("leased_by", flat=True))) == 2
    assert_arrived(project, wait_for_end(run), schema)

    chunks = Chunk.objects.of(run).order_by("started_ms")
    times = list(chunks.values_list("started_ms", "rows"))
    # Every chunk but those that nobody had to wait behind.
    seconds = (times[-1][0] - times[0][0]) / 1000
    copied = sum(rows for _moment, rows in times)
    # A second that a lane may be late, and what each lane may have had in hand.
    assert copied <= 200 * (seconds + 1) + 2 * 150
    assert copied >= 200 * seconds * 0.5
    assert max(rows for _moment, rows in times) <= 200 * 1.5 / 2


@pytest.mark.soak
def test_not_now_holds_no_transaction_and_a_pause_is_heard_at_once(
    project: Project, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    project.options.update(OPTIONS, CHUNK_ROWS=10, THROTTLE="tests.throttles.told")
    source = project.database("postgresql", filled=True)
    destination = project.database("postgresql")
    schema = oracle.schema_snapshot(project.entry(destination))
    project.worker(environment={ANSWER: str(answer)})
    run = started(project, source, destination)
    wait_until(lambda: is_copying(run), 60, "Nothing is copied")

    answer.write_text("the replica is 40 s behind")
    wait_until(lambda: "not-now" in codes(run), 20, "The page does not say why")
    resting = Lane.objects.filter(run=run).exclude(rests_for="")
    wait_until(lambda: resting.count() == 2, 20, "A lane goes on")
    copied, alive = rows(run), run.alive_ms
    wait_until(
        lambda: MigrationRun.objects.get(pk=run.pk).alive_ms > alive + 5_000,
        40,
        "It seems to be dead",
    )
    assert codes(run) == {"not-now"}
    assert rows(run) == copied
    assert open_transactions(project.entry(source)) == 0
    assert open_transactions(project.entry(destination)) == 0
    message = next(one.message for one in snapshot(run).conditions)
    assert message == "Not now: the replica is 40 s behind."

    began = time.monotonic()
    controls.pause(run, "tests")
    wait_until(lambda: _is(run, "paused"), 10, "The pause is not heard")
    assert time.monotonic() - began < 5
    answer.unlink()
    controls.resume(run, "tests")
    assert_arrived(project, wait_for_end(run), schema)


def _is(run: MigrationRun, status: str) -> bool:
    look()
    run.refresh_from_db()
    return run.status == status


def test_not_now_does_not_keep_a_cancel_from_putting_the_schema_back(
    project: Project, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    project.options.update(OPTIONS, CHUNK_ROWS=10, THROTTLE="tests.throttles.told")
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    indexes = oracle.schema_snapshot(project.entry(destination))["indexes"]
    project.worker(environment={ANSWER: str(answer)})
    run = started(project, source, destination)
    wait_until(lambda: is_copying(run), 60, "Nothing is copied")
    answer.write_text("office hours")
    wait_until(lambda: "not-now" in codes(run), 20, "The page does not say why")

    began = time.monotonic()
    controls.cancel(run, "tests")
    wait_until(lambda: _is(run, "cancelled"), 30, "The cancel is not heard")
    assert time.monotonic() - began < 10
    assert oracle.schema_snapshot(project.entry(destination))["indexes"] == indexes


@pytest.mark.soak
def test_lanes_are_begun_and_rest_while_workers_copy(project: Project) -> None:
    project.options.update(OPTIONS)
    run = limited(project, 300)
    schema = oracle.schema_snapshot(project.entry(run.destination))
    project.worker(concurrency=3)
    leased = Lane.objects.filter(run=run, is_leased=True)
    wait_until(lambda: is_copying(run), 60, "Nothing is copied")

    pace.change(run, "tests", Pace(3, 300))
    wait_until(lambda: leased.count() == 3, 20, "No third lane works")
    pace.change(run, "tests", Pace(1, 300))
    wait_until(lambda: leased.count() == 1, 20, "Lanes go on that nobody asks for")
    assert leased.get().number == 0
    epochs = sorted(run.lanes.values_list("number", "epoch"))
    pace.change(run, "tests", Pace(1, FAST))

    assert_arrived(project, wait_for_end(run), schema)
    assert sorted(run.lanes.values_list("number", "epoch"))[1:] == epochs[1:]


@pytest.mark.soak
def test_a_command_begins_and_rests_processes_of_its_own(project: Project) -> None:
    project.options.update(OPTIONS)
    project.database("mariadb", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    command = project.manage_in_background(
        *("copydata", "old", "new", "--no-input", "--lanes=1", "--rows-per-second=300")
    )
    wait_until(MigrationRun.objects.exists, 60, "There is no run")
    run = MigrationRun.objects.get()
    wait_until(lambda: is_copying(run), 60, "Nothing is copied")
    assert not children(command.pid)
    held = "The limit of 300 rows a second holds the run back."
    wait_until(lambda: held in command.log.replace("\u202f", ""), 20, "No reason")

    project.manage("copydata", f"--set={run.pk}", "--lanes=3", check=True)
    leased = Lane.objects.filter(run=run, is_leased=True)
    wait_until(lambda: leased.count() == 3, 30, "No further lanes work")
    began = time.monotonic()
    others = leased.exclude(number=0)
    (died,) = others.filter(number=2).values_list("leased_by", flat=True)
    found = re.search(r":(\d+) ", died)
    assert found, died
    os.kill(int(found.group(1)), signal.SIGKILL)
    wait_until(lambda: others.exclude(leased_by=died).count() == 2, 30, "It stays dead")
    assert time.monotonic() - began < 15
    arguments = (f"--set={run.pk}", "--lanes=1", "--rows-per-second=0")
    said = project.manage("copydata", *arguments, check=True)
    assert f"Run {run.pk}: lanes 1, no limit; from the next piece on." in said.stdout
    assert command.popen.wait(90) == 0, command.log

    run.refresh_from_db()
    assert_arrived(project, run, schema)


@pytest.mark.soak
def test_a_run_is_resumed_with_other_lanes(project: Project) -> None:
    project.options.update(OPTIONS, CHUNK_ROWS=40)
    project.database("mariadb", "old", filled=True)
    project.database("postgresql", "new")
    request = MigrationRun(source="old", destination="new", executor="terminal")
    run = controls.check(controls.draft(request, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    MigrationRun.objects.update(status="paused")
    arguments = (f"--resume={run.pk}", "--lanes=3", "--rows-per-second=900000")
    done = project.manage("copydata", *arguments, "--no-input")
    assert done.returncode == 0, done.stdout + done.stderr
    said = f"Run {run.pk}: lanes 3, 900,000 rows a second; from the next piece on."
    assert said in done.stdout
    run.refresh_from_db()
    assert (run.lane_count, run.rows_per_second) == (3, 900_000)
    worked = Lane.objects.filter(run=run, epoch__gt=0)
    assert worked.count() == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set=77", "--lanes=2"), "There is no run 77."),
        (("--set=1",), "Nothing is given to change."),
        (("--set=1", "--lanes=40"), "cannot have 40 lanes"),
        (("--set=1", "--lanes=2"), "its speed cannot be changed"),
        (("--resume=1", "--on-bad-rows=aside"), "without: --on-bad-rows."),
        (("--resume=1", "shop", "--empty"), "without: LABEL, --empty."),
        (("--cancel=1", "--lanes=2"), "without: --lanes, --rows-per-second."),
    ],
)
def test_what_cannot_be_set_is_refused(
    project: Project, arguments: tuple[str, ...], said: str
) -> None:
    MigrationRun.objects.create(source="old", destination="new", status="ready")
    done = project.manage("copydata", *arguments)
    assert done.returncode == 1
    assert said in done.stderr
