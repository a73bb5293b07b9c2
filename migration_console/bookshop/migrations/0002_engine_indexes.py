"""Indexes that not every engine has, where it has them."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower

PARTIAL = models.Index(
    fields=["placed_at"],
    condition=Q(shipped_on__isnull=True),
    name="bookshop_order_open",
)
EXPRESSION = models.Index(Lower("last_name"), name="bookshop_author_lower")


def _indexes(apps, schema_editor):
    features = schema_editor.connection.features
    if features.supports_partial_indexes:
        yield apps.get_model("bookshop", "Order"), PARTIAL
    if features.supports_expression_indexes:
        yield apps.get_model("bookshop", "Author"), EXPRESSION


def add(apps, schema_editor):
    for model, index in _indexes(apps, schema_editor):
        schema_editor.add_index(model, index)


def remove(apps, schema_editor):
    for model, index in _indexes(apps, schema_editor):
        schema_editor.remove_index(model, index)


class Migration(migrations.Migration):
    dependencies = [("bookshop", "0001_initial")]

    # Not in a transaction of its own: MySQL, which makes the second index, allows no
    # DDL there. Where DDL can be rolled back the whole migration is in one.
    operations = [migrations.RunPython(add, remove, atomic=False)]
