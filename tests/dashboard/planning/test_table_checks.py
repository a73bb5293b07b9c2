"""Tables that one side lacks, and what a column holds."""

from __future__ import annotations

import pytest

from tests.dashboard.planning.checking import (
    SMALL,
    brief,
    checked,
    files,
    named,
    only,
    run_sql,
)
from tests.project import Project

NOTHING_TO_APPLY = (
    "All migrations of app 'bookshop' are applied there, so that migrate would not "
    "create it."
)


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
        f"Alias '{alias}' has no table 'bookshop_stock', 'bookshop_dailytotal'. "
        f"{NOTHING_TO_APPLY}"
    )
    # Not migrate, which would do nothing.
    assert "sqlmigrate" in only(plan).remedy


def test_each_side_is_told_what_it_lacks(project: Project) -> None:
    files(project)
    run_sql(project, "old", "DROP TABLE bookshop_dailytotal")
    run_sql(project, "new", "DROP TABLE bookshop_stock")
    plan = checked("bookshop")
    assert brief(plan) == [("missing tables", "error", "")] * 2
    said = {found.message for found in plan.found}
    assert said == {
        f"Alias 'old' has no table 'bookshop_dailytotal'. {NOTHING_TO_APPLY}",
        f"Alias 'new' has no table 'bookshop_stock'. {NOTHING_TO_APPLY}",
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
    assert "sqlmigrate" in plan.found[0].remedy


def test_more_missing_tables_than_can_be_read_are_counted(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", migrated=False)
    found = only(checked("bookshop"))
    assert found.message.count("'bookshop_") == 10
    assert "more" in found.message
    assert found.remedy == "Create it: manage.py migrateinto new"


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
        ("empty column", "info", "bookshop.Genre"),
        ("not filled", "error", "bookshop.Currency"),
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
    assert ("view", "error", "bookshop.DailyTotal") in brief(plan)
    said = "'bookshop_dailytotal' is a view, not a table, in 'old'."
    assert plan.found[0].message == said
    # Not named, it is no obstacle.
    plan = checked("bookshop", excluded=("bookshop.Book",))
    # Other models refer to the one that is excluded.
    errors = {named(found) for found in plan.found if found.level == "error"}
    assert errors == {"references"}
    (entry,) = [one for one in plan.left_out if one.model == "bookshop.DailyTotal"]
    assert (entry.reason, entry.why) == ("view", said)
    assert entry.sizes[0] is None
