from __future__ import annotations

import pytest
from django.db import connections

from migration_console.bookshop.models import Author, Order
from tests.oracle import row_counts
from tests.project import FILLED_ROWS, VENDORS, Project

# Partial ones and those on an expression, where the engine has them.
INDEXES = {
    "postgresql": {"bookshop_order_open", "bookshop_author_lower"},
    "mariadb": set(),
    "mysql": {"bookshop_author_lower"},
    "sqlite": {"bookshop_order_open", "bookshop_author_lower"},
}


@pytest.mark.parametrize("engine", VENDORS)
def test_every_engine_has_the_indexes_that_it_can(
    project: Project, engine: str
) -> None:
    alias = project.database(engine)
    with connections[alias].cursor() as cursor:
        found: set[str] = set()
        for model in (Author, Order):
            table = model._meta.db_table
            found |= set(
                connections[alias].introspection.get_constraints(cursor, table)
            )
    assert found & INDEXES["postgresql"] == INDEXES[engine]


def test_mysql_itself_goes_back_and_forth(project: Project) -> None:
    alias = project.database("mysql")
    for name in ("0001", "0002"):
        project.manage("migrate", f"--database={alias}", "bookshop", name, check=True)


def test_mysql_itself_is_filled(project: Project) -> None:
    alias = project.database("mysql", filled=True)
    counts = row_counts(project.entry(alias))
    assert sum(counts.values()) >= FILLED_ROWS
    assert [table for table, count in counts.items() if not count] == []
