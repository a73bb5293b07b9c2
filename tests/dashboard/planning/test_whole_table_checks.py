"""What a whole table breaks is named before the start, and the server agrees."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import pytest
from django.test import override_settings

from dashboard.planning.asked import Asked
from dashboard.planning.checked_plan import Found
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.planning.whole_tables import DIRECTIONS, Case, keyed
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project


def made(project: Project, new: str) -> dict[str, Case]:
    old, cases, before = DIRECTIONS[new]
    project.database(old, "old", migrated=False)
    project.database(new, "new", migrated=False)
    run_sql(project, "new", *before)
    for name, case in cases.items():
        run_sql(
            project,
            "old",
            f"CREATE TABLE {quoted(old, name)} ({case.old})",
            f"INSERT INTO {quoted(old, name)} VALUES {case.rows}",
        )
        table = f"CREATE TABLE {quoted(new, name)} ({case.new})"
        run_sql(
            project,
            "new",
            table,
            *(sql.replace(" long ", ' "long" ') for sql in case.also),
        )
    return cases


def quoted(engine: str, name: str) -> str:
    return f"`{name}`" if engine in ("mysql", "mariadb") else f'"{name}"'


def found(
    cases: Iterable[str], seconds: float | None = None, **options: Any
) -> dict[str, list[Found]]:
    labels = [f"table:{name}" for name in cases]
    scanning = Scanning(seconds=seconds, **options)
    plan = check("old", "new", labels, scanning=scanning)
    said: dict[str, list[Found]] = {name: [] for name in [*labels, ""]}
    for one in plan.found:
        said[one.model].append(one)
    return said


def refused_by_the_server(project: Project, new: str, names: list[str]) -> set[str]:
    """The tables of which the destination refuses a row, put in by the driver alone."""
    old = EngineDatabase(DIRECTIONS[new][0], project.entry("old"))
    other = EngineDatabase(new, project.entry("new"))
    refused = set()
    for name in names:
        for row in old.read(f"SELECT * FROM {quoted(old.engine, name)}"):
            marks = ", ".join(["%s"] * len(row))
            columns = ", ".join(oracle_columns(old, name))
            sql = f"INSERT INTO {quoted(new, name)} ({columns}) VALUES ({marks})"
            try:
                other.run(sql, row)
            except Exception:
                refused.add(name)
        other.run(f"DELETE FROM {quoted(new, name)}")
    return refused


def oracle_columns(old: EngineDatabase, name: str) -> list[str]:
    sql = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = "
        f"'{name}' AND table_schema NOT LIKE 'pg%' ORDER BY ordinal_position"
    )
    return [column for (column,) in old.read(sql)]


def of_whole_tables(said: list[Found]) -> list[Found]:
    return [
        one
        for one in said
        if one.check[-3:] in ("230", "231", "232", "233", "234", "235", "236")
    ]


@pytest.mark.parametrize("new", list(DIRECTIONS))
def test_what_a_table_breaks_is_named_and_nothing_is_left(
    project: Project, new: str
) -> None:
    cases = made(project, new)
    before = oracle.schema_snapshot(project.entry("new"))
    said = found(cases)
    assert oracle.schema_snapshot(project.entry("new")) == before
    assert set(oracle.row_counts(project.entry("new")).values()) <= {0}
    refused = refused_by_the_server(project, new, list(cases))
    assert refused == {name for name, case in cases.items() if case.said}
    wrong = []
    for name, case in cases.items():
        number, words = case.wanted
        ours = of_whole_tables(said[f"table:{name}"])
        messages = [(one.check[-4:], one.message) for one in ours]
        is_said = any(one == number and words in text for one, text in messages)
        if not is_said and (case.said or messages):
            wrong.append((name, case.said, messages))
    assert not wrong
    assert of_whole_tables(said[""]) == []


def ids(said: dict[str, list[Found]]) -> dict[str, set[str]]:
    return {
        name.removeprefix("table:"): {one.check[-4:] for one in of_whole_tables(ours)}
        for name, ours in said.items()
        if of_whole_tables(ours)
    }


def test_what_is_set_aside_or_not_asked_for_is_no_obstacle(project: Project) -> None:
    cases = made(project, "postgresql")
    asked = ids(found(cases))
    assert asked == {n: {case.wanted[0]} for n, case in cases.items() if case.said}
    every = {"W" + one[1:] for said in asked.values() for one in said}
    assert set().union(*ids(found(cases, sets_aside=True)).values()) == every
    with override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1}):
        aside = ids(found(cases, sets_aside=True))
    # What is taken off before the rows are loaded does not come back then.
    off = {"folded", "accents", "nulls", "long"}
    wanted = {n: {("E" if n in off else "W") + one[1:]} for n, (one,) in asked.items()}
    assert aside == wanted
    assert ids(found(cases, is_wanted=False)) == {}
    assert ids(found(cases, seconds=0)) == {"": {"W234"}}


def test_rows_larger_than_a_statement_of_the_destination(project: Project) -> None:
    project.database("postgresql", "old", migrated=False)
    project.database("mysql", "new", migrated=False)
    rows = (
        "(1, repeat('x', 400000), repeat('y', 500000)), (2, 'a', 'b'), "
        "(3, repeat('x', 500000), repeat('y', 600000)), "
        "(4, '', repeat(chr(39), 600000))"
    )
    run_sql(project, "old", f"CREATE TABLE t ({keyed('a text, b text')})")
    run_sql(project, "old", f"INSERT INTO t VALUES {rows}")
    run_sql(project, "new", f"CREATE TABLE t ({keyed('a longtext, b longtext')})")
    server = project.servers.server("mysql")
    server.execute("SET GLOBAL max_allowed_packet = 1048576")
    try:
        (one,) = of_whole_tables(found(["t"])["table:t"])
        assert one.check.endswith("E235")
        assert one.message.startswith("2 rows of table 't' are larger")
        assert one.message.endswith("1048576 octets (keys: 3, 4).")
        (one,) = of_whole_tables(found(["t"], sets_aside=True)["table:t"])
        assert one.check.endswith("W235")
        server.execute("SET GLOBAL local_infile = 1")
        assert of_whole_tables(found(["t"])["table:t"]) == []
    finally:
        server.execute("SET GLOBAL local_infile = 0")
        server.execute("SET GLOBAL max_allowed_packet = 67108864")


def test_rows_that_a_chosen_change_makes_equal(project: Project) -> None:
    project.database("sqlite", "old", migrated=False)
    project.database("sqlite", "new", migrated=False)
    rows = "(1, 'abcd', 'x', 1.24), (2, 'abce', 'y', 1.21), (3, 'ab', 'z', 2)"
    for alias in ("old", "new"):
        table = keyed(
            "c varchar(9) UNIQUE, d varchar(9) UNIQUE, n decimal(9, 2) UNIQUE"
        )
        run_sql(project, alias, f"CREATE TABLE t ({table})")
    run_sql(project, "old", f"INSERT INTO t VALUES {rows}")
    changes = {"table:t.c": "cut:3", "table:t.n": "round:1"}
    plan = check(
        "old", "new", ["table:t"], asked=Asked(changes=changes), scanning=Scanning()
    )
    said = of_whole_tables(plan.found)
    assert [one.check[-4:] for one in said] == ["E230", "E230"]
    assert all("(keys: 1 = 2)" in one.message for one in said)
    assert any("leave out the change of 'c'" in one.remedy for one in said)
    assert (
        of_whole_tables(check("old", "new", ["table:t"], scanning=Scanning()).found)
        == []
    )


def test_columns_that_the_destination_spells_in_other_letters(project: Project) -> None:
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    run_sql(
        project,
        "new",
        "ALTER TABLE bookshop_genre RENAME COLUMN name TO NAME",
        "CREATE UNIQUE INDEX one ON bookshop_genre (substr(NAME, 1, 0))",
    )
    plan = check("old", "new", ["bookshop.Genre"], scanning=Scanning())
    (one,) = of_whole_tables(plan.found)
    assert one.check.endswith("E230")
    assert "1 group of them" in one.message


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_a_check_that_the_source_has_and_does_not_keep(
    project: Project, engine: str
) -> None:
    for alias in ("old", "new"):
        project.database(engine, alias, migrated=False)
        for name in ("kept", "broken"):
            table = keyed("n int, CONSTRAINT c CHECK (n <> 3)")
            run_sql(project, alias, f"CREATE TABLE {name} ({table})")
    rows = [f"INSERT INTO {name} VALUES (1, 2)" for name in ("kept", "broken")]
    bad = "INSERT INTO broken VALUES (2, 3)"
    if engine == "sqlite":
        with closing(sqlite3.connect(project.entry("old")["NAME"])) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute(bad)
            connection.commit()
    else:
        off = "ALTER TABLE broken DROP CONSTRAINT c"
        on = "ALTER TABLE broken ADD CONSTRAINT c CHECK (n <> 3) NOT VALID"
        run_sql(project, "old", off, bad, on)
    run_sql(project, "old", *rows)
    assert ids(found(["kept", "broken"])) == {"broken": {"E231"}}


def test_what_the_destination_is_asked_ends_with_the_time(project: Project) -> None:
    for alias in ("old", "new"):
        project.database("postgresql", alias, migrated=False)
        run_sql(project, alias, f"CREATE TABLE t ({keyed('n int')})")
    run_sql(project, "old", "INSERT INTO t VALUES (1, 1), (2, 1)")
    slow = "CHECK (n = 1 AND pg_sleep(20)::text = '') NOT VALID"
    run_sql(project, "new", f"ALTER TABLE t ADD {slow}")
    began = time.monotonic()
    assert ids(found(["t"], seconds=1.5)) == {"": {"W234"}}
    assert time.monotonic() - began < 15
