"""How long a run will take: as rows were measured, or as the last runs took."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.models import MigrationRun
from dashboard.planning.duration import (
    FIXED_SECONDS,
    PAST_RUNS,
    TELLING_ROWS,
    UNKNOWN,
    expect,
)
from tests.dashboard.runs import make_run, make_table
from tests.project import DIRECTIONS, Project

# Rows in a second, narrow ones, copied and compared; see docs/performance.md.
MEASURED = {
    ("mariadb", "postgresql"): 180_000,
    ("postgresql", "postgresql"): 200_000,
    ("sqlite", "postgresql"): 125_000,
    ("mariadb", "mariadb"): 110_000,
    ("postgresql", "mariadb"): 140_000,
    ("sqlite", "mariadb"): 95_000,
    ("postgresql", "sqlite"): 100_000,
    ("mariadb", "sqlite"): 90_000,
    ("sqlite", "sqlite"): 85_000,
}
ENGINES = {"postgresql": "postgresql", "mariadb": "mysql", "sqlite": "sqlite3"}
NARROW = 40  # bytes
MANY = 100_000_000


@pytest.fixture
def named(project: Project) -> Project:
    """An alias of each engine; only its name in the settings is looked at."""
    for name, engine in ENGINES.items():
        project.register(name, {"ENGINE": f"django.db.backends.{engine}", "NAME": "x"})
    return project


def planned(
    source: str, destination: str, rows: int, size: int | None, **fields: Any
) -> MigrationRun:
    run = make_run(
        source=source,
        destination=destination,
        status="ready",
        started_at=None,
        **fields,
    )
    if rows:
        make_table(run, rows_total=rows, bytes_total=size)
    return run


def seconds(source: str, destination: str, rows: int, size: int | None) -> float:
    expected = expect(planned(source, destination, rows, size))
    assert expected.past_runs == 0
    return expected.seconds


def test_every_direction_is_measured() -> None:
    # MySQL's own figures are the back end's.
    usual = {pair for pair in DIRECTIONS if "mysql" not in pair}
    assert set(MEASURED) == usual


@pytest.mark.parametrize(("source", "destination"), MEASURED)
def test_narrow_rows_take_what_they_were_measured_to(
    named: Project, source: str, destination: str
) -> None:
    rate = MANY / seconds(source, destination, MANY, MANY * NARROW)
    measured = MEASURED[(source, destination)]
    assert measured / 1.3 < rate < measured * 1.3


@pytest.mark.parametrize(("source", "destination"), MEASURED)
def test_more_rows_and_more_bytes_take_longer(
    named: Project, source: str, destination: str
) -> None:
    few = seconds(source, destination, 10**6, 10**6)
    many = seconds(source, destination, 10**7, 10**7)
    assert many > 5 * few
    # So many bytes count, and not how many rows they are.
    fat = seconds(source, destination, 10**6, 10**11)
    fatter = seconds(source, destination, 10**6, 10**12)
    assert fatter > 5 * fat > 5 * many


def test_no_rows_take_a_moment(named: Project) -> None:
    assert seconds("sqlite", "sqlite", 0, None) == FIXED_SECONDS
    assert seconds("sqlite", "sqlite", 10**6, None) > FIXED_SECONDS


@pytest.mark.parametrize(
    "pair", [("gone", "sqlite"), ("sqlite", "gone"), ("gone", "gone")]
)
def test_an_alias_that_has_gone_is_guessed(
    named: Project, pair: tuple[str, str]
) -> None:
    assert seconds(*pair, 10**6, None) == FIXED_SECONDS + UNKNOWN.million_rows


def test_an_engine_that_the_console_does_not_know_is_guessed(
    project: Project,
) -> None:
    project.register("other", {"ENGINE": "django.db.backends.dummy", "NAME": "x"})
    guessed = FIXED_SECONDS + UNKNOWN.million_rows
    assert seconds("other", "default", 10**6, None) == guessed


ROWS = 4 * TELLING_ROWS


def past(took: float, rows: int = ROWS, **fields: Any) -> MigrationRun:
    """Write down a run from SQLite to PostgreSQL that took so many seconds."""
    began = timezone.now()
    defaults = {
        "source": "sqlite",
        "destination": "postgresql",
        "status": "succeeded",
        "started_at": began,
        "finished_at": began + timedelta(seconds=took + FIXED_SECONDS),
    }
    run = make_run(**{**defaults, **fields})
    make_table(run, rows_total=rows, bytes_total=rows * NARROW)
    return run


def next_run(**fields: Any) -> MigrationRun:
    return planned("sqlite", "postgresql", ROWS, ROWS * NARROW, **fields)


def test_the_last_runs_of_a_pair_tell_more_than_measurements(named: Project) -> None:
    past(100)
    expected = expect(next_run())
    assert expected.past_runs == 1
    assert expected.seconds == pytest.approx(101)
    past(200)
    expected = expect(next_run())
    assert expected.past_runs == 2
    assert expected.seconds == pytest.approx(151)
    twice = planned("sqlite", "postgresql", 2 * ROWS, 2 * ROWS * NARROW)
    assert expect(twice).seconds == pytest.approx(301)


@pytest.mark.parametrize(
    "other",
    [
        {"source": "mariadb"},
        {"destination": "mariadb"},
        {"mode": "compare"},
        {"verify": "none"},
        {"verify": "counts"},
        {"status": "failed"},
        {"status": "cancelled"},
        {"finished_at": None},
        {"started_at": None},
        {"rows": TELLING_ROWS - 1},
        {"took": -1.0},
    ],
)
def test_a_run_that_did_something_else_tells_nothing(
    named: Project, other: dict[str, Any]
) -> None:
    past(**{"took": 1000.0, **other})
    assert expect(next_run()).past_runs == 0


def test_a_comparison_follows_the_last_comparisons(named: Project) -> None:
    past(10, mode="compare")
    past(100)
    expected = expect(next_run(mode="compare"))
    assert expected.past_runs == 1
    assert expected.seconds == pytest.approx(11)


def test_only_the_last_runs_count(named: Project) -> None:
    for _ in range(3):
        past(1000)
    for _ in range(PAST_RUNS):
        past(100)
    expected = expect(next_run())
    assert expected.past_runs == PAST_RUNS
    assert expected.seconds == pytest.approx(101)


def test_runs_that_tell_nothing_do_not_hide_one_that_does(named: Project) -> None:
    past(100)
    for _ in range(PAST_RUNS):
        past(1, verify="none")
        past(1, rows=10)
    expected = expect(next_run())
    assert expected.past_runs == 1
    assert expected.seconds == pytest.approx(101)
