"""Migrations that name no alias change the new database and never the old one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.oracle import reading
from tests.project import Project, soaked
from tests.throwaway import Throwaway

MODELS = """
class Status(models.Model):
    name = models.CharField(max_length=40)

class Log(models.Model):
    text = models.CharField(max_length=40)
"""
# As public projects have them: no alias anywhere, rows deleted, made and rewritten.
DATA_MIGRATION = """
from django.db import connection, migrations, transaction

def fill(apps, schema_editor):
    Status = apps.get_model("shop", "Status")
    Status.objects.all().delete()
    with transaction.atomic():
        Status.objects.bulk_create(Status(name=name) for name in ("new", "paid"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_status SET name = upper(name)")
{more}
class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
"""
BY_ALIAS = """    apps.get_model("shop", "Log").objects.using("third").create(text="x")
"""
OURS = [(1, "ours"), (2, "and ours")]


# In one process: Django takes longer to start than for all of it.
MAKE = """
import importlib, pathlib
from django.core.management import call_command

def migrate(*options):
    for alias in ("default", "third"):
        call_command("migrate", *options, database=alias, verbosity=0)

call_command("makemigrations", "shop", verbosity=0)
importlib.invalidate_caches()
migrate()
pathlib.Path("shop/migrations/0002_fill.py").write_text({migration!r})
importlib.invalidate_caches()
migrate("--fake")
from shop.models import Status
for pk, name in {ours!r}:
    Status.objects.create(pk=pk, name=name)
"""


def made(
    project: Project, source: str, destination: str, *, more: str = ""
) -> Throwaway:
    """The source is ``default``, as it is on the day that a project moves."""
    project.database(destination, "new", migrated=False)
    project.database("sqlite", "third", migrated=False)
    project.control(source, migrated=False)
    throwaway = Throwaway(project, MODELS)
    migration = DATA_MIGRATION.format(more=more)
    code = MAKE.format(migration=migration, ours=OURS)
    throwaway.manage("shell", "--verbosity=0", "--command", code)
    return throwaway


def rows(project: Project, alias: str, table: str = "shop_status") -> list[Any]:
    with reading(project.entry(alias)) as reader:
        return [tuple(row) for row in reader.query(f"SELECT * FROM {table} ORDER BY 1")]


MADE = [(1, "NEW"), (2, "PAID")]


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        soaked("postgresql", "sqlite"),
        ("mariadb", "postgresql"),
        soaked("sqlite", "postgresql"),
    ],
)
def test_the_old_database_keeps_its_rows_while_the_new_one_is_migrated(
    project: Project, source: str, destination: str
) -> None:
    throwaway = made(project, source, destination)

    throwaway.manage("migrateinto", "new")

    assert rows(project, "default") == OURS
    assert rows(project, "new") == MADE
    report = throwaway.copy("default", "new", "--migrate", "--empty")
    assert report["verdict"] == "verified"
    assert rows(project, "default") == rows(project, "new") == OURS


@pytest.mark.soak
def test_copydata_migrates_in_the_same_way(project: Project) -> None:
    throwaway = made(project, "sqlite", "postgresql")
    # What the migration made stands in the way, and is named.
    report = throwaway.copy("default", "new", "--migrate", code=1)
    (error,) = [one for one in report["findings"] if one["level"] == "error"]
    assert "'shop_status'" in error["message"]
    assert rows(project, "default") == OURS
    assert rows(project, "new") == MADE


def test_a_migration_that_fails_ends_the_command(project: Project) -> None:
    throwaway = made(project, "sqlite", "sqlite", more="    raise RuntimeError('no')\n")
    done = throwaway.manage("copydata", "default", "new", "--migrate", check=False)
    assert done.returncode == 1
    assert "migrate has failed on 'new'" in done.stderr
    assert "RuntimeError: no" in done.stderr
    assert rows(project, "default") == OURS


@pytest.mark.soak
def test_an_alias_that_is_not_there_is_said_with_those_that_are(
    project: Project,
) -> None:
    throwaway = made(project, "sqlite", "sqlite")
    done = throwaway.manage("migrateinto", "nope", check=False)
    assert done.returncode == 1
    assert "has no alias 'nope'" in done.stderr
    assert "default, new, third" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_other_alias_can_be_written_to(project: Project) -> None:
    throwaway = made(project, "sqlite", "sqlite", more=BY_ALIAS)
    done = throwaway.manage("migrateinto", "new", check=False)
    assert done.returncode == 1
    assert "readonly" in done.stderr
    assert rows(project, "third", "shop_log") == []


@pytest.mark.soak
def test_what_changed_in_the_source_meanwhile_is_said(project: Project) -> None:
    raw = """
    import sqlite3
    with sqlite3.connect({path!r}, timeout=0.2) as other:
        other.execute("UPDATE shop_status SET name = 'theirs' WHERE id = 1")
        other.execute("INSERT INTO shop_log (text) VALUES ('x')")
    other.close()
"""
    throwaway = made(project, "sqlite", "postgresql")
    path = str(project.entry("default")["NAME"])
    migration = throwaway.directory / "shop" / "migrations" / "0002_fill.py"
    more = raw.replace("{path!r}", repr(path))
    migration.write_text(DATA_MIGRATION.format(more=more))

    done = throwaway.manage("migrateinto", "new")

    assert "rows of 'default' changed" in done.stdout
    assert "'shop_status' holds other values" in done.stdout
    assert "'shop_log' had 0 rows and has 1" in done.stdout


OTHER_WRITER = """
    import psycopg2
    other = psycopg2.connect(**{place!r})
    other.cursor().execute("UPDATE shop_status SET name = 'theirs' WHERE id = 1")
    other.commit()
    other.close()
"""


@pytest.mark.soak
def test_a_key_without_a_greatest_value_hides_no_change(project: Project) -> None:
    throwaway = made(project, "postgresql", "sqlite")
    # PostgreSQL has no max() of it before version 18.
    run_sql(
        project,
        "default",
        "DROP TABLE shop_log",
        "CREATE TABLE shop_log (id uuid PRIMARY KEY, text text)",
        "INSERT INTO shop_log VALUES ('00112233-4455-6677-8899-aabbccddeeff', 'x')",
    )
    entry = project.entry("default")
    names = {"HOST": "host", "PORT": "port", "NAME": "dbname", "USER": "user"}
    names["PASSWORD"] = "password"
    place = {name: entry[key] for key, name in names.items()}
    more = OTHER_WRITER.format(place=place)
    migration = throwaway.directory / "shop" / "migrations" / "0002_fill.py"
    migration.write_text(DATA_MIGRATION.format(more=more))

    done = throwaway.manage("migrateinto", "new")

    assert "'shop_status' holds other values" in done.stdout
    assert "shop_log" not in done.stdout


@pytest.mark.soak
def test_the_database_may_be_called_otherwise_meanwhile(project: Project) -> None:
    throwaway = made(project, "sqlite", "sqlite")
    router = throwaway.directory / "throwaway_router.py"
    router.write_text(
        "class Router:\n"
        "    def allow_migrate(self, db, app_label, **hints):\n"
        "        return (db == 'third') == (app_label == 'shop')\n"
    )
    throwaway.write_settings('DATABASE_ROUTERS = ["throwaway_router.Router"]\n')
    throwaway.manage("migrateinto", "new", "--as", "third")
    assert rows(project, "new") == MADE
    assert rows(project, "third") == []
    with reading(project.entry("new")) as reader:
        names = {name for (name,) in reader.query("SELECT name FROM sqlite_master")}
    assert "auth_user" not in names


RECEIVER = """
from django.db.backends.signals import connection_created

def choose(connection, **kwargs):
    if connection.alias == "new":
        with connection.cursor() as cursor:
            cursor.execute("SET search_path TO tenant")

connection_created.connect(choose)
"""


@pytest.mark.soak
def test_a_schema_that_is_chosen_by_the_alias_is_not_missed(project: Project) -> None:
    throwaway = made(project, "sqlite", "postgresql")
    run_sql(project, "new", "CREATE SCHEMA tenant")
    with (throwaway.directory / "shop" / "models.py").open("a") as file:
        file.write(RECEIVER)
    done = throwaway.manage("migrateinto", "new", check=False)
    assert done.returncode == 1
    assert "another database or schema" in done.stderr
    with reading(project.entry("new")) as reader:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert reader.query(sql) == []
