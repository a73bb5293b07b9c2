"""The judge itself: what it calls equal, and that it misses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.schemas import oracle
from tests.schemas.journey import changed

TABLE = "CREATE TABLE shelf (id integer, label text, weight decimal, at datetime)"
ROWS = [(1, "", 1.5, "2024-02-29 12:00:00.000001"), (2, None, None, None)]


def database(path: Path, rows: list[Any], table: str = TABLE) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(table)
        connection.executemany("INSERT INTO shelf VALUES (?, ?, ?, ?)", rows)
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


@pytest.mark.parametrize(
    "other",
    [
        [ROWS[0]],
        [*ROWS, ROWS[1]],
        [(1, None, *ROWS[0][2:]), ROWS[1]],
        [(1, " ", *ROWS[0][2:]), ROWS[1]],
        [(*ROWS[0][:2], 1.25, ROWS[0][3]), ROWS[1]],
        [(*ROWS[0][:3], "2024-02-29 12:00:00.000002"), ROWS[1]],
    ],
)
def test_every_change_is_seen(tmp_path: Path, other: list[Any]) -> None:
    left = database(tmp_path / "left", ROWS)
    right = database(tmp_path / "right", other)

    assert list(oracle.differences(left, right)) == ["shelf"]
    assert changed(oracle.contents(left), oracle.contents(right)) == ["shelf"]


def test_another_order_and_another_spelling_are_equal(tmp_path: Path) -> None:
    left = database(tmp_path / "left", ROWS)
    other = [ROWS[1], (1, "", "1.500", "2024-02-29T13:00:00.000001+01:00")]
    right = database(tmp_path / "right", other)

    assert oracle.differences(left, right) == {}


def test_a_column_of_one_side_is_named(tmp_path: Path) -> None:
    left = database(tmp_path / "left", ROWS)
    right = database(tmp_path / "right", ROWS, TABLE.replace("label", "name"))

    assert "['label', 'name']" in oracle.differences(left, right)["shelf"]


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        ("char(32)", "uuid", ("AB" + "0" * 30, "ab000000-0000-0000-0000-000000000000")),
        ("tinyint(1)", "boolean", (1, True)),
        ("longtext", "jsonb", ('{"a": 1, "b": [2.50]}', '{"b":[2.5],"a":1.0}')),
        ("bigint(20)", "interval", (1_500_000, oracle.MICROSECOND * 1_500_000)),
        ("char(39)", "inet", ("::ffff:0:1", "0:0:0:0:0:ffff:0:1")),
        ("longblob", "bytea", (b"\x00", memoryview(b"\x00"))),
    ],
)
def test_two_types_have_one_form(one: str, other: str, values: tuple[Any, Any]) -> None:
    make = oracle.form(one, other)

    assert make is oracle.form(other, one)
    assert make(values[0]) == make(values[1])
