"""The first thing that a new user forgets is named, with what mends it."""

from __future__ import annotations

import pytest

from tests import terminal
from tests.dashboard.planning.checking import run_sql
from tests.project import Project

REMEDY = "Make them: manage.py migrate --database=default"


@pytest.mark.parametrize(
    "command",
    [
        ("copydata", "old", "new", "sites", "--no-input"),
        ("copydata", "old", "new", "sites", "--plan"),
        ("verifydata", "old", "new", "sites"),
        ("copydata", "--resume=1"),
        ("restoreschema",),
    ],
)
@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_tables_that_migrate_has_not_made(
    project: Project, vendor: str, command: tuple[str, ...]
) -> None:
    project.control(vendor, migrated=False)
    for alias in ("old", "new"):
        project.database("sqlite", alias)
    done = terminal.run(*command)
    assert done.code == 1
    assert REMEDY in done.err
    assert "Traceback" not in done.err


def test_tables_of_an_earlier_version(project: Project) -> None:
    sql = "DELETE FROM django_migrations WHERE app = 'migration_console' AND name >= "
    for alias in ("old", "new"):
        project.database("sqlite", alias)
    run_sql(
        project,
        "default",
        "ALTER TABLE migration_console_migrationrun RENAME COLUMN triggers TO later",
        f"{sql}'0014'",
    )
    done = terminal.run("copydata", "old", "new", "sites", "--no-input")
    assert REMEDY in done.err
