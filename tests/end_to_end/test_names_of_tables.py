"""Tables whose names are not the same in both databases."""

from __future__ import annotations

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import made, rows
from tests.project import Project
from tests.throwaway import Throwaway

LONG = """
class Permission2(models.Model):
    name = models.CharField(max_length=20)

class OrganizationMembershipRequestHistory(models.Model):
    name = models.CharField(max_length=20)
    permissions_granted_explicitly = models.ManyToManyField(Permission2)
"""
WHOLE = "shop_organizationmembershiprequesthistory_permissions_granted_explicitly"
FILL_LONG = """
from shop.models import *
history = OrganizationMembershipRequestHistory.objects.create(name="h")
history.permissions_granted_explicitly.add(Permission2.objects.create(name="x"))
"""
COUNT_LONG = """
from shop.models import *
print(OrganizationMembershipRequestHistory.permissions_granted_explicitly.through
      .objects.count())
"""


def as_default(shop: Throwaway, alias: str) -> None:
    """Let one database be ``default``, as it is before or after the move."""
    entry = shop.project.entries[alias]
    shop.write_settings(f'DATABASES = {{"default": {entry!r}}}\n')


@pytest.mark.parametrize(
    "engine", ["postgresql", pytest.param("mariadb", marks=pytest.mark.soak)]
)
def test_d72_a_name_that_is_cut_on_one_side_is_found_there(
    project: Project, engine: str
) -> None:
    shop = made(project, {"default": engine, "legacy": "sqlite"}, LONG)
    as_default(shop, "legacy")
    shop.manage("makemigrations", "shop", "--verbosity=0")
    shop.manage("migrate", "--verbosity=0")
    shop.manage("shell", "--verbosity=0", "--command", FILL_LONG)
    shop.write_settings()
    shop.manage("migrate", "--verbosity=0")

    report = shop.copy("legacy", "default", "shop")

    assert report["verdict"] == "verified"
    (cut,) = [t["table"] for t in report["tables"] if "history_" in t["table"]]
    assert cut != WHOLE
    assert rows(project, "legacy", f"SELECT count(*) FROM {WHOLE}") == [(1,)]
    as_default(shop, "default")
    done = shop.manage("shell", "--verbosity=0", "--command", COUNT_LONG)
    assert done.stdout.strip() == "1"


@pytest.mark.soak
def test_a_name_that_nobody_will_look_for_is_to_be_changed_first(
    project: Project,
) -> None:
    shop = made(project, {"default": "sqlite", "new": "postgresql"}, LONG)
    shop.migrate()
    shop.manage("shell", "--verbosity=0", "--command", FILL_LONG)
    done = shop.manage("copydata", "default", "new", "shop", "--no-input", check=False)
    assert done.returncode == 1
    (rename,) = [line for line in done.stderr.splitlines() if "ALTER TABLE" in line]
    run_sql(project, "new", rename[rename.index("ALTER TABLE") :])
    assert shop.copy("default", "new", "shop")["verdict"] == "verified"
    as_default(shop, "new")
    done = shop.manage("shell", "--verbosity=0", "--command", COUNT_LONG)
    assert done.stdout.strip() == "1"


FOLDED = """
class Item(models.Model):
    name = models.CharField(max_length=20, db_column="Name")
    class Meta:
        db_table = "Shop_Item"
"""


@pytest.mark.soak
@pytest.mark.parametrize("destination", ["postgresql", "sqlite"])
def test_d73_letters_of_another_case_are_no_other_name_where_the_engine_says_so(
    project: Project, destination: str
) -> None:
    shop = made(project, {"old": "sqlite", "new": destination}, FOLDED)
    shop.migrate()
    run_sql(
        project,
        "old",
        'DROP TABLE "Shop_Item"',
        "CREATE TABLE shop_item (ID integer PRIMARY KEY, name varchar(20) NOT NULL)",
        "INSERT INTO shop_item VALUES (1, 'a'), (2, 'b')",
    )
    report = shop.copy("old", "new", "shop")
    assert report["verdict"] == "verified"
    sql = 'SELECT id, "Name" FROM "Shop_Item" ORDER BY id'
    assert rows(project, "new", sql) == [(1, "a"), (2, "b")]
