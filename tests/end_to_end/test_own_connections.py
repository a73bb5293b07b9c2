"""What a project's connections set holds for a copy, and harms no value of it."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests import oracle
from tests.dashboard.transfer.backends import hostile
from tests.project import Project
from tests.servers import fresh_name
from tests.throwaway import Throwaway

MODELS = r"""
from django.db.backends.signals import connection_created
from django.db.models.functions import MD5
from django.dispatch import receiver

@receiver(connection_created)
def choose_schema(sender, connection, **kwargs):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET search_path TO acme")

class Part(models.Model):
    code = models.CharField(max_length=20)
    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[A-Z]{3}-[0-9]+$"), name="shape"
            ),
        ]

class Doc(models.Model):
    body = models.CharField(max_length=40)
    digest = models.GeneratedField(
        expression=MD5("body"),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )
    class Meta:
        indexes = [models.Index(MD5("body"), name="by_digest")]
"""
FILL = """
from shop.models import *
for code in ("ABC-1", "XYZ-22"):
    Part.objects.using("old").create(code=code)
    Doc.objects.using("old").create(body=code.lower())
"""
DOCS = [(body, hashlib.md5(body.encode()).hexdigest()) for body in ("abc-1", "xyz-22")]


def tenants(project: Project, alias: str) -> None:
    """Put a schema beside the one in which another tenant has the same tables."""
    server, name = project.servers.server("postgresql"), project.entry(alias)["NAME"]
    server.execute("CREATE SCHEMA acme", database=name)


def another_tenant(project: Project, alias: str) -> None:
    server, name = project.servers.server("postgresql"), project.entry(alias)["NAME"]
    tables = server.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'acme'", database=name
    )
    for (table,) in tables:
        sql = f'CREATE TABLE public."{table}" (LIKE acme."{table}" INCLUDING ALL)'
        server.execute(sql, database=name)
    sql = "INSERT INTO public.shop_part VALUES (1, 'OTH-1'), (7, 'OTH-7')"
    server.execute(sql, database=name)


def stored(project: Project, alias: str) -> tuple[list[Any], list[Any]]:
    """Every part and document that the driver alone reads, in the tenant's schema."""
    schema = "acme." if "postgresql" in project.entry(alias)["ENGINE"] else ""
    with oracle.reading(project.entry(alias)) as reader:
        return tuple(  # type: ignore[return-value]
            [tuple(row) for row in reader.query(sql)]
            for sql in (
                f"SELECT code FROM {schema}shop_part ORDER BY code",
                f"SELECT body, digest FROM {schema}shop_doc ORDER BY body",
            )
        )


SOAKED = [("mariadb", "sqlite"), ("sqlite", "postgresql"), ("sqlite", "sqlite")]


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("postgresql", "sqlite"),
        *(pytest.param(*pair, marks=pytest.mark.soak) for pair in SOAKED),
        pytest.param("postgresql", "postgresql", marks=pytest.mark.soak),
        pytest.param("sqlite", "mariadb", marks=pytest.mark.soak),
    ],
)
def test_a_receiver_s_schema_and_the_functions_of_django_s_sqlite_hold(
    project: Project, source: str, destination: str
) -> None:
    for alias, vendor in (("old", source), ("new", destination)):
        project.database(vendor, alias, migrated=False)
    both = {"old": source, "new": destination}
    of_tenants = [alias for alias, vendor in both.items() if vendor == "postgresql"]
    for alias in of_tenants:
        tenants(project, alias)
    # The control tables lie in the source.
    project.entries["default"] = project.entries.pop("old")
    throwaway = Throwaway(project, MODELS.replace('"old"', '"default"'))
    throwaway.migrate()
    project.entries["old"] = project.entries["default"]
    for alias in of_tenants:
        another_tenant(project, alias)
    fill = FILL.replace('"old"', '"default"')
    throwaway.manage("shell", "--verbosity=0", "--command", fill)

    report = throwaway.copy("default", "new", "shop")

    assert report["verdict"] == "verified"
    assert stored(project, "new") == ([("ABC-1",), ("XYZ-22",)], DOCS)
    if destination == "sqlite":
        refuses_wrong_shapes(project.entry("new")["NAME"])


def refuses_wrong_shapes(path: str) -> None:
    """The constraint and the index are there, for whoever has the functions."""
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("REGEXP", 2, matches, deterministic=True)
        connection.create_function("MD5", 1, digest, deterministic=True)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO shop_part (code) VALUES ('wrong')")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def matches(pattern: str, text: str) -> bool:
    return bool(re.search(pattern, text))


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def hostile_entry(project: Project, alias: str, vendor: str) -> dict[str, Any]:
    """The alias for an account whose settings change texts and hide rows."""
    entry = project.entry(alias)
    if vendor != "postgresql":
        return {**entry, "OPTIONS": {"init_command": hostile.init_command(vendor)}}
    server, role = project.servers.server(vendor), fresh_name("role")
    server.execute(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'one'")
    for sql in hostile.in_database(role, entry["NAME"]):
        server.execute(sql)
    return {**entry, "USER": role, "PASSWORD": "one"}


PAIRS = [("mariadb", "postgresql")]
MORE = [
    ("postgresql", "mariadb"),
    ("postgresql", "postgresql"),
    ("mariadb", "mariadb"),
    ("mysql", "postgresql"),
]


@pytest.mark.parametrize(
    ("source", "destination"),
    [*PAIRS, *(pytest.param(*pair, marks=pytest.mark.soak) for pair in MORE)],
)
def test_f14_hostile_settings_of_both_accounts_change_no_value(
    project: Project, source: str, destination: str
) -> None:
    project.database(source, "old", filled=True)
    project.database(destination, "new")
    old, new = project.entry("old"), project.entry("new")
    for alias, vendor in (("old", source), ("new", destination)):
        project.register(alias, hostile_entry(project, alias, vendor))
    before = oracle.schema_snapshot(new)

    done = project.manage("copydata", "old", "new", "--empty", "--no-input", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "verified"
    assert oracle.differences(old, new) == []
    assert oracle.schema_differences(before, oracle.schema_snapshot(new)) == []
