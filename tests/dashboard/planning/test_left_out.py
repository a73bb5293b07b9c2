"""Everything that takes no part is accounted for, once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import override_settings

from tests import oracle
from tests.dashboard.planning.checking import brief, checked, files, named, run_sql
from tests.project import Project


class KeepsGenresOut:
    """A router by which 'new' has no genres."""

    def allow_migrate(
        self, db: str, app_label: str, model_name: str = "", **hints: object
    ) -> bool | None:
        return False if (db, model_name) == ("new", "genre") else None


@pytest.fixture
def routed() -> Iterator[None]:
    with override_settings(DATABASE_ROUTERS=[KeepsGenresOut()]):
        yield


def test_every_table_is_in_the_plan_or_in_the_list(project: Project) -> None:
    files(project)
    plan = checked("bookshop.Book", excluded=("bookshop.Book_genres",))
    reasons = {entry.model: entry.reason for entry in plan.left_out if entry.model}
    assert reasons["bookshop.Book_genres"] == "excluded"
    assert reasons["bookshop.Genre"] == reasons["auth.User"] == "not chosen"
    assert reasons["sessions.Session"] == reasons["migration_console"] == "own"
    listed = {name for entry in plan.left_out for name in entry.names if name}
    planned = {planned.table for planned in plan.tables}
    assert not listed & planned
    assert set(oracle.row_counts(project.entry("old"))) <= listed | planned
    genre = next(e for e in plan.left_out if e.model == "bookshop.Genre")
    rows = oracle.row_counts(project.entry("old"))["bookshop_genre"]
    assert [size and size.rows for size in genre.sizes] == [rows, 0]


def test_rows_without_a_model_are_to_be_read_of(project: Project) -> None:
    files(project)
    run_sql(
        project,
        "old",
        "CREATE TABLE empty_one (id integer PRIMARY KEY)",
        "CREATE TABLE migration_console_receipts_0 (id integer PRIMARY KEY)",
        "CREATE TABLE legacy (id integer PRIMARY KEY)",
        "INSERT INTO legacy VALUES (1)",
    )
    plan = checked("bookshop.Genre")
    (warning,) = [found for found in plan.found if named(found) == "left out"]
    assert warning.level == "warning"
    assert "'legacy'" in warning.message and "empty_one" not in warning.message
    assert "--table legacy" in warning.remedy
    reasons = {entry.table: entry.reason for entry in plan.left_out if not entry.model}
    assert reasons["legacy"] == reasons["empty_one"] == "unowned"
    assert reasons["migration_console_receipts_0"] == "own"


@pytest.mark.usefixtures("routed")
def test_what_a_router_keeps_out_stops_only_where_rows_would_stay_behind(
    project: Project,
) -> None:
    files(project)
    # With its many-to-many table, nothing else refers to a genre.
    run_sql(project, "new", "DROP TABLE bookshop_genre")
    plan = checked("bookshop")
    (found,) = [found for found in plan.found if found.level == "error"]
    assert named(found) == "missing tables"
    assert "A router keeps bookshop.Genre out of 'new'" in found.message
    # Not migrate, which would do nothing.
    assert found.remedy == "Exclude bookshop.Genre (--exclude bookshop.Genre)."
    run_sql(project, "old", "DELETE FROM bookshop_genre")
    run_sql(project, "old", "DELETE FROM bookshop_book_genres")
    run_sql(project, "old", "UPDATE bookshop_profile SET favourite_id = NULL")
    plan = checked("bookshop")
    # But for the users, who are not chosen.
    errors = [found for found in plan.found if found.level == "error"]
    assert all("'auth_user'" in found.message for found in errors)
    (entry,) = [e for e in plan.left_out if e.model == "bookshop.Genre"]
    assert (entry.reason, entry.names) == ("absent", ("bookshop_genre", None))


def test_letters_of_another_case_are_the_same_name_in_sqlite(project: Project) -> None:
    files(project)
    run_sql(
        project,
        "old",
        "ALTER TABLE bookshop_currency RENAME TO other",
        "ALTER TABLE other RENAME TO BOOKSHOP_Currency",
        "ALTER TABLE BOOKSHOP_Currency RENAME COLUMN name TO Other",
        "ALTER TABLE BOOKSHOP_Currency RENAME COLUMN Other TO NAME",
    )
    plan = checked("bookshop.Currency")
    assert brief(plan) == []
    (planned,) = plan.tables
    assert planned.plan.tables == ("BOOKSHOP_Currency", "bookshop_currency")
    assert "name" in {column.name for column in planned.plan.columns}


def test_two_models_never_have_one_table(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(project)
    for alias in ("old", "new"):
        run_sql(project, alias, "DROP TABLE bookshop_genre")
    options = apps.get_model("bookshop.Genre")._meta
    given = {**options.original_attrs, "db_table": "BOOKSHOP_CURRENCY"}
    monkeypatch.setattr(options, "original_attrs", given)
    monkeypatch.setattr(options, "db_table", "BOOKSHOP_CURRENCY")
    plan = checked("bookshop.Genre", "bookshop.Currency")
    (error,) = [found for found in plan.found if found.level == "error"]
    assert "is the table of bookshop." in error.message
