"""A run that breaks at every place in every way, and what must hold afterwards."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import controls
from dashboard.runner.stalls import look
from tests.faults.failing import ACTIONS, ONLY_POSTGRESQL, PLACES, failing
from tests.faults.invariants import Witness
from tests.faults.test_deaths import is_stopped, started, wait_for_end
from tests.project import Project, soaked, wait_until
from tests.servers import vendor_of
from tests.workers import Worker

OPTIONS = {
    "LEASE_SECONDS": 3,
    "LOOK_SECONDS": 1,
    "SLICE_SECONDS": 2,
    "CHUNK_ROWS": 60,
    "INDEXES_OFF_ROWS": 100,
}
# Where most is half done, all in one run.
BREAKS = [
    *(("reach receipt taken", "kill"), ("reach rows loaded", "cut")),
    *(("reach chunk committed", "kill"), ("reach step empty", "kill")),
    *(("reach table of a bundle loaded", "cut"), ("reach bundle committed", "kill")),
    *(("reach step remove indexes", "kill"), ("reach schema object done", "kill")),
    *(
        ("dashboard.runner.leases:release after", "kill"),
        ("reach users replaced", "kill"),
    ),
    *(("reach step restore index", "cut"), ("reach step close", "kill")),
    *(
        ("reach rows compared", "kill"),
        ("dashboard.runner.endings:finish before", "kill"),
    ),
]
DIRECTIONS = [
    ("mariadb", "postgresql"),
    ("postgresql", "mysql"),
    ("postgresql", "mysql_infile"),
    ("mysql", "mariadb"),
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
]
ROWS = 20_000


def prepared(project: Project, source: str, destination: str, rows: int) -> Witness:
    project.options.update(OPTIONS)
    project.database(source, "old", filled=True, rows=rows)
    project.database(destination, "new")
    return Witness(project, "old", "new")


@pytest.mark.parametrize(
    ("source", "destination"), [DIRECTIONS[0], soaked(*DIRECTIONS[1])]
)
def test_a_run_that_breaks_a_dozen_times_arrives(
    project: Project, tmp_path: Path, source: str, destination: str
) -> None:
    witness = prepared(project, source, destination, 2000)
    breaks = [
        (place, action, tmp_path / f"break{number}")
        for number, (place, action) in enumerate(BREAKS)
    ]
    project.worker(environment=failing(project, breaks, ("old", "new")))

    run = wait_for_end(started(project, "old", "new"))

    missed = [place for place, _, once in breaks if not once.exists()]
    assert (run.status, run.error, missed) == ("succeeded", "", [])
    witness.assert_kept(run)


def cases() -> list[tuple[str, str, str, str]]:
    return [
        (source, destination, place, action)
        for source, destination in DIRECTIONS
        for place in PLACES
        for action in ACTIONS
        if vendor_of(destination) == "postgresql" or place not in ONLY_POSTGRESQL
    ]


@pytest.mark.soak
@pytest.mark.parametrize(("source", "destination", "place", "action"), cases())
def test_a_run_that_breaks_at_a_place_arrives(
    project: Project,
    tmp_path: Path,
    source: str,
    destination: str,
    place: str,
    action: str,
) -> None:
    witness = prepared(project, source, destination, ROWS)
    project.options.update(CHUNK_ROWS=1000, INDEXES_OFF_ROWS=500)
    once = tmp_path / "once"
    worker = project.worker(
        environment=failing(project, [(place, action, once)], ("old", "new"))
    )
    run = started(project, "old", "new")
    wait_until(lambda: once.exists() or has_ended(run), 90, "It did not break")
    assert once.exists(), "The run never came to this place"
    if action == "stop":
        go_on_when_replaced(worker, run)
    wait_for_end(run, 120)
    if action == "raise" and run.status == "failed":
        # Something in the product is broken: said once, and retried by a person.
        assert run.error, "I8"
        controls.retry(run, "tests")
        wait_for_end(run, 120)
    witness.assert_kept(run)


def has_ended(run: MigrationRun) -> bool:
    run.refresh_from_db()
    return run.is_ended


def go_on_when_replaced(worker: Worker, run: MigrationRun) -> None:
    """Let a stopped process go on once another one does its work."""
    (stopped,) = wait_until(
        lambda: list(filter(is_stopped, worker.children())), 10, "Nobody has stopped"
    )
    before = epochs(run)

    def is_replaced() -> bool:
        look()
        return has_ended(run) or any(
            epoch > before[number] for number, epoch in epochs(run).items()
        )

    # The one that has stopped may have had no lane; the others go on anyway.
    wait_until(is_replaced, 60, "Nobody takes the lane")
    os.kill(stopped, signal.SIGCONT)


def epochs(run: MigrationRun) -> dict[int, int]:
    return dict(run.lanes.values_list("number", "epoch"))
