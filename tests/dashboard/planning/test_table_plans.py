"""What a column holds, and which columns take part."""

from __future__ import annotations

import json

import pytest

from dashboard.planning.table_plans import column_kind
from dashboard.planning.table_selection import tables
from dashboard.transfer.columns import ColumnKind
from tests.dashboard.planning.checking import checked
from tests.project import VENDORS, Project
from tests.throwaway import Throwaway


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
from dashboard.planning.table_plans import column_kind
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
