"""Tables that one side lacks, and what a column holds."""

from __future__ import annotations

import json

import pytest

from dashboard.planning.table_checks import column_kind
from dashboard.planning.table_selection import tables
from dashboard.transfer.columns import ColumnKind
from tests.dashboard.planning.checking import (
    SMALL,
    brief,
    checked,
    files,
    only,
    run_sql,
)
from tests.project import VENDORS, Project
from tests.throwaway import Throwaway


@pytest.mark.parametrize("alias", ["old", "new"])
def test_tables_that_one_side_lacks_are_named_together(
    project: Project, alias: str
) -> None:
    files(project)
    run_sql(
        project, alias, "DROP TABLE bookshop_dailytotal", "DROP TABLE bookshop_stock"
    )
    plan = checked("bookshop")
    assert brief(plan) == [("missing tables", "error", "")]
    assert only(plan).message == (
        f"Alias '{alias}' has no table 'bookshop_stock', 'bookshop_dailytotal'."
    )
    assert only(plan).remedy.endswith(f"migrate --database={alias}")


def test_each_side_is_told_what_it_lacks(project: Project) -> None:
    files(project)
    run_sql(project, "old", "DROP TABLE bookshop_dailytotal")
    run_sql(project, "new", "DROP TABLE bookshop_stock")
    plan = checked("bookshop")
    assert brief(plan) == [("missing tables", "error", "")] * 2
    said = {found.message for found in plan.found}
    assert said == {
        "Alias 'old' has no table 'bookshop_dailytotal'.",
        "Alias 'new' has no table 'bookshop_stock'.",
    }


def test_a_table_that_neither_side_has_is_left_out(project: Project) -> None:
    files(project)
    for alias in ("old", "new"):
        run_sql(project, alias, "DROP TABLE bookshop_currency")
    plan = checked("bookshop")
    assert ("no table", "warning", "bookshop.Currency") in brief(plan)
    assert "bookshop.Currency" not in plan.labels
    # Named, it has to be there.
    plan = checked("bookshop.Currency")
    assert brief(plan) == [
        ("no table", "error", "bookshop.Currency"),
    ]
    assert "migrate on both" in plan.found[0].remedy


def test_more_missing_tables_than_can_be_read_are_counted(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", migrated=False)
    found = only(checked("bookshop"))
    assert found.message.count("'bookshop_") == 10
    assert "more" in found.message


def test_a_remark_that_blocks_is_an_error_and_another_a_note(
    project: Project,
) -> None:
    files(project)
    run_sql(
        project,
        "old",
        "ALTER TABLE bookshop_genre ADD COLUMN spare integer",
        "ALTER TABLE bookshop_currency RENAME COLUMN name TO title",
    )
    plan = checked(*SMALL)
    assert sorted(brief(plan)) == [
        ("columns", "info", "bookshop.Currency"),
        ("columns", "info", "bookshop.Genre"),
        ("table", "error", "bookshop.Currency"),
    ]
    assert plan.labels == {"bookshop.Genre"}


def test_a_view_is_no_table(project: Project) -> None:
    files(project)
    run_sql(
        project,
        "old",
        "ALTER TABLE bookshop_dailytotal RENAME TO totals",
        "CREATE VIEW bookshop_dailytotal AS SELECT * FROM totals",
    )
    plan = checked("bookshop.DailyTotal")
    assert ("table", "error", "bookshop.DailyTotal") in brief(plan)
    assert "'bookshop_dailytotal' is a view, not a table." in plan.found[0].message


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_generated_column_is_planned_as_such(project: Project, vendor: str) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    (planned,) = checked("bookshop.OrderLine").tables
    columns = {column.name: column for column in planned.plan.columns}
    assert columns["pieces"].generated
    assert columns["pieces"].kind is ColumnKind.INTEGER
    assert not columns["quantity"].generated


KINDS = {
    ("bookshop.Book", "id"): ColumnKind.UUID,
    ("bookshop.Book", "currency_id"): ColumnKind.TEXT,
    ("bookshop.Book_genres", "book_id"): ColumnKind.UUID,
    ("bookshop.Edition", "book_id"): ColumnKind.UUID,
    ("bookshop.EBook", "product_ptr_id"): ColumnKind.INTEGER,
    ("bookshop.EBook", "file"): ColumnKind.TEXT,
    ("bookshop.Audiobook", "duration"): ColumnKind.DURATION,
    ("bookshop.Profile", "user_id"): ColumnKind.INTEGER,
    ("bookshop.Profile", "settings"): ColumnKind.JSON,
    ("bookshop.Order", "address"): ColumnKind.ADDRESS,
    ("bookshop.Order", "paid"): ColumnKind.BOOLEAN,
    ("bookshop.OrderLine", "pieces"): ColumnKind.INTEGER,
    ("bookshop.Stock", "shop_id"): ColumnKind.INTEGER,
    ("bookshop.DailyTotal", "day"): ColumnKind.DATE,
}


@pytest.mark.parametrize(("label", "column"), KINDS)
def test_what_a_column_of_the_shop_holds(label: str, column: str) -> None:
    (item,) = [one for one in tables() if one.label == label]
    assert column_kind(item, column) is KINDS[(label, column)]


MODELS = """
from django.db.models.functions import Upper

class Reversed(models.Field):
    def db_type(self, connection):
        return "varchar(20)"

class Own(models.CharField):
    "A subclass of a built-in field is that field."

class Weight(models.Model):
    grams = models.FloatField(primary_key=True)

class Weighing(models.Model):
    weight = models.OneToOneField(Weight, models.CASCADE, primary_key=True)

class Code(models.Model):
    code = models.CharField(max_length=9, unique=True)
    shout = models.GeneratedField(
        expression=Upper("code"),
        output_field=models.CharField(max_length=9),
        db_persist=True,
    )

class Use(models.Model):
    # Through a chain of keys, and to what is unique without being the key.
    weighing = models.ForeignKey(Weighing, models.CASCADE)
    code = models.ForeignKey(Code, models.CASCADE, to_field="code")
    backwards = Reversed()
    own = Own(max_length=5)
"""
LIST = """
import json
from dashboard.planning.table_checks import column_kind
from dashboard.planning.table_selection import select
print(json.dumps({
    f"{one.label}.{column}": column_kind(one, column)
    for one in select(["shop"]) for column in one.fields
}))
"""


def test_a_reference_holds_what_it_refers_to_however_far(project: Project) -> None:
    throwaway = Throwaway(project, MODELS)
    done = throwaway.manage("shell", "--verbosity=0", "--command", LIST)
    assert json.loads(done.stdout) == {
        "shop.Weight.grams": "float",
        "shop.Weighing.weight_id": "float",
        "shop.Code.id": "integer",
        "shop.Code.code": "text",
        "shop.Code.shout": "text",
        "shop.Use.id": "integer",
        "shop.Use.weighing_id": "float",
        "shop.Use.code_id": "text",
        # A custom field: its real columns say what it holds.
        "shop.Use.backwards": None,
        "shop.Use.own": "text",
    }
