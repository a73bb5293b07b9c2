"""Whoever reads a file leaves others room to write into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.transfer.backends.sqlite import pages
from dashboard.transfer.checksums import Selection
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.keys import EVERYTHING, KeyRange
from dashboard.transfer.layouts import Trust, decide_layouts
from dashboard.transfer.plan import TablePlan
from dashboard.transfer.rows import closed
from tests.dashboard.transfer.every_kind import (
    EngineDatabase,
    Field,
    make_plan,
    types,
)

ROWS = 5_000
KINDS = {
    "integer": ColumnKind.INTEGER,
    "bigint": ColumnKind.INTEGER,
    "text": ColumnKind.TEXT,
    "blob": ColumnKind.BINARY,
}
# A statement that makes the table, its key, and a row from a number.
TABLES = {
    "row number": ("id integer PRIMARY KEY, b text", "id", "{n} * 3, 'b' || {n}"),
    "text": ("a text PRIMARY KEY, b integer", "a", "'ä' || {n}, {n}"),
    "no case": ("a text COLLATE NOCASE PRIMARY KEY, b integer", "a", "'Ab' || {n}, 1"),
    "octets": (
        "a blob PRIMARY KEY, b integer",
        "a",
        "CASE {n} % 2 WHEN 1 THEN CAST(printf('%04d', {n}) AS BLOB) "
        "ELSE printf('%04d', {n}) END, {n}",
    ),
    "two": ("a integer, b text, PRIMARY KEY (b, a)", "b a", "{n}, 'b' || ({n} % 7)"),
    "no row number": ("a text PRIMARY KEY, b integer", "a", "{n}, 1"),
    "none": ("a integer, b text", "", "{n} % 9, 'same'"),
    "hidden": ("rowid text, _rowid_ text, oid text", "", "'r', 'r', {n}"),
    "half hidden": ("rowid integer, b text", "", "{n} % 5, 'same'"),
}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[EngineDatabase]:
    path = tmp_path / "site.sqlite3"
    path.touch()
    side = EngineDatabase("sqlite", {"NAME": str(path)})
    yield side
    for session in side.sessions:
        session.close()


def filled(file: EngineDatabase, name: str) -> tuple[TablePlan, list[Any]]:
    """Make a table, and return its plan and its rows as sqlite3 reads them."""
    columns, key, row = TABLES[name]
    options = "WITHOUT ROWID" if name == "no row number" else ""
    with closing(sqlite3.connect(file.entry["NAME"])) as connection:
        connection.execute(f"CREATE TABLE things ({columns}) {options}")
        connection.execute("CREATE TABLE written (number integer)")
        row = row.format(n="n")
        connection.execute(
            f"WITH RECURSIVE some(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some "
            f"WHERE n < {ROWS}) INSERT INTO things SELECT {row} FROM some"
        )
        connection.commit()
        found = connection.execute("SELECT * FROM things").fetchall()
        info = connection.execute("PRAGMA table_info(things)").fetchall()
    fields = [
        Field(name, KINDS[declared.lower()], types("text", "", declared))
        for _, name, declared, *_ in info
    ]
    plan = make_plan((file, file), "things", fields, tuple(key.split()))
    return replace(plan, is_divisible=bool(key)), found


def write(file: EngineDatabase) -> None:
    """Commit a row at once, or fail."""
    with closing(sqlite3.connect(file.entry["NAME"], timeout=0)) as connection:
        connection.execute("INSERT INTO written VALUES (1)")
        connection.commit()


def texts(rows: list[Any]) -> list[tuple[str, ...]]:
    return sorted(
        tuple(v.decode() if isinstance(v, bytes) else str(v) for v in row)
        for row in rows
    )


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_row_is_read_once_and_others_write_meanwhile(
    file: EngineDatabase, name: str
) -> None:
    plan, expected = filled(file, name)
    session = file.session()
    found = []
    with closed(session.reader.rows(plan, EVERYTHING)) as batches:
        for batch in batches:
            found += batch
            if name != "hidden":
                # Without an order nothing can go on, so this one is held.
                write(file)
    assert texts(found) == texts(expected)


def test_a_range_ends_where_it_ends(file: EngineDatabase) -> None:
    plan, _ = filled(file, "row number")
    session = file.session()
    batches = session.reader.rows(plan, KeyRange((30,), (12_000,)))
    found = [int(str(row[0])) for batch in batches for row in batch]
    assert found == list(range(33, 12_001, 3))


def test_rows_without_a_key_of_their_own_go_on_after_a_null(
    file: EngineDatabase,
) -> None:
    plan, _ = filled(file, "text")
    file.run("UPDATE things SET a = NULL WHERE b % 2 = 0")
    session = file.session()
    found = [row for batch in session.reader.rows(plan, EVERYTHING) for row in batch]
    assert len(found) == ROWS
    assert len({row[1] for row in found}) == ROWS


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_comparison_gives_way(
    file: EngineDatabase, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, _ = filled(file, name)
    reader = file.session()
    layout = decide_layouts((reader, reader), plan, Trust.FULL).source
    at_once = reader.comparer.checksums(layout, EVERYTHING)
    monkeypatch.setattr(pages, "WINDOW_ROWS", 97)
    assert reader.comparer.checksums(layout, EVERYTHING) == at_once
    assert at_once[""].rows == ROWS
    by_digit = reader.comparer.checksums(layout, EVERYTHING, 1)
    assert sum(part.rows for part in by_digit.values()) == ROWS
    digit = max(by_digit, key=lambda one: by_digit[one].rows)

    seen = []
    selection = Selection(EVERYTHING, (digit,))
    with closed(reader.comparer.rows(layout, selection)) as batches:
        for batch in batches:
            seen += [row.key_hash for row in batch]
            write(file)
    assert len(seen) == by_digit[digit].rows
    assert seen == sorted(seen)
    # What was needed for it is gone, and the session reads only, as before.
    assert reader.query("SELECT name FROM sqlite_temp_master") == []
    assert reader.query("PRAGMA query_only") == [(1,)]


def test_a_range_of_many_windows_is_read_about_twice(
    file: EngineDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once to find where the windows end; not from its beginning for each."""
    plan, _ = filled(file, "row number")
    reader = file.session()
    layout = decide_layouts((reader, reader), plan, Trust.FULL).source
    key_range = KeyRange((0,), (3 * ROWS,))
    counted = []

    def steps() -> int:
        counted.clear()
        connection = reader.connection  # type: ignore[attr-defined]
        connection.set_progress_handler(lambda: counted.append(1), 100)
        assert reader.comparer.checksums(layout, key_range)[""].rows == ROWS
        connection.set_progress_handler(None, 0)
        return len(counted)

    at_once = steps()
    monkeypatch.setattr(pages, "WINDOW_ROWS", 50)
    assert steps() < 2 * at_once
