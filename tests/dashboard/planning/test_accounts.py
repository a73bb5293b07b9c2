"""Who can sign in after a run that replaces the accounts of the pages."""

from __future__ import annotations

from django.contrib.auth.models import User

from dashboard.planning.asked import Asked
from dashboard.planning.checked_plan import NAMES_SHOWN
from dashboard.planning.preflight import check
from tests.dashboard.planning.checking import brief, only
from tests.project import Project
from tests.throwaway import Throwaway

WARNINGS = ([("accounts", "warning", "")], [("no account", "warning", "")])
WITH_USERS = ("auth", "contenttypes")


def told(destination: str = "default", *labels: str) -> str:
    plan = check(
        "old", destination, labels or WITH_USERS, asked=Asked(empty_first=True)
    )
    assert brief(plan) in WARNINGS, plan.found
    return f"{only(plan).message} {only(plan).remedy}"


def test_the_superusers_of_the_source_are_named(project: Project) -> None:
    project.database("sqlite", "old")
    project.superuser("maria", using="old")
    project.superuser("zoe", using="old")
    for name, fields in (
        ("left", {"is_active": False, "is_superuser": True}),
        ("clerk", {"is_staff": True}),
    ):
        User.objects.using("old").create(username=name, **fields)
    text = told()
    assert "'maria', 'zoe'" in text
    assert "left" not in text
    assert "clerk" not in text


def test_a_source_without_an_active_superuser_is_warned_about(
    project: Project,
) -> None:
    project.database("sqlite", "old")
    assert "createsuperuser --database=old" in told()
    user = project.superuser("maria", using="old")
    assert "'maria'" in told()
    user.is_active = False
    user.save(using="old")
    assert "has no active superuser" in told()


PEOPLE = """
from django.contrib.auth.base_user import AbstractBaseUser

class Person(AbstractBaseUser):
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
"""
CHECK = """
from dashboard.planning.preflight import check
for found in check("old", "default", ["shop"]).found:
    print(found.check, found.message)
"""


def test_a_user_model_that_knows_no_superusers_is_warned_about(
    project: Project,
) -> None:
    project.control("sqlite", migrated=False)
    project.database("sqlite", "old", migrated=False)
    throwaway = Throwaway(project, PEOPLE, settings='AUTH_USER_MODEL = "shop.Person"\n')
    throwaway.migrate()
    done = throwaway.manage("shell", "--verbosity=0", "--command", CHECK)
    said = "migration_console.W151 The accounts of this site are replaced"
    assert done.stdout.startswith(said)
    assert "has no active superuser" in done.stdout


def test_no_more_names_than_can_be_read(project: Project) -> None:
    project.database("sqlite", "old")
    for number in range(NAMES_SHOWN + 3):
        User.objects.using("old").create(
            username=f"u{number:02}", is_superuser=True, is_active=True
        )
    assert told().count("'u") == NAMES_SHOWN


def test_nobody_is_warned_where_the_accounts_of_the_pages_stay(
    project: Project,
) -> None:
    project.database("sqlite", "old")
    project.database("sqlite", "new")
    project.superuser("maria", using="old")
    # Another database than that of the pages; no users among what is copied;
    # nothing written.
    assert check("old", "new", WITH_USERS, asked=Asked(empty_first=True)).found == []
    assert check("old", "default", ["bookshop.Genre"]).found == []
    assert check("old", "default", WITH_USERS, asked=Asked(writes=False)).found == []
