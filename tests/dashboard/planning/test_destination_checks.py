"""What a run would replace in the destination, and what would then be wrong."""

from __future__ import annotations

import pytest

from tests.dashboard.planning.checking import (
    SMALL,
    brief,
    checked,
    only,
    run_sql,
)
from tests.project import Project
from tests.throwaway import Throwaway

NOT_EMPTY = ("not empty", "error", "")
REFERRING = ("referring table", "error", "")
TYPES = ("content types", "error", "")
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
    assert "--empty" in only(plan).remedy
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
    assert checked("bookshop.Shop", empty_first=True).found == []


def test_a_table_that_refers_to_what_is_not_emptied_is_no_matter(
    filled: Project,
) -> None:
    run_sql(filled, "new", "DELETE FROM bookshop_shop")
    assert checked("bookshop.Shop").found == []


def test_a_table_that_refers_to_itself_is_chosen(filled: Project) -> None:
    for table in ("book_genres", "profile"):
        run_sql(filled, "new", f"DELETE FROM bookshop_{table}")
    assert checked("bookshop.Genre", empty_first=True).found == []


RENUMBER = "UPDATE django_content_type SET id = id + 1000"


def test_content_types_with_other_numbers_are_not_referred_to(
    pair: Project,
) -> None:
    assert checked("bookshop.Tag").found == []
    run_sql(pair, "new", RENUMBER)
    plan = checked("bookshop.Tag")
    assert brief(plan) == [TYPES]
    assert "'bookshop.Tag' refer to content types" in only(plan).message
    assert "contenttypes.ContentType" in only(plan).remedy
    # Who refers to none does not mind, and who brings them along neither.
    assert checked(*SMALL).found == []
    labels = ("bookshop.Tag", "contenttypes", "auth", "admin")
    assert checked(*labels, empty_first=True).found == []


def test_one_content_type_more_in_the_destination_is_another_number(
    pair: Project,
) -> None:
    run_sql(
        pair,
        "new",
        "INSERT INTO django_content_type (id, app_label, model)"
        " VALUES (900, 'gone', 'thing')",
    )
    assert brief(checked("bookshop.Tag")) == [TYPES]


def test_permissions_with_other_numbers_are_not_referred_to(pair: Project) -> None:
    assert checked("auth.Group").found == []
    run_sql(pair, "new", "UPDATE auth_permission SET id = id + 1000")
    plan = checked("auth.Group")
    assert brief(plan) == [TYPES]
    assert "'auth.Group_permissions' refer to permissions" in only(plan).message
    assert "auth.Permission" in only(plan).remedy


def test_content_types_that_the_source_lacks_are_other_numbers(
    pair: Project,
) -> None:
    run_sql(pair, "old", "DROP TABLE django_content_type")
    assert brief(checked("bookshop.Tag")) == [TYPES]


BARE = """
INSTALLED_APPS = ["dashboard", "shop"]
DATABASES = {databases!r}
SECRET_KEY = "for-a-test"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "shop.Thing"
"""
CHECK = """
from dashboard.planning.preflight import check
found = check("old", "new")
print(sorted(found.labels), found.found)
"""


def test_a_project_without_content_types_has_no_numbers_to_compare(
    project: Project,
) -> None:
    for alias in ("old", "new"):
        project.database("sqlite", alias, migrated=False)
    project.control("sqlite", migrated=False)
    made = Throwaway(project, "class Thing(models.Model):\n    pass\n")
    settings = made.directory / "throwaway_settings.py"
    settings.write_text(BARE.format(databases=project.entries))
    made.migrate()
    done = made.manage("shell", "--verbosity=0", "--command", CHECK)
    assert done.stdout.strip() == "['shop.Thing'] []"
