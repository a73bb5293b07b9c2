"""The checks alone and the plan, from the terminal: nothing is written anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import Event, MigrationRun
from tests import oracle, terminal
from tests.dashboard.planning.checking import SMALL, run_sql
from tests.oracle.rows import digests
from tests.project import Project
from tests.test_house import BASE_DIR

PAIRS = [
    ("postgresql", "mysql"),
    ("mysql", "mariadb"),
    ("mariadb", "sqlite"),
    ("sqlite", "postgresql"),
]
GENRE = {
    "postgresql": "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (1, 'a', 0)",
    "sqlite": "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (1, 'a', 0)",
    "mysql": "INSERT INTO bookshop_genre (id, name, `order`) VALUES (1, 'a', 0)",
    "mariadb": "INSERT INTO bookshop_genre (id, name, `order`) VALUES (1, 'a', 0)",
}


def dumped(project: Project) -> list[Any]:
    """Both databases, by the raw drivers: schema, every row, and the numbers."""
    entries = [project.entry(alias) for alias in ("old", "new")]
    return [
        (oracle.schema_snapshot(e), digests(e), oracle.high_water_marks(e))
        for e in entries
    ]


def asked(*arguments: str) -> tuple[terminal.Ended, dict[str, Any]]:
    done = terminal.run("copydata", "old", "new", *arguments, "--json")
    return done, json.loads(done.out)


@pytest.fixture(autouse=True)
def indexes_come_off() -> Iterator[None]:
    with override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 50}):
        yield


@pytest.mark.parametrize(("source", "destination"), PAIRS)
def test_checks_and_a_plan_leave_everything_as_it_is(
    project: Project, source: str, destination: str
) -> None:
    project.database(source, "old", filled=True, rows=200)
    project.database(destination, "new")
    run_sql(project, "new", GENRE[destination])
    before = dumped(project)
    red, said = asked("--check")
    assert red.code == 1
    assert not said["can_start"]
    assert [one["check"] for one in said["findings"] if one["level"] == "error"] == [
        "migration_console.E140"
    ]
    green, said = asked("--check", "--empty")
    assert (green.code, said["can_start"]) == (0, True)
    assert said["tables_checked"] > 20
    planned, plan = asked("--plan", "--empty")
    assert planned.code == 0, planned.err
    assert dumped(project) == before
    assert not MigrationRun.objects.exists()
    assert not Event.objects.exists()
    rows = {one["table"]: one for one in plan["tables"]}
    counted = oracle.row_counts(project.entry("old"))
    exact = {name: one["rows"] for name, one in rows.items() if one["rows_exact"]}
    assert exact == {name: counted[name] for name in exact}
    assert rows["bookshop_genre"]["rows_deleted"] == 1
    assert rows["auth_user"]["replaced_last"]
    places = [one["position"] for one in plan["tables"]]
    assert places == list(range(1, len(places) + 1))


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "mariadb", "sqlite"])
def test_what_the_plan_names_is_what_a_run_does(project: Project, engine: str) -> None:
    """Its indexes and keys come off, and its statements set the sequences."""
    project.database("sqlite", "old", filled=True, rows=200)
    project.database(engine, "new")
    project.database(engine, "other")
    done, plan = asked("--plan", "--empty")
    assert done.code == 0, done.err
    words = terminal.run("copydata", "old", "new", "--plan", "--empty")
    ended = terminal.run("copydata", "old", "new", "--empty", "--no-input", "--lanes=1")
    assert ended.code == 0, ended.err
    run = MigrationRun.objects.get()
    taken = set(run.schema_objects.values_list("table__table", "object_type", "name"))
    foreseen = {
        (table["table"], item["type"], item["name"])
        for table in plan["tables"]
        for item in table["comes_off"]
    }
    assert foreseen == taken
    assert foreseen
    assert all(f"'{name}'" in words.out for _table, _type, name in foreseen)
    # Rows of the other one are another thing: what counts is the numbers.
    statements = [sql for table in plan["tables"] for sql in table["sequences"]]
    for sql in statements:
        run_sql(project, "other", *filter(None, map(str.strip, sql.split("; "))))
        assert sql in words.out
    marks = [oracle.high_water_marks(project.entry(one)) for one in ("new", "other")]
    for table in plan["tables"]:
        if table["sequences"]:
            reached, planned = (one.get(table["table"]) for one in marks)
            assert planned == reached, table
    assert statements


def test_what_would_be_passed_over_is_refused(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    for more in ("--plan", "--summary", "--migrate", "--queue", "--report=r.html"):
        done = terminal.run("copydata", "old", "new", "--check", more)
        assert done.code == 1
        assert f"--check goes without: {more.partition('=')[0]}." in done.err
    assert not MigrationRun.objects.exists()


def test_findings_that_block_are_said_first(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    run_sql(
        project,
        "new",
        "ALTER TABLE bookshop_genre RENAME TO away",
        "CREATE TABLE leftover (id integer)",
    )
    run_sql(project, "old", "CREATE TABLE loose (id integer)")
    run_sql(project, "old", "INSERT INTO loose VALUES (1)")
    done = terminal.run("copydata", "old", "new", "--check")
    assert done.code == 1
    first, second = done.out.splitlines()[:2]
    assert first.startswith("Error: (migration_console.E107) ")
    assert second.startswith("Warning: (migration_console.W116) ")
    assert "1 errors, 1 warnings." in done.out
    assert "cannot start" in done.err


def test_what_is_asked_of_a_run_holds_before_it(project: Project) -> None:
    """Other names, changes and sizes are those of the run, not the defaults."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    long = f"UPDATE bookshop_currency SET name = '{'x' * 300}'"
    run_sql(project, "old", "ALTER TABLE bookshop_genre RENAME TO kind", long)
    assert asked(*SMALL, "--check")[0].code == 1
    more = ("--renamed=bookshop.Genre=kind", "--change=bookshop.Currency.name=cut")
    for way in ("--check", "--plan", "--dry-run"):
        done, said = asked(*SMALL, way, *more)
        assert (done.code, said["can_start"]) == (0, True), done.err
        if way == "--plan":
            (changed,) = said["tables"][0]["changes"]
            assert changed == {"column": "name", "change": "cut:60"}
    assert {one["outcome"] for one in said["tables"]} == {"equal"}
    for way in ("--check", "--plan", "--dry-run"):
        done, said = asked(*SMALL, way, *more, "--chunk-rows=0")
        assert (done.code, said["status"]) == (1, "refused")
    assert not MigrationRun.objects.exists()


def described() -> dict[str, set[str]]:
    """The keys of every part of the documents, as docs/json.md has them."""
    parts = (BASE_DIR / "docs" / "json.md").read_text().split("\n## ")[1:]
    return {
        part.partition("\n")[0]: set(re.findall(r"^\| `(\w+)` \|", part, re.M))
        for part in parts
    }


def test_the_documents_are_as_they_are_described(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(project, "old", "CREATE TABLE loose (id integer)")
    run_sql(project, "old", "INSERT INTO loose VALUES (1)")
    pages = described()
    every = pages["Every document"]
    checks = asked("--check", "--empty")[1]
    assert checks.keys() == every
    assert checks["findings"]
    assert all(one.keys() == pages["A finding"] for one in checks["findings"])
    plan = asked("--plan", "--empty")[1]
    assert plan.keys() == every | pages["A plan, besides"]
    assert all(one.keys() == pages["A table of a plan"] for one in plan["tables"])
    assert all(one.keys() == pages["What is left out"] for one in plan["left_out"])
    trial = asked(*SMALL, "--dry-run")[1]
    assert trial.keys() == every | pages["A dry run, besides"]
    assert all(one.keys() == pages["A table of a dry run"] for one in trial["tables"])
    counted = asked("--summary", *SMALL)[1]
    extra = {"tables", "left_out", "document", "format", "source", "destination"}
    assert counted.keys() == extra
    rows = pages["A table of a summary"]
    assert all(one.keys() == rows for one in counted["tables"])
    named = rows - {"model"} | {"name"}
    assert all(one.keys() == named for one in counted["left_out"])
    refused = asked(*SMALL, "--plan", "--chunk-rows=0")[1]
    assert refused.keys() == pages["Where it could not be done"]
