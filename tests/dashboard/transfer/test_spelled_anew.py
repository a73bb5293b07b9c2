"""Values that a column of PostgreSQL takes in one spelling only."""

from __future__ import annotations

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    DatabasePairs,
    Field,
    compared,
    make_plan,
    types,
)
from tests.servers import fresh_name

DIGITS = "00112233445566778899aabbccddeeff"
DASHED = "00112233-4455-6677-8899-aabbccddeeff"


Words = tuple[str, str]
"""A type in the source and in the destination."""


def arrived(
    pair: DatabasePair, kind: ColumnKind, words: Words, values: list[object]
) -> list[object]:
    """Copy a column of values to PostgreSQL, and return what is there."""
    table = fresh_name("t")
    for side, word in zip(pair, words, strict=True):
        side.create(table, [ID, Field("value", kind, types(word))])
    for number, value in enumerate(values):
        pair[0].run(f"INSERT INTO {table} VALUES (%s, %s)", (number, value))
    plan = make_plan(pair, table, [ID, Field("value", kind, types(""))])
    with (
        pair[0].session() as source,
        pair[1].session(writing=True) as destination,
        destination.transaction(),
    ):
        move(source, destination, plan)
    assert compared(pair, plan).is_equal
    found = pair[1].read(f"SELECT value FROM {table} ORDER BY id")
    return [value for (value,) in found]


@pytest.mark.parametrize(
    ("source", "there", "value"),
    [
        ("postgresql", "uuid", DASHED),
        ("postgresql", "bytea", bytes.fromhex(DIGITS)),
        ("mariadb", "varchar(36)", DASHED),
        ("mysql", "varchar(36)", DASHED),
        ("mysql", "binary(16)", bytes.fromhex(DIGITS)),
        ("sqlite", "text", DASHED),
    ],
)
def test_a_uuid_has_no_dashes_where_there_is_no_room(
    pairs: DatabasePairs, source: str, there: str, value: object
) -> None:
    pair, words = pairs.pair(source, "postgresql"), (there, "char(32)")
    assert arrived(pair, ColumnKind.UUID, words, [value, None]) == [DIGITS, None]


@pytest.mark.parametrize("source", ["mariadb", "mysql"])
def test_zeros_before_a_boolean_say_nothing(pairs: DatabasePairs, source: str) -> None:
    words, values = ("tinyint(3) unsigned zerofill", "boolean"), [0, 1, None]
    pair = pairs.pair(source, "postgresql")
    assert arrived(pair, ColumnKind.BOOLEAN, words, [*values]) == values
