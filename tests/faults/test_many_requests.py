"""Pauses and resumes of three people at once, while a run works: all are answered."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from dashboard.models import MigrationRun
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from tests import oracle
from tests.faults.test_deaths import assert_arrived, started, wait_for_end
from tests.project import Project, soaked, wait_until

THREADS = 3
EACH = 76
OPTIONS = {"LEASE_SECONDS": 10, "LOOK_SECONDS": 1, "SLICE_SECONDS": 3, "CHUNK_ROWS": 10}


def ask(run: MigrationRun, answers: list[str]) -> None:
    """Pause and resume in turn; a refusal is an answer, and an error is none."""
    mine = MigrationRun.objects.get(pk=run.pk)
    for number in range(EACH):
        try:
            (controls.resume if number % 2 else controls.pause)(mine, "tests")
            answers.append("done")
        except RequestRefused:
            answers.append("refused")
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
    connections.close_all()


@pytest.mark.soak
@pytest.mark.parametrize(
    "control", ["sqlite", soaked("postgresql"), soaked("mariadb"), soaked("mysql")]
)
def test_every_pause_and_every_resume_is_answered(
    project: Project, control: str
) -> None:
    project.control(control)
    project.options.update(OPTIONS)
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    schema = oracle.schema_snapshot(project.entry(destination))
    project.worker()
    run = started(project, source, destination)
    wait_until(lambda: _has_copied(run), 60, "Nothing is copied")

    answers: list[str] = []
    threads = [
        threading.Thread(target=ask, args=(run, answers)) for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)

    assert len(answers) == THREADS * EACH
    assert set(answers) <= {"done", "refused"}
    assert answers.count("done") >= EACH
    _go_on(run)
    assert_arrived(project, wait_for_end(run), schema)


def _has_copied(run: MigrationRun) -> bool:
    return run.tables.filter(rows_copied__gt=0).exists()


def _go_on(run: MigrationRun) -> None:
    run.refresh_from_db()
    if run.status in ("pausing", "paused"):
        controls.resume(run, "tests")
