"""A filter's rows are found by its values whatever is in them, and by its index."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.backends.projection import in_sql, rows_as
from dashboard.transfer.filters import (
    FILTERED,
    Filter,
    Growing,
    Unkept,
    Where,
    value_from_json,
    value_to_json,
)
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import VENDORS, Project
from tests.servers import real

TEXTS = ["it's 100%", "%s", "a\\'b\\", '"?"', "é☃", "x\ny", ""]
KEPT = [
    None,
    True,
    7,
    -1.5,
    Decimal("1.50"),
    b"\x00\xff",
    datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    date(2024, 1, 2),
    time(3, 4, 5, 6),
    timedelta(-1, 2, 3),
    UUID(int=7),
    *TEXTS,
]


def rows_of(session: Session, where: Where) -> str:
    place = session.quote("t"), session.rows_of("t")
    return rows_as(session, *place, (), where=where)[1]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_value_finds_its_row_alone(project: Project, vendor: str) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    side.run("CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(30), c int)")
    side.run("CREATE INDEX by_a ON t (a)")
    for number, text in enumerate(TEXTS):
        side.run("INSERT INTO t VALUES (%s, %s, %s, 5)", (number, number % 3, text))
    columns = ("id", "b")
    with side.session() as session:
        for number, text in enumerate(TEXTS):
            where = Where("mc_filtered.b = %s", (text,), columns)
            rows = rows_of(session, where)
            above = f"id >= {session.placeholder}"
            found = session.query(f"SELECT id FROM {rows} WHERE {above}", (0,))
            assert found == [(number,)], text
        where = Where("mc_filtered.b LIKE %s", ("%100%",), columns)
        assert session.query(f"SELECT id FROM {rows_of(session, where)}") == [(0,)]
        # Small as the table is, whether a server takes an index is its own matter.
        for column, index in (("c", ""), ("a", "by_a")):
            where = Where(f"mc_filtered.{column} = %s", (5,), columns)
            sql = f"SELECT * FROM t {FILTERED} WHERE {in_sql(session, where)}"
            assert session.reader.serving_index(sql, FILTERED) in ("", index)
            if vendor == "sqlite":
                assert session.reader.serving_index(sql, FILTERED) == index


def test_a_filter_is_kept_to_the_last_bit() -> None:
    for value in KEPT:
        found = value_from_json(value_to_json(value))
        assert (found, type(found)) == (value, type(value))
    with pytest.raises(Unkept, match="list"):
        value_to_json([1])  # type: ignore[arg-type]
    where = Where("mc_filtered.a IN (%s, %s)", (1, "x"), ("id", "a"))
    other = replace(where, sql="mc_filtered.a IN (SELECT %s)")
    one = Filter(("a__in=1,x",), ("id", "a"), where, other, index="by_a")
    assert Filter.from_json(one.to_json()) == one
    assert (where.is_local, other.is_local) == (True, False)
    assert (one.compared(0), one.compared(1)) == (where, None)
    assert replace(one, is_alone=False).compared(1) == other
    grown = Growing("placed", KEPT[6], ("a=1",), date(2024, 1, 3))
    assert Growing.from_json(grown.to_json()) == grown
    kept = {"field": "placed", "value": {"date": "2024-01-03"}, "said": ["a=1"]}
    assert grown.kept() == kept
    # Without a row the place to begin stays.
    assert replace(grown, highest=None).kept()["value"] == value_to_json(KEPT[6])
