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
from dashboard.transfer.batches import GATHERED_OCTETS, LARGE_OCTETS
from dashboard.transfer.checksums import Selection
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.keys import EVERYTHING, KeyRange
from dashboard.transfer.layouts import Trust, decide_layouts
from dashboard.transfer.plan import TablePlan
from dashboard.transfer.rows import LargeText, LoadFormat, closed
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


# Keys of every class, some of which are equal only in their own class, or nearly.
KEYS: list[Any] = [
    *(2**53 + n for n in range(40)),
    *(float(2**53 + n) for n in range(40, 80, 2)),
    *(n if n % 2 else n + 0.5 for n in range(400)),
    *(f"k{n}" for n in range(60)),
    *(f"k{n}".encode() for n in range(60)),
    *("", b"", "\0", "ä", "🚲", b"\xff\xfe", float("inf"), -(2**63), 2**63 - 1),
]
LARGE_PLACES = {0, 1, 254, 255, 256, 511, 512}


def long_text(number: int, rows: int) -> str | None:
    if number in LARGE_PLACES or number == rows - 1:
        return "é" * (LARGE_OCTETS // 2)
    if number % 50 == 7:
        return "y" * (GATHERED_OCTETS - number % 2)
    return None if number % 9 == 5 else f"b{number}"


def octets(value: Any) -> bytes | None:
    if isinstance(value, LargeText):
        return value.octets
    if value is None or isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else repr(value).encode()


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 513])
@pytest.mark.parametrize("key", ["", "a", "a without"])
def test_pages_with_long_values_hold_every_row_once(
    file: EngineDatabase, rows: int, key: str
) -> None:
    unique = " NOT NULL PRIMARY KEY" if key else ""
    options = "WITHOUT ROWID" if "without" in key else ""
    keys = KEYS[-rows:] if rows else []
    given = [(k, long_text(n, rows)) for n, k in enumerate(keys)]
    with closing(sqlite3.connect(file.entry["NAME"])) as connection:
        connection.execute(f"CREATE TABLE things (a{unique}, body text) {options}")
        connection.executemany("INSERT INTO things VALUES (?, ?)", given)
        connection.commit()
    # Of octets, which are read as whatever is there.
    fields = [
        Field("a", ColumnKind.BINARY, types("text", "", "")),
        Field("body", ColumnKind.TEXT, types("text", "", "text")),
    ]
    plan = make_plan((file, file), "things", fields, ("a",) if key else ())
    plan = replace(plan, is_divisible=bool(key))
    session = file.session()
    found = []
    for batch in session.reader.raw(plan, EVERYTHING, LoadFormat.ROWS).batches:  # type: ignore[attr-defined]
        found += [tuple(map(octets, row)) for row in batch]
        # No statement is open.
        file.run("CREATE TABLE IF NOT EXISTS written (number integer)")
        write(file)
    expected = [tuple(map(octets, row)) for row in given]
    assert len(found) == len(expected)
    # Not by assert, which would print megabytes.
    is_equal = sorted(found, key=repr) == sorted(expected, key=repr)
    assert is_equal


@pytest.mark.parametrize("body", ["varchar(9)", "text"])
def test_a_key_that_is_no_utf8_ends_a_range(
    file: EngineDatabase, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver binds no such text."""
    monkeypatch.setattr(pages, "PAGE_ROWS", 3)
    file.run(f"CREATE TABLE things (a NOT NULL PRIMARY KEY, body {body})")
    broken = [b"k\xff%d" % n for n in range(9)] + [
        b"k\xed\xa0\x80%d" % n for n in range(9)
    ]
    for key in broken:
        file.run("INSERT INTO things VALUES (CAST(%s AS TEXT), 'b')", (key,))
    for other in (7, 8.5, "k", "l", b"k\xff3", b"m"):
        file.run("INSERT INTO things VALUES (%s, 'b')", (other,))
    fields = [
        Field("a", ColumnKind.BINARY, types("text", "", "")),
        Field("body", ColumnKind.TEXT, types("text", "", body)),
    ]
    plan = make_plan((file, file), "things", fields, ("a",))
    reader = file.session().reader
    for rows in (1, 4, 100):
        found, lower = [], None
        while True:
            upper = reader.upper_bound(plan, lower, rows)
            for batch in reader.rows(plan, KeyRange(lower, upper)):
                found += [row[0] for row in batch]
            if upper is None:
                break
            lower = upper
        assert len(found) == len(broken) + 6
        assert set(broken) <= set(found)


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
