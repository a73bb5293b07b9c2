"""Rows near and above the size from which a row travels by itself.

What arrives is read by the drivers alone and compared with what was put in.
"""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from dashboard.transfer.batches import LARGE_OCTETS
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from dashboard.transfer.errors import DataRefused
from tests.dashboard.transfer.every_kind import (
    FIELD,
    ID,
    DatabasePairs,
    EngineDatabase,
    Field,
    Values,
    make_plan,
    types,
)
from tests.project import soaked
from tests.servers import fresh_name

ENGINES = ("postgresql", "mariadb", "mysql", "mysql_infile", "sqlite")
FIELDS = [
    ID,
    FIELD["name"],
    FIELD["number"],
    FIELD["body"],
    Field("image", ColumnKind.BINARY, types("bytea", "longblob", "blob")),
    FIELD["document"],
]


def noise(octets: int) -> str:
    """Text that nothing compresses, the same each time."""
    chosen = random.Random(octets)
    return base64.b64encode(chosen.randbytes(octets * 3 // 4)).decode()


def document(octets: int) -> str:
    return json.dumps({"a": noise(octets)})


def cut(part: str) -> str:
    """A text in which slices end in the middle of a part, in one of two ways."""
    return "x" + part * (2 * LARGE_OCTETS // len(part.encode())) + "\n"


LARGE: list[Values] = [
    {"body": cut("🚲ä€"), "name": "ä", "number": 1},
    {"body": cut("\\N\t\n\r\"'\\"), "image": b"\\'\xff\x00" * 300_000},
    {"image": bytes(range(256)) * 4097, "name": "\\N\t\"'", "body": ""},
    {"document": document(LARGE_OCTETS), "image": b""},
    {"body": "y" * LARGE_OCTETS},
]
SIZES = (100_000, 200_000, 400_000, 900_000)
SMALL: list[Values] = [
    {"body": "", "image": b"", "name": "", "document": "[1]"},
    {"body": "y" * (LARGE_OCTETS - 1)},
    # A stored size says less of what it holds.
    *({"document": document(size), "body": "é", "number": -1} for size in SIZES),
    {},
]
ROWS = [
    {"id": number, **row}
    for number, row in enumerate([*LARGE, *SMALL, LARGE[0], SMALL[0], LARGE[1]])
]


def read(side: EngineDatabase, table: str) -> list[Values]:
    names = ", ".join(field.name for field in FIELDS)
    found = []
    for row in side.read(f"SELECT {names} FROM {table} ORDER BY id"):
        values = dict(zip((f.name for f in FIELDS), row, strict=True))
        found.append({k: _plain(v) for k, v in values.items() if v is not None})
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def alike(row: Values) -> Values:
    if "document" not in row:
        return row
    document = row["document"]
    text = document if isinstance(document, str) else json.dumps(document)
    return {**row, "document": json.loads(text)}


@pytest.mark.parametrize("to", ENGINES)
@pytest.mark.parametrize("of", ["postgresql", "mariadb", soaked("mysql"), "sqlite"])
def test_large_rows_arrive_as_they_are(pairs: DatabasePairs, of: str, to: str) -> None:
    pair = pairs.pair(of, to)
    table = fresh_name("t")
    for side in pair:
        side.create(table, FIELDS)
    for row in ROWS:
        pair[0].insert(table, FIELDS, row)
    plan = make_plan(pair, table, FIELDS)
    with pair[0].session() as source, pair[1].session(writing=True) as destination:
        for part in (plan, replace(plan, is_divisible=False)):
            with destination.transaction():
                destination.execute(f"DELETE FROM {destination.quote_table(table)}")
                assert move(source, destination, part).rows == len(ROWS)
            # Not by assert, which would print megabytes.
            found, expected = map(alike, read(pair[1], table)), map(alike, ROWS)
            assert [
                a["id"] for a, b in zip(found, expected, strict=True) if a != b
            ] == []


# What the field has for text, and what a server keeps as octets or in its own way.
ODD = [
    ID,
    FIELD["name"],
    FIELD["number"],
    Field("body", ColumnKind.TEXT, types("bytea", "longblob", "blob")),
    Field("other", ColumnKind.OTHER, types("bytea", "longblob", "text")),
]
ODD_ROWS: list[Values] = [
    {"id": 1, "body": cut("ä\\").encode(), "name": "ä", "other": b"\\\\n"},
    {"id": 2, "other": cut("ä\\n\\\\").encode(), "body": b"\\x41", "number": 3},
    {"id": 3, "name": "ä", "body": b"", "other": b""},
]


@pytest.mark.parametrize("of", ["postgresql", "mariadb", "mysql", "mysql_infile"])
def test_large_texts_that_are_kept_as_octets(pairs: DatabasePairs, of: str) -> None:
    pair = pairs.pair(of, of)
    table = fresh_name("t")
    for side in pair:
        side.create(table, ODD)
    for row in ODD_ROWS:
        pair[0].insert(table, ODD, row)
    plan = make_plan(pair, table, ODD)
    with (
        pair[0].session() as source,
        pair[1].session(writing=True) as destination,
        destination.transaction(),
    ):
        assert move(source, destination, plan).rows == len(ODD_ROWS)
    names = ", ".join(field.name for field in ODD)
    found, expected = (
        [tuple(map(_plain, row)) for row in side.read(f"SELECT {names} FROM {table}")]
        for side in pair
    )
    assert sorted(found, key=str) == sorted(expected, key=str)


NO_TEXT = [
    ID,
    FIELD["name"],
    FIELD["number"],
    Field("note", ColumnKind.TEXT, types("bytea", "blob", "text")),
    Field("body", ColumnKind.TEXT, types("bytea", "longblob", "text")),
]
TEXTS = [
    *NO_TEXT[:3],
    Field("note", ColumnKind.TEXT, types("text")),
    Field("body", ColumnKind.TEXT, types("text", "longtext", "text")),
]


@pytest.mark.parametrize("to", ["postgresql", "mariadb", soaked("mysql"), "sqlite"])
@pytest.mark.parametrize("of", ["postgresql", "mariadb", soaked("mysql"), "sqlite"])
def test_what_is_no_text_beside_a_large_one_is_refused(
    pairs: DatabasePairs, of: str, to: str
) -> None:
    if of == to == "sqlite":
        pytest.skip("SQLite copies what it holds, octet by octet")
    pair = pairs.pair(of, to)
    table = fresh_name("t")
    pair[0].create(table, NO_TEXT)
    pair[1].create(table, TEXTS)
    large = "\u00e4" * LARGE_OCTETS
    pair[0].insert(table, NO_TEXT, {"id": 1, "body": large.encode(), "note": b"\xc3"})
    note = "note = CAST(note AS TEXT), body = CAST(body AS TEXT)"
    if of == "sqlite":
        pair[0].run(f"UPDATE {table} SET {note}")
    plan = make_plan(pair, table, TEXTS)
    with pair[0].session() as source, pair[1].session(writing=True) as destination:
        for octets in (b"\xc3", b"\xff", b"x\xfey", b"\xfd"):
            text = "CAST(%s AS TEXT)" if of == "sqlite" else "%s"
            pair[0].run(f"UPDATE {table} SET note = {text}", (octets,))
            with pytest.raises(DataRefused) as refused, destination.transaction():
                move(source, destination, plan)
            assert "\u00e4" not in str(refused.value)
        # Both connections go on, although the error is still there.
        pair[0].run(f"UPDATE {table} SET note = NULL")
        with destination.transaction():
            assert move(source, destination, plan).rows == 1
    ((found,),) = pair[1].read(f"SELECT body FROM {table}")
    assert found == large
