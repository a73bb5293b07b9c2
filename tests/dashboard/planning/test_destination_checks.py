"""What a run would replace in the destination, and what would then be wrong."""

from __future__ import annotations

import pytest

from tests.dashboard.planning.checking import (
    SMALL,
    brief,
    checked,
    named,
    only,
    run_sql,
)
from tests.project import Project

NOT_EMPTY = ("not empty", "error", "")
REFERRING = ("referring table", "error", "")
SHOP = "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (1, 'one', 0)"


@pytest.fixture
def pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


@pytest.fixture
def filled(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", filled=True)
    return project


def test_rows_are_deleted_only_where_somebody_asked_for_it(pair: Project) -> None:
    run_sql(pair, "new", SHOP)
    plan = checked(*SMALL)
    assert brief(plan) == [NOT_EMPTY]
    assert only(plan).message == (
        "These tables of the destination hold rows: 'bookshop_genre'."
    )
    assert "emptied first" in only(plan).remedy
    assert checked(*SMALL, empty_first=True).found == []
    assert checked("bookshop.Currency").found == []


def test_what_migrate_made_is_no_data(pair: Project) -> None:
    plan = checked()
    assert plan.found == []
    before = {one.item.label: one.before.rows for one in plan.tables}
    # It is there all the same, and is emptied.
    assert before["contenttypes.ContentType"] > 0
    assert before["auth.Permission"] > 0
    assert before["sites.Site"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE django_site SET domain = 'shop.example.org'",
        "INSERT INTO django_site (id, domain, name) VALUES (2, 'b.org', 'b')",
    ],
)
def test_a_site_that_somebody_named_is_data(pair: Project, statement: str) -> None:
    run_sql(pair, "new", statement)
    plan = checked()
    assert brief(plan) == [NOT_EMPTY]
    assert "'django_site'" in only(plan).message
    assert checked(empty_first=True).found == []


def test_a_table_that_refers_to_what_is_emptied_has_to_be_chosen(
    filled: Project,
) -> None:
    plan = checked("bookshop.Shop", empty_first=True)
    assert set(brief(plan)) == {REFERRING}
    told = {found.message.split("'")[1] for found in plan.found}
    # Referring and filled.
    assert told == {"bookshop_employee", "bookshop_order", "bookshop_stock"}
    for found in plan.found:
        assert "'bookshop_shop'" in found.message
        assert "exclude 'bookshop_shop'" in found.remedy


def test_a_table_that_refers_and_holds_no_rows_is_no_matter(
    filled: Project,
) -> None:
    for table in ("employee", "order", "stock"):
        run_sql(filled, "new", f"DELETE FROM bookshop_{table}")
    # An order's lines refer to orders, which are not emptied.
    found = checked("bookshop.Shop", empty_first=True).found
    assert [named(one) for one in found] == ["references"]


def test_a_table_that_refers_to_what_is_not_emptied_is_no_matter(
    filled: Project,
) -> None:
    run_sql(filled, "new", "DELETE FROM bookshop_shop")
    assert checked("bookshop.Shop").found == []


def test_a_table_that_refers_to_itself_is_chosen(filled: Project) -> None:
    for table in ("book_genres", "profile"):
        run_sql(filled, "new", f"DELETE FROM bookshop_{table}")
    assert checked("bookshop.Genre", empty_first=True).found == []


def test_what_is_emptied_is_counted_whatever_its_size(project: Project) -> None:
    """PostgreSQL estimates large tables, from what it knew of them at some time."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(
        project,
        "new",
        'INSERT INTO bookshop_genre (id, name, "order") SELECT n, n::text, 0 FROM '
        "generate_series(1, 100100) n",
        "ANALYZE bookshop_genre",
        'INSERT INTO bookshop_genre (id, name, "order") SELECT n, n::text, 0 FROM '
        "generate_series(200001, 200005) n",
    )
    (estimated,) = checked("bookshop.Genre").tables
    assert not estimated.before.exact
    (counted,) = checked("bookshop.Genre", empty_first=True).tables
    assert (counted.before.rows, counted.before.exact) == (100105, True)
    run_sql(project, "new", "DELETE FROM bookshop_genre")
    # As empty as if nothing had ever been there.
    plan = checked("bookshop.Genre")
    assert (plan.tables[0].before.rows, plan.found) == (0, [])
