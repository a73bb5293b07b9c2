"""Tables too large for one look, comparisons that are stopped or fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from dashboard.transfer import compare as comparing
from dashboard.transfer import sides as watching
from dashboard.transfer.columns import Kind
from dashboard.transfer.compare import RowDifference, compare, counts
from dashboard.transfer.errors import TransferError, Unsupported
from dashboard.transfer.keys import KeyRange
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    Field,
    Side,
    Sides,
    compared,
    make_plan,
    types,
)
from tests.project import DIRECTIONS, VENDORS, Servers
from tests.servers import fresh_name

FIELD = {field.name: field for field in FIELDS}
TEXT = Field("name", Kind.TEXT, types("varchar(100)"))
FIELDS_HERE = [ID, TEXT, FIELD["document"]]

Pair = tuple[Side, Side]

NUMBERS = {
    "postgresql": "SELECT n FROM generate_series(1, {rows}) n",
    "mariadb": "SELECT seq AS n FROM seq_1_to_{rows}",
    "sqlite": (
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s "
        "WHERE n < {rows}) SELECT n FROM s"
    ),
}
# The same document, spelled as each engine likes it.
DOCUMENT = {
    "postgresql": """'{"a": 1, "bb": 2}'::jsonb""",
    "mariadb": """'{"bb": 2, "a": 1}'""",
    "sqlite": """'{"bb":2,"a":1.0}'""",
}


@pytest.fixture(scope="module")
def sides(servers: Servers) -> Iterator[Sides]:
    sides = Sides(servers)
    yield sides
    sides.close()


def filled(pair: Pair, rows: int, fields: list[Field] = FIELDS_HERE) -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, fields)
        values = {"id": "n", "name": "'same'", "document": DOCUMENT[side.engine]}
        texts = ", ".join(values[field.name] for field in fields)
        numbers = NUMBERS[side.engine].format(rows=rows)
        side.run(f"INSERT INTO {table} SELECT {texts} FROM ({numbers}) s")
    return table


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_few_differences_in_many_rows(
    sides: Sides, source: str, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "UNDIVIDED_ROWS", 100)
    monkeypatch.setattr(comparing, "BUCKET_ROWS", 10)
    pair = sides.pair(source, destination)
    table = filled(pair, 3_000)
    plan = make_plan(pair, table, FIELDS_HERE)
    assert compared(pair, plan).is_equal
    new = pair[1]
    new.run(f"DELETE FROM {table} WHERE id IN (7, 2999)")
    new.run(f"UPDATE {table} SET name = 'other' WHERE id IN (8, 1500)")
    new.run(f"UPDATE {table} SET document = '[]' WHERE id = 1501")
    new.run(f"INSERT INTO {table} (id) VALUES (-5)")
    found = compared(pair, plan)
    assert sorted(found.differences, key=lambda one: (one.kind, one.key)) == [
        RowDifference("differs", ("1500",), ("name",)),
        RowDifference("differs", ("1501",), ("document",)),
        RowDifference("differs", ("8",), ("name",)),
        RowDifference("extra", ("-5",)),
        RowDifference("missing", ("2999",)),
        RowDifference("missing", ("7",)),
    ]
    assert found.differences_count == 6
    assert (found.source_rows, found.destination_rows) == (3_000, 2_999)
    # By ranges: every one has its own.
    ranges = [(None, 1_000), (1_000, 2_000), (2_000, None)]
    by_range = [
        compared(pair, plan, KeyRange(lower and (lower,), upper and (upper,)))
        for lower, upper in ranges
    ]
    assert [one.differences_count for one in by_range] == [3, 2, 1]
    assert [one.source_rows for one in by_range] == [1_000, 1_000, 1_000]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_counting_ends(
    sides: Sides, source: str, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST", 300)
    pair = sides.pair(source, destination)
    table = filled(pair, 20_000)
    pair[1].run(f"UPDATE {table} SET name = 'other'")
    found = compared(pair, make_plan(pair, table, FIELDS_HERE), kept=7)
    assert found.differences_count == 301
    assert len(found.differences) == 7
    assert {one.columns for one in found.differences} == {("name",)}


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_an_empty_side(sides: Sides, source: str, destination: str) -> None:
    pair = sides.pair(source, destination)
    table = filled(pair, 5)
    plan = make_plan(pair, table, FIELDS_HERE)
    pair[1].run(f"DELETE FROM {table}")
    assert compared(pair, plan).differences_count == 5
    pair[0].run(f"DELETE FROM {table}")
    assert compared(pair, plan).is_equal
    assert compared(pair, plan, KeyRange((1,), (5,))).is_equal


class StopError(Exception):
    """What the caller ends a comparison with."""


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stop_ends_both_statements(
    sides: Sides, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.1)
    pair = sides.pair(vendor, vendor)
    fields = [ID, TEXT]
    table = filled(pair, 1_500_000, fields)
    plan = make_plan(pair, table, fields)

    def stop() -> None:
        raise StopError

    started = time.monotonic()
    with pair[0].session() as source, pair[1].session() as destination:
        with pytest.raises(StopError):
            compare(source, destination, plan, alive=stop)
        assert time.monotonic() - started < 2
        # Both can be used on, and nothing is left running.
        assert compare(source, destination, plan, KeyRange((5,), (9,))).is_equal
    assert not [t for t in threading.enumerate() if "migration-console" in t.name]


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stop_ends_a_look_at_rows(
    sides: Sides, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(comparing, "UNDIVIDED_ROWS", 10_000_000)
    pair = sides.pair(vendor, vendor)
    fields = [ID, TEXT]
    table = filled(pair, 300_000, fields)
    pair[1].run(f"UPDATE {table} SET name = 'other' WHERE id < 3")
    plan = make_plan(pair, table, fields)
    looking = []

    def stop() -> None:
        if looking:
            raise StopError

    original = comparing._Comparing._look

    def look(*arguments: object) -> None:
        looking.append(True)
        original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing._Comparing, "_look", look)
    with pair[0].session() as source, pair[1].session() as destination:
        with pytest.raises(StopError):
            compare(source, destination, plan, alive=stop)
        assert looking
        assert compare(source, destination, plan, KeyRange((5,), (9,))).is_equal


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_an_error_of_one_side_is_raised(
    sides: Sides, source: str, destination: str
) -> None:
    pair = sides.pair(source, destination)
    table = filled(pair, 3)
    plan = make_plan(pair, table, FIELDS_HERE)
    pair[1].run(f"DROP TABLE {table}")
    with pytest.raises(TransferError):
        compared(pair, plan)


def test_only_integer_keys_have_ranges(sides: Sides) -> None:
    pair = sides.pair("postgresql", "postgresql")
    table = filled(pair, 3)
    plan = make_plan(pair, table, FIELDS_HERE, key=("name",))
    with pytest.raises(Unsupported):
        compared(pair, plan, KeyRange(("a",), None))


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_counts(sides: Sides, source: str, destination: str) -> None:
    pair = sides.pair(source, destination)
    table = filled(pair, 30)
    pair[1].run(f"DELETE FROM {table} WHERE id > 28")
    plan = make_plan(pair, table, FIELDS_HERE)
    with pair[0].session() as old, pair[1].session() as new:
        found = counts(old, new, plan)
    assert (found.source_rows, found.destination_rows) == (30, 28)
    assert found.differences_count == 2
