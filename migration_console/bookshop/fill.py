"""Fills an empty bookshop: the same rows for the same seed, awkward on purpose."""

from __future__ import annotations

import random

from django.db import connections, transaction

from migration_console.bookshop.filling import Filling
from migration_console.bookshop.library import write_library
from migration_console.bookshop.people import write_people
from migration_console.bookshop.products import write_products
from migration_console.bookshop.sales import write_sales
from migration_console.bookshop.sequences import raise_and_delete
from migration_console.bookshop.small_tables import write_small_tables
from migration_console.bookshop.writer import Writer


def fill(using: str, rows: int, seed: int) -> dict[str, int]:
    """Fill an empty bookshop with at least `rows` rows; return rows by table."""
    writer = Writer(using)
    filling = Filling(writer, rows, random.Random(seed))  # noqa: S311 — repeatable
    with (
        transaction.atomic(using=using),
        connections[using].constraint_checks_disabled(),
    ):
        write_small_tables(filling)
        write_people(filling)
        write_library(filling)
        write_products(filling)
        write_sales(filling)
    raise_and_delete(using)
    return writer.written
