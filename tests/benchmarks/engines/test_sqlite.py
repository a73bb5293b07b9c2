from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engines.base import Checksum
from benchmarks.engines.sqlite import SQLite
from benchmarks.shapes import Table

MOMENTS = Table("moments", "some.Moment", ("seen_at",), lambda _counts: iter(()))


def checksum(engine: SQLite, *moments: str) -> Checksum:
    engine.create("one")
    with engine.connect("one") as connection:
        connection.execute("CREATE TABLE moments (seen_at datetime)")
        connection.executemany("INSERT INTO moments VALUES (?)", [[m] for m in moments])
    return engine.checksum("one", MOMENTS, MOMENTS.columns)


@pytest.fixture
def engine(tmp_path: Path) -> SQLite:
    return SQLite(tmp_path)


def test_an_empty_table_has_a_sum(engine: SQLite) -> None:
    assert checksum(engine) == Checksum(0, 0)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("2021-09-19 22:01:14", "2021-09-19 22:01:14.000000"),
        ("2021-09-19 22:01:14.5", "2021-09-19 22:01:14.500000"),
    ],
)
def test_a_moment_is_the_same_however_many_zeros_it_has(
    engine: SQLite, short: str, full: str
) -> None:
    assert checksum(engine, short) == checksum(engine, full)
    assert checksum(engine, short) != checksum(engine, full[:-1] + "1")


def test_the_sum_is_over_rows_in_any_order(engine: SQLite) -> None:
    one, other = "2021-09-19 22:01:14", "2020-01-01 00:00:00"
    assert checksum(engine, one, other) == checksum(engine, other, one)
