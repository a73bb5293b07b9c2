"""Two real tables become a plan, or remarks that say what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.transfer.backends.mysql.catalog import Catalog as MySQLCatalog
from dashboard.transfer.backends.postgresql.catalog import Catalog as PostgreSQLCatalog
from dashboard.transfer.backends.sqlite.catalog import Catalog as SQLiteCatalog
from dashboard.transfer.columns import Column, ColumnKind, ColumnType, Table
from dashboard.transfer.matching import Remark, plan_table
from dashboard.transfer.plan import TEXT, VALUES, TablePlan

ID = Column("id", ColumnType("integer"), nullable=False)
NAME = Column("name", ColumnType("text"), nullable=True)
TABLE = Table("book", (ID, NAME), key=("id",))
KEY = ("id",)
KINDS = {"id": ColumnKind.INTEGER, "name": ColumnKind.TEXT}


def session(vendor: str, catalog: type) -> Any:
    database = SimpleNamespace(alias=f"a {vendor}")
    return SimpleNamespace(vendor=vendor, catalog=catalog(None), database=database)


SQLITE = session("sqlite", SQLiteCatalog)
POSTGRESQL = session("postgresql", PostgreSQLCatalog)
MYSQL = session("mysql", MySQLCatalog)


def matched(
    old: Table, new: Table, kinds: dict[str, ColumnKind | None] | None = None
) -> tuple[TablePlan | None, list[Remark]]:
    return plan_table(
        "shop.Book", (SQLITE, old), (POSTGRESQL, new), kinds or {**KINDS}, KEY, "UTC"
    )


def in_postgresql(table: Table) -> Table:
    id_column = replace(ID, type=ColumnType("int4"))
    return replace(table, columns=(id_column, *table.columns[1:]))


def test_equal_tables_are_copied_as_text() -> None:
    plan, remarks = matched(TABLE, in_postgresql(TABLE))
    assert remarks == []
    assert plan is not None
    assert (plan.route, plan.route_reason) == (TEXT, "")
    assert TablePlan.from_json(plan.to_json()) == plan


def test_a_column_without_a_common_text_takes_the_values_route() -> None:
    new = replace(NAME, type=ColumnType("_int4"))
    plan, remarks = matched(
        TABLE,
        in_postgresql(replace(TABLE, columns=(ID, new))),
        {"id": ColumnKind.INTEGER, "name": None},
    )
    assert remarks == []
    assert plan is not None
    assert (plan.route, plan.route_reason) == (VALUES, "no common text for name")


EXTRA = Column("extra", ColumnType("text"), nullable=False)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (TABLE, replace(TABLE, is_view=True), "'book' is a view"),
        (TABLE, replace(TABLE, transactional=False), "cannot roll back"),
        (replace(TABLE, columns=(ID,)), TABLE, "of the source has no column 'name'"),
        (TABLE, replace(TABLE, columns=(ID,)), "of the destination has no column"),
        (TABLE, replace(TABLE, columns=(ID, NAME, EXTRA)), "only in the destination"),
    ],
)
def test_what_stands_in_the_way_is_said(old: Table, new: Table, said: str) -> None:
    plan, remarks = matched(old, in_postgresql(new))
    assert plan is None
    (remark,) = remarks
    assert remark.blocks
    assert said in remark.message
    assert remark.remedy


def test_a_column_that_a_trigger_may_fill_blocks_nothing() -> None:
    new = replace(TABLE, columns=(ID, NAME, EXTRA), has_insert_trigger=True)
    plan, (remark,) = matched(TABLE, in_postgresql(new))
    assert plan is not None
    assert plan.written == plan.columns
    assert not remark.blocks
    assert "only in the destination" in remark.message
    assert "trigger" in remark.remedy


def test_what_is_not_copied_blocks_nothing() -> None:
    plan, remarks = matched(
        replace(TABLE, columns=(ID, NAME, EXTRA)), in_postgresql(TABLE)
    )
    assert plan is not None
    assert not remarks


def test_a_floating_point_key_of_mysql_keeps_the_table_in_one_piece() -> None:
    old = replace(TABLE, columns=(replace(ID, type=ColumnType("double")), NAME))
    kinds = {"id": ColumnKind.FLOAT, "name": ColumnKind.TEXT}
    plan, (remark,) = plan_table("a.B", (MYSQL, old), (MYSQL, old), kinds, KEY, "UTC")
    assert plan is not None
    assert not plan.is_divisible
    assert "'id' (double)" in remark.message
    assert "one piece" in remark.message
    plan, remarks = plan_table("a.B", (SQLITE, old), (MYSQL, old), kinds, KEY, "UTC")
    assert plan is not None
    assert plan.is_divisible
    assert not remarks


NULLABLE = replace(ID, nullable=True)


@pytest.mark.parametrize(
    ("table", "is_divisible"),
    [
        (TABLE, True),
        (replace(TABLE, key=(), uniques=(("id",),)), True),
        (replace(TABLE, key=(), uniques=(("id", "name"),)), False),
        (replace(TABLE, key=()), False),
        # NULL is in no range.
        (replace(TABLE, columns=(NULLABLE, NAME)), False),
        (replace(TABLE, columns=(NULLABLE, NAME), uniques=(("id",),)), False),
    ],
)
def test_a_table_without_a_key_of_its_own_is_copied_whole(
    table: Table, is_divisible: bool
) -> None:
    plan, remarks = matched(table, in_postgresql(TABLE))
    assert plan is not None
    assert plan.is_divisible == is_divisible
    assert [remark.blocks for remark in remarks] == [False] * (not is_divisible)
    assert plan.has_integer_key != table.columns[0].nullable
    # What the destination lacks keeps nothing together.
    plan, _ = matched(TABLE, in_postgresql(replace(TABLE, key=())))
    assert plan is not None
    assert plan.is_divisible


@pytest.mark.parametrize(
    ("kind", "there", "found"),
    [
        (ColumnKind.FLOAT, "float8", ColumnKind.FLOAT),
        (ColumnKind.FLOAT, "numeric", ColumnKind.DECIMAL),
        (ColumnKind.INTEGER, "numeric", ColumnKind.DECIMAL),
        (ColumnKind.DECIMAL, "float4", ColumnKind.DECIMAL),
        (ColumnKind.TEXT, "bytea", ColumnKind.TEXT),
        (ColumnKind.UUID, "bytea", ColumnKind.UUID),
    ],
)
def test_a_field_over_another_type_is_what_both_columns_hold(
    kind: ColumnKind, there: str, found: ColumnKind
) -> None:
    new = replace(NAME, type=ColumnType(there))
    table = in_postgresql(replace(TABLE, columns=(ID, new)))
    plan, remarks = matched(TABLE, table, {"id": ColumnKind.INTEGER, "name": kind})
    assert remarks == []
    assert plan is not None
    assert plan.route == TEXT
    assert plan.columns[1].kind is found
    assert plan.columns[1].is_octets_there is (found is ColumnKind.TEXT)


def test_a_built_in_field_makes_no_value_of_another_types() -> None:
    new = replace(NAME, type=ColumnType("money"))
    plan, (remark,) = matched(
        TABLE,
        in_postgresql(replace(TABLE, columns=(ID, new))),
        {"id": ColumnKind.INTEGER, "name": ColumnKind.DECIMAL},
    )
    assert plan is None
    assert remark.blocks
    assert "'name' of table 'book' is text in the source and money" in remark.message
