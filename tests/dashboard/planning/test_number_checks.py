"""Which numbers become which, and what has no counterpart."""

from __future__ import annotations

import pytest

from dashboard.planning.checked_plan import CheckedPlan
from dashboard.transfer.renumbering import Numbers
from tests.dashboard.planning.checking import (
    SMALL,
    checked,
    named,
    run_sql,
)
from tests.oracle import reading
from tests.project import Project
from tests.throwaway import Throwaway


@pytest.fixture
def pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


def numbers(plan: CheckedPlan, label: str, column: str) -> Numbers | None:
    (found,) = [p.plan for p in plan.tables if p.item.label == label]
    return next(one.numbers for one in found.columns if one.name == column)


def errors(plan: CheckedPlan) -> list[str]:
    return [named(found) for found in plan.found if found.level == "error"]


RENUMBER = "UPDATE django_content_type SET id = id + 1000"


def test_content_types_with_other_numbers_are_mapped(pair: Project) -> None:
    assert numbers(checked("bookshop.Tag"), "bookshop.Tag", "content_type_id") is None
    run_sql(pair, "new", RENUMBER)
    plan = checked("bookshop.Tag")
    assert errors(plan) == []
    with reading(pair.entry("old")) as reader:
        types = sorted(reader.query("SELECT id, id + 1000 FROM django_content_type"))
    found = numbers(plan, "bookshop.Tag", "content_type_id")
    assert list(found or ()) == [tuple(one) for one in types]
    assert numbers(plan, "bookshop.Tag", "object_id") is None
    # Who refers to none does not mind, and who brings them along neither.
    assert checked(*SMALL).found == []
    labels = ("bookshop.Tag", "contenttypes", "auth", "admin")
    whole = checked(*labels, empty_first=True)
    assert errors(whole) == []
    assert numbers(whole, "bookshop.Tag", "content_type_id") is None


def test_one_content_type_more_in_the_destination_is_no_matter(pair: Project) -> None:
    run_sql(
        pair,
        "new",
        "INSERT INTO django_content_type (id, app_label, model)"
        " VALUES (900, 'gone', 'thing')",
    )
    plan = checked("bookshop.Tag")
    assert errors(plan) == []
    assert all(old == new for old, new in numbers(plan, *TAG) or ())


TAG = ("bookshop.Tag", "content_type_id")


def test_permissions_with_other_numbers_are_mapped(pair: Project) -> None:
    run_sql(pair, "new", "UPDATE auth_permission SET id = id + 1000")
    plan = checked("auth.Group")
    assert plan.found == []
    found = numbers(plan, "auth.Group_permissions", "permission_id")
    assert found
    assert {new - old for old, new in found} == {1000}


def test_content_types_that_the_source_lacks_are_unknown(pair: Project) -> None:
    run_sql(pair, "old", "DROP TABLE django_content_type")
    plan = checked("bookshop.Tag")
    assert errors(plan) == ["dangling numbers"]
    assert "do not exist in the source itself" in plan.found[0].message
    # A comparison finds them by itself.
    assert errors(checked("bookshop.Tag", writes=False)) == []


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
