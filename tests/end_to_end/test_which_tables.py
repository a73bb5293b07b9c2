"""Which tables take part, and that every other one is accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import made, rows
from tests.project import Project


def left_out(report: dict[str, Any]) -> dict[str, tuple[str, int | None, int | None]]:
    return {
        entry["model"] or entry["table"]: (
            entry["reason"],
            entry["source_rows"],
            entry["destination_rows"],
        )
        for entry in report["left_out"]
    }


def warned(report: dict[str, Any]) -> str:
    found = report["findings"]
    return "\n".join(f["message"] for f in found if f["level"] != "info")


# --- what Django finds, and everything else -----------------------------------------

MODELS = """
from django.contrib.sessions.base_session import AbstractBaseSession

class Note(models.Model):
    text = models.CharField(max_length=40)

class Legacy(models.Model):
    number = models.IntegerField(primary_key=True)
    title = models.CharField(max_length=40)
    class Meta:
        managed = False
        db_table = "legacy_customers"

class Nowhere(models.Model):
    class Meta:
        managed = False

class Totals(models.Model):
    amount = models.IntegerField()
    class Meta:
        managed = False

class Spatial(models.Model):
    class Meta:
        required_db_features = ["gis_enabled"]

class Elephant(models.Model):
    class Meta:
        required_db_vendor = "oracle"

class Login(AbstractBaseSession):
    @classmethod
    def get_session_store_class(cls):
        return None

class Old(models.Model):
    class Meta:
        swappable = "SHOP_OLD_MODEL"
"""
VISITS = """
class Visit(models.Model):
    path = models.CharField(max_length=40)
"""
ROUTER = """
class Router:
    def allow_migrate(self, db, app_label, **hints):
        return app_label != "visits"
"""
SETTINGS = """
INSTALLED_APPS.append("visits")
DATABASE_ROUTERS = ["throwaway_router.Router"]
SHOP_OLD_MODEL = "shop.Note"
"""
# A table that no model owns, in the words of two engines.
ORDERS = {
    "old": (
        "CREATE TABLE legacy_orders (id integer AUTO_INCREMENT PRIMARY KEY, "
        "paid tinyint(1) NOT NULL, token char(32), at datetime(6), price decimal(9,2), "
        "data longtext, raw longblob)",
        "INSERT INTO legacy_orders VALUES (1, 1, '00112233445566778899aabbccddeeff', "
        "'2024-02-29 23:59:59.5', 1.20, '[1]', X'00ff')",
        "INSERT INTO legacy_orders VALUES (9, 0, NULL, NULL, NULL, NULL, NULL)",
    ),
    "new": (
        "CREATE TABLE legacy_orders (id serial PRIMARY KEY, paid boolean NOT NULL, "
        "token uuid, at timestamp, price numeric(9,2), data text, raw bytea)",
    ),
}


def test_d60_everything_that_takes_no_part_is_listed_and_no_obstacle(
    project: Project,
) -> None:
    shop = made(project, {"old": "mariadb", "new": "postgresql"}, MODELS, SETTINGS)
    shop.add_app("visits", VISITS)
    (shop.directory / "throwaway_router.py").write_text(ROUTER)
    shop.migrate("shop", "visits")
    for alias in ("old", "new"):
        run_sql(
            project,
            alias,
            "CREATE TABLE legacy_customers "
            "(number integer PRIMARY KEY, title varchar(40) NOT NULL)",
            "CREATE VIEW shop_totals AS SELECT 1 AS id, 2 AS amount",
            *ORDERS[alias],
        )
    run_sql(project, "old", "INSERT INTO legacy_customers VALUES (1, 'a'), (2, 'b')")
    run_sql(project, "old", "INSERT INTO shop_note (text) VALUES ('z')")
    run_sql(project, "old", "INSERT INTO shop_login VALUES ('k', 'd', '2030-01-01')")

    ranges = "CREATE TABLE ranges (id integer PRIMARY KEY, span {})"
    run_sql(project, "old", ranges.format("year"))
    run_sql(project, "new", ranges.format("int4range"))
    run_sql(project, "old", "CREATE TABLE here (id integer PRIMARY KEY)")
    summary = shop.manage("copydata", "old", "new", "--summary").stdout
    (line,) = [line for line in summary.splitlines() if "legacy_orders" in line]
    assert line.split()[:3] == ["table:legacy_orders", "2", "0"]

    report = shop.copy("old", "new", "--table=legacy_orders")

    assert report["verdict"] == "verified"
    check_orders(project)
    legacy = rows(project, "new", "SELECT * FROM legacy_customers ORDER BY number")
    assert legacy == [(1, "a"), (2, "b")]
    copied = {table["model"] for table in report["tables"]}
    assert {"shop.Note", "shop.Legacy", "auth.User"} <= copied
    found = left_out(report)
    assert found == {
        "ranges": ("unowned", 0, 0),
        "here": ("unowned", 0, None),
        "shop.Totals": ("view", None, None),
        "shop.Nowhere": ("absent", None, None),
        "shop.Spatial": ("absent", None, None),
        "shop.Elephant": ("absent", None, None),
        "visits.Visit": ("absent", None, None),
        "shop.Old": ("swapped", None, None),
        "shop.Login": ("own", 1, 0),
        "django_migrations": found["django_migrations"],
        # The row that reservations are locked by.
        "migration_console": ("own", 1, 1),
    }
    assert found["django_migrations"][0] == "own"
    why = {entry["model"]: entry["why"] for entry in report["left_out"]}
    assert "A router keeps visits.Visit out of 'new'" in why["visits.Visit"]
    assert "gis_enabled" in why["shop.Spatial"]
    assert "for oracle alone" in why["shop.Elephant"]
    assert "not managed" in why["shop.Nowhere"]
    assert "MigrationRun" in why["migration_console"]
    for name in found:
        assert name in summary.replace("table:", "")

    tables = ("--table=ranges", "--table=here", "--table=nosuch")
    done = shop.manage("copydata", "old", "new", *tables, check=False)
    assert done.returncode == 1
    assert "no text in common for 'span'" in done.stderr
    assert "Alias 'new' has no table 'here'. Create it there" in done.stderr
    assert "neither database has a table 'nosuch'" in done.stderr


def check_orders(project: Project) -> None:
    sql = (
        "SELECT id, paid::int, token::text, at::text, price::text, data, raw "
        "FROM legacy_orders ORDER BY id"
    )
    first, second = rows(project, "new", sql)
    token = "00112233-4455-6677-8899-aabbccddeeff"
    assert first[:6] == (1, 1, token, "2024-02-29 23:59:59.5", "1.20", "[1]")
    assert bytes(first[6]) == b"\x00\xff"
    assert second == (9, 0, None, None, None, None, None)
    # The next number comes after the last.
    run_sql(project, "new", "INSERT INTO legacy_orders (paid) VALUES (true)")
    assert rows(project, "new", "SELECT max(id) FROM legacy_orders") == [(10,)]


# --- schemas, inheritance, partitions ------------------------------------------------

PLACES = """
class Shelf(models.Model):
    name = models.CharField(max_length=20, unique=True)
    class Meta:
        db_table = '"Stock%"."shelf"'

class Box(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    name = models.CharField(max_length=20, db_index=True)
    class Meta:
        db_table = 'Stock%"."box'

class Being(models.Model):
    name = models.CharField(max_length=20)

class Event(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    at = models.DateField()
    text = models.CharField(max_length=20)
    class Meta:
        managed = False
"""
SCHEMA = 'CREATE SCHEMA "Stock%%"'
EVENTS = (
    "CREATE TABLE shop_event (id bigint, shelf_id bigint NOT NULL CONSTRAINT of_shelf "
    'REFERENCES "Stock%%".shelf DEFERRABLE INITIALLY DEFERRED, '
    "at date, text varchar(20) NOT NULL, "
    "PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
    "CREATE TABLE events_1 PARTITION OF shop_event FOR VALUES FROM ('2000-01-01') TO "
    "('2020-01-01')",
    "CREATE TABLE events_2 PARTITION OF shop_event FOR VALUES FROM ('2020-01-01') TO "
    "('2040-01-01')",
)
BOXES = (
    'INSERT INTO "Stock%%".shelf SELECT n, n::text FROM generate_series(1, 9) n',
    'INSERT INTO "Stock%%".box SELECT n, n::text, n %% 9 + 1 '
    "FROM generate_series(1, 500) n",
)


@pytest.mark.soak
def test_d73_d74_schemas_inheritance_and_partitions_of_postgresql(
    project: Project,
) -> None:
    shop = made(project, {"old": "postgresql", "new": "postgresql"}, PLACES)
    project.options["INDEXES_OFF_ROWS"] = 100
    shop.write_settings()
    for alias in ("old", "new"):
        run_sql(project, alias, SCHEMA)
    shop.manage("makemigrations", "shop", "--verbosity=0")
    for alias in ("old", "new"):
        shop.manage("migrate", "--verbosity=0", f"--database={alias}")
        run_sql(project, alias, *EVENTS)
        run_sql(project, alias, "CREATE TABLE heir (extra text) INHERITS (shop_being)")
    shop.manage("migrate", "--verbosity=0", "migration_console")
    run_sql(
        project,
        "old",
        *BOXES,
        "INSERT INTO shop_event SELECT n, n %% 9 + 1, '2019-01-01'::date + n, n::text "
        "FROM generate_series(1, 900) n",
        "INSERT INTO shop_being (name) VALUES ('a'), ('b')",
        "INSERT INTO heir (id, name) VALUES (1, 'of another'), (7, 'of another')",
    )
    run_sql(project, "new", "INSERT INTO heir (id, name) VALUES (5, 'stays')")
    before = oracle_schema(project)

    report = shop.copy("old", "new", "shop", "--empty", "--chunk-rows=100")

    assert report["verdict"] == "verified"
    for table in ('"Stock%".shelf', '"Stock%".box', "shop_event", "ONLY shop_being"):
        sql = f"SELECT * FROM {table} ORDER BY 1"
        assert rows(project, "new", sql) == rows(project, "old", sql)
    assert rows(project, "new", "SELECT id FROM heir") == [(5,)]
    assert oracle_schema(project) == before
    found = left_out(report)
    assert found["heir"] == ("unowned", 2, 1)
    # Partitions are their table's.
    assert not {"events_1", "events_2"} & set(found)
    run_sql(project, "new", "INSERT INTO \"Stock%%\".shelf (name) VALUES ('next')")


def oracle_schema(project: Project) -> list[Any]:
    """Every index and constraint of the destination, as the server has it."""
    sql = """
        SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid),
               c.convalidated
        FROM pg_constraint c WHERE c.conrelid <> 0 AND c.contype <> 'n'
        UNION ALL
        SELECT indrelid::regclass::text, indexrelid::regclass::text,
               pg_get_indexdef(indexrelid), indisvalid FROM pg_index
        WHERE indrelid > 16384
        ORDER BY 1, 2, 3
    """
    return rows(project, "new", sql)


# --- what depends on the engine ------------------------------------------------------

SEARCH = """
from django.contrib.postgres.search import SearchVectorField

class Page(models.Model):
    title = models.CharField(max_length=20)
    vector = SearchVectorField(null=True)

class Vector(models.Model):
    "Of which there are no rows, whatever its types."
    numbers = models.JSONField(null=True)
"""


@pytest.mark.soak
@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
def test_search_vectors_are_copied_only_where_they_can_be(
    project: Project, source: str
) -> None:
    shop = made(project, {"old": source, "new": "postgresql"}, SEARCH)
    shop.migrate()
    vector = "to_tsvector('english', 'a fat cat')" if source == "postgresql" else "'x'"
    run_sql(
        project,
        "old",
        f"INSERT INTO shop_page (title, vector) VALUES ('a', {vector}), ('b', NULL)",
    )
    report = shop.copy("old", "new", "shop")
    assert report["verdict"] == "verified"
    found = rows(project, "new", "SELECT title, vector::text FROM shop_page ORDER BY 1")
    if source == "postgresql":
        assert found == [("a", "'cat':3 'fat':2"), ("b", None)]
        assert not warned(report)
    else:
        assert found == [("a", None), ("b", None)]
        assert "Search vectors of table 'shop_page' are not copied" in warned(report)
