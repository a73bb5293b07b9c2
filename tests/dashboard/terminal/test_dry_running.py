"""A dry run: the first rows of every table arrive, and nothing is left of it."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from dashboard.models import Event, MigrationRun
from tests import terminal
from tests.dashboard.planning.checking import SMALL, run_sql
from tests.dashboard.terminal.test_before_start import GENRE, dumped
from tests.project import DIRECTIONS, Project, soaked

LEAN = {
    ("postgresql", "mysql"),
    ("mysql", "mariadb"),
    ("mariadb", "sqlite"),
    ("sqlite", "postgresql"),
    ("sqlite", "sqlite"),
}
PAIRS = [pair if pair in LEAN else soaked(*pair) for pair in DIRECTIONS]


def tried(*arguments: str) -> tuple[terminal.Ended, dict[str, Any]]:
    done = terminal.run("copydata", "old", "new", *arguments, "--dry-run", "--json")
    return done, json.loads(done.out)


def outcomes(said: dict[str, Any]) -> dict[str, str]:
    return {one["table"]: one["outcome"] for one in said["tables"]}


@pytest.mark.parametrize(("source", "destination"), PAIRS)
def test_every_table_is_tried_and_nothing_is_left(
    project: Project, source: str, destination: str
) -> None:
    project.database(source, "old", filled=True, rows=200)
    project.database(destination, "new")
    run_sql(project, "new", GENRE[destination])
    before = dumped(project)
    done, said = tried("--empty", "--chunk-rows=30")
    assert done.code == 0, done.err
    found = outcomes(said)
    assert len(found) == said["tables_checked"] > 20
    assert set(found.values()) == {"equal"}
    assert max(one["rows"] for one in said["tables"]) == 30
    assert dumped(project) == before
    assert not MigrationRun.objects.exists()
    assert not Event.objects.exists()


LONG = f"""
    UPDATE bookshop_currency SET name = '{"x" * 300}'
    WHERE code = (SELECT min(code) FROM bookshop_currency)
"""


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "mariadb"])
def test_a_row_that_is_refused_is_named_and_nothing_is_left(
    project: Project, engine: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new")
    run_sql(project, "old", LONG)
    before = dumped(project)
    done, said = tried(*SMALL)
    assert done.code == 1
    assert outcomes(said) == {"bookshop_currency": "refused", "bookshop_genre": "equal"}
    (refused,) = [one for one in said["tables"] if one["outcome"] == "refused"]
    assert "'bookshop_currency'" in refused["message"]
    assert [one["column"] for one in refused["refused"]] == ["name"]
    assert "dry_run" not in done.out + done.err
    assert "xxx" not in done.out + done.err
    assert dumped(project) == before


def test_a_constraint_of_the_destination_holds_in_a_dry_run(project: Project) -> None:
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    unique = "CREATE UNIQUE INDEX one ON bookshop_genre (substr(name, 1, 0))"
    run_sql(project, "new", unique)
    done, said = tried("bookshop.Genre")
    assert done.code == 1
    assert outcomes(said) == {"bookshop_genre": "refused"}


def test_errors_of_the_checks_come_first(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    run_sql(project, "new", GENRE["sqlite"])
    done, said = tried(*SMALL)
    assert done.code == 1
    assert said["tables"] == []
    assert not said["can_start"]


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "sqlite"])
def test_nothing_is_left_of_a_dry_run_that_is_killed(
    project: Project, engine: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new")
    before = dumped(project)
    done = project.manage(
        *("copydata", "old", "new", "--dry-run"),
        environment={"MIGRATION_CONSOLE_FAILPOINTS": "rows tried=kill"},
    )
    assert done.returncode == -signal.SIGKILL
    assert dumped(project) == before
