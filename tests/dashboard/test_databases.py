"""A copy's connections are the project's own: back end, options, receivers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.signals import connection_created

from dashboard.databases import database, whereabouts
from dashboard.planning.preflight import check
from dashboard.transfer.backends import connect
from dashboard.transfer.backends.base import Session
from dashboard.transfer.errors import ConnectionFailed, Unsupported
from tests.dashboard.planning.checking import brief, only
from tests.engines.traced import base as traced
from tests.project import Project
from tests.servers import fresh_name


@contextmanager
def session(alias: str, *, writing: bool = False) -> Iterator[Session]:
    label = fresh_name("label")
    with connect(database(alias), label, writing=writing, loading=writing) as opened:
        yield opened


@contextmanager
def receiving(alias: str, act: Callable[[Any], None]) -> Iterator[None]:
    """Let a receiver act on every new connection of the alias."""

    def receive(connection: Any, **_: Any) -> None:
        if connection.alias == alias:
            act(connection)

    connection_created.connect(receive)
    try:
        yield
    finally:
        connection_created.disconnect(receive)


def running(sql: str) -> Callable[[Any], None]:
    def act(connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return act


def one(opened: Session, sql: str) -> Any:
    return opened.query(sql)[0][0]


@pytest.fixture
def tenants(project: Project) -> str:
    """An alias with two schemas that hold a table of the same name."""
    project.database("postgresql", "old", migrated=False)
    entry, server = project.entry("old"), project.servers.server("postgresql")
    for schema in ("public", "acme"):
        sql = f"CREATE SCHEMA IF NOT EXISTS {schema}"
        server.execute(sql, database=entry["NAME"])
        sql = f"CREATE TABLE {schema}.note AS SELECT '{schema}'::text AS owner"
        server.execute(sql, database=entry["NAME"])
    return "old"


@pytest.mark.parametrize("writing", [False, True])
def test_a_schema_that_a_receiver_chooses_is_the_one_that_is_read(
    tenants: str, writing: bool
) -> None:
    with (
        receiving(tenants, running("SET search_path TO acme")),
        session(tenants, writing=writing) as opened,
    ):
        assert one(opened, "SELECT owner FROM note") == "acme"
        assert opened.location().endswith(":acme")
        assert opened.whereabouts() == whereabouts(tenants, opened.whereabouts_sql)


def test_a_schema_that_a_back_end_chooses_per_cursor_is_the_one_that_is_read(
    project: Project, tenants: str
) -> None:
    entry = {**project.entry(tenants), "ENGINE": "tests.engines.tenants"}
    project.register(tenants, entry)
    with session(tenants) as opened:
        assert opened.vendor == "postgresql"
        assert one(opened, "SELECT owner FROM note") == "acme"


def test_a_tenant_that_only_the_open_connection_has_is_refused(
    project: Project, tenants: str
) -> None:
    from django.db import connections

    entry = {**project.entry(tenants), "ENGINE": "tests.engines.tenants"}
    project.register(tenants, entry)
    project.database("sqlite", "new")
    connections[tenants].schema_name = "public"
    plan = check(tenants, "new", ["bookshop.Author"])
    assert brief(plan) == [("another place", "error", "")]
    found = only(plan)
    assert "{acme}" in found.message and "{public}" in found.message
    assert "connection_created" in found.remedy


def test_the_project_s_connection_stays_as_it_was(
    project: Project, tenants: str
) -> None:
    from django.db import connections

    sql = "SELECT current_user"
    assert whereabouts(tenants, sql) == (project.entry(tenants)["USER"],)
    assert connections[tenants].connection is None
    connections[tenants].ensure_connection()
    before = connections[tenants].connection
    whereabouts(tenants, sql)
    assert connections[tenants].connection is before


def test_a_role_is_assumed(project: Project, tenants: str) -> None:
    role = fresh_name("role")
    project.servers.server("postgresql").execute(f"CREATE ROLE {role}")
    entry = project.entry(tenants)
    project.register(tenants, {**entry, "OPTIONS": {"assume_role": role}})
    with session(tenants) as opened:
        assert one(opened, "SELECT current_user") == role
    project.register(tenants, {**entry, "OPTIONS": {"assume_role": "nobody"}})
    with pytest.raises(ConnectionFailed, match="could not be set up") as caught:
        connect(database(tenants), "label")
    assert not caught.value.retriable
    assert "OPTIONS" in caught.value.remedy


def test_a_service_and_its_password_file_are_used(
    project: Project,
    tenants: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = project.entry(tenants)
    services, passwords = tmp_path / "services", tmp_path / "passwords"
    services.write_text(
        f"[shop]\nhost={entry['HOST']}\nport={entry['PORT']}\n"
        f"dbname={entry['NAME']}\nuser={entry['USER']}\n"
    )
    passwords.write_text(f"*:*:*:*:{entry['PASSWORD']}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    options = {
        "service": "shop",
        "passfile": str(passwords),
        "isolation_level": 3,
        "options": "-c search_path=acme",
    }
    project.register(
        tenants, {"ENGINE": entry["ENGINE"], "NAME": "", "OPTIONS": options}
    )
    with session(tenants) as opened:
        assert one(opened, "SELECT owner FROM note") == "acme"
        # Serializable is for the project's transactions; ours wait for each other.
        isolation = "SHOW default_transaction_isolation"
        assert one(opened, isolation) == "read committed"


def test_an_option_file_says_where_and_as_whom(
    project: Project, tmp_path: Path
) -> None:
    project.database("mariadb", "old", migrated=False)
    entry = project.entry("old")
    file = tmp_path / "my.cnf"
    file.write_text(
        f"[client]\nhost={entry['HOST']}\nport={entry['PORT']}\n"
        f"user={entry['USER']}\npassword={entry['PASSWORD']}\n"
    )
    options = {
        "read_default_file": str(file),
        "database": entry["NAME"],
        "isolation_level": "serializable",
        "charset": "latin1",
    }
    project.register("old", {"ENGINE": entry["ENGINE"], "OPTIONS": options})
    with session("old", writing=True) as opened:
        assert one(opened, "SELECT DATABASE()") == entry["NAME"]
        assert one(opened, "SELECT @@character_set_results") == "utf8mb4"
        assert one(opened, "SELECT @@tx_isolation") == "REPEATABLE-READ"
    file.write_text("[client]\nhost=127.0.0.1\nport=1\n")
    with pytest.raises(ConnectionFailed, match=str(file)):
        connect(database("old"), "label")


def test_a_role_of_init_command_is_the_one_that_reads(project: Project) -> None:
    project.database("mariadb", "old", migrated=False)
    entry, role = project.entry("old"), fresh_name("role")
    server = project.servers.server("mariadb")
    server.execute(f"CREATE ROLE {role}")
    server.execute(f"GRANT {role} TO CURRENT_USER()")
    entry["OPTIONS"] = {"init_command": f"SET ROLE {role}"}
    project.register("old", entry)
    with session("old") as opened:
        assert one(opened, "SELECT CURRENT_ROLE()") == role
    entry["OPTIONS"] = {"init_command": "SET ROLE nobody"}
    project.register("old", entry)
    with pytest.raises(ConnectionFailed, match="could not be set up"):
        connect(database("old"), "label")


def test_a_connection_that_is_wrapped_is_used_and_closed_through_its_wrapper(
    project: Project,
) -> None:
    project.database("mariadb", "old", migrated=False)
    entry = project.entry("old")
    project.register("old", {**entry, "ENGINE": "tests.engines.traced"})
    with session("old", writing=True) as opened:
        assert opened.query("SELECT 1, 'a'") == [(1, "a")]
        assert len(traced.opened) == 1
    assert traced.opened == []


def test_what_a_receiver_raises_is_told_without_its_words(
    project: Project, tenants: str
) -> None:
    def fail(connection: Any) -> None:
        raise RuntimeError("a s3cret")

    with (
        receiving(tenants, fail),
        pytest.raises(ConnectionFailed, match="RuntimeError") as caught,
    ):
        connect(database(tenants), "label")
    assert "s3cret" not in str(caught.value)
    assert "connection_created" in caught.value.remedy


def test_what_django_cannot_use_is_told_in_its_own_words(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    project.database("sqlite", "old", migrated=False)
    with monkeypatch.context() as changed:
        changed.setitem(connections.settings["old"], "ENGINE", "no.such.engine")
        with pytest.raises(Unsupported, match=r"no\.such\.engine"):
            database("old")
    project.database("postgresql", "new", migrated=False)
    entry = project.entry("new")
    project.register("new", {**entry, "OPTIONS": {"isolation_level": 77}})
    with pytest.raises(Unsupported, match="isolation level 77"):
        connect(database("new"), "label")


# SQLite


def test_functions_that_django_registers_are_there(project: Project) -> None:
    project.database("sqlite", "new", migrated=False)
    with session("new", writing=True) as opened:
        assert one(opened, "SELECT MD5('one')") == "f97c5d29941bfb1b2fdab0874906ab82"
        opened.execute(
            "CREATE TABLE part (code text CHECK (code REGEXP '^[A-Z]+$'), "
            "digest text GENERATED ALWAYS AS (MD5(code)) STORED)"
        )
        opened.execute("CREATE INDEX reversed ON part (REVERSE(code))")
        assert opened.execute("INSERT INTO part (code) VALUES ('ABC')") == 1
        assert opened.query("SELECT code FROM part WHERE REVERSE(code) = 'CBA'")


def test_a_uri_is_opened_as_django_opens_it(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "odd name?.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE note (owner text)")
    options = {
        "timeout": 77,
        "transaction_mode": "EXCLUSIVE",
        "init_command": "PRAGMA user_version = 5; PRAGMA foreign_keys = ON; "
        "PRAGMA ignore_check_constraints = ON; PRAGMA query_only = ON",
    }
    name = f"file:{tmp_path}/odd%20name%3f.sqlite3?mode=rwc&cache=private"
    engine = "django.db.backends.sqlite3"
    project.register("old", {"ENGINE": engine, "NAME": name, "OPTIONS": options})
    with session("old") as opened:
        assert opened.identity() == f"sqlite:{path.stat().st_dev}:{path.stat().st_ino}"
        assert opened.whereabouts() == whereabouts("old", opened.whereabouts_sql)
        assert one(opened, "PRAGMA busy_timeout") == 77_000
        with pytest.raises(Unsupported, match="READONLY"):
            opened.execute("DELETE FROM note")
    with session("old", writing=True) as opened:
        for pragma, value in (
            ("foreign_keys", 0),
            ("ignore_check_constraints", 0),
            ("query_only", 0),
            ("user_version", 5),
        ):
            assert (pragma, one(opened, f"PRAGMA {pragma}")) == (pragma, value)
        assert opened.execute("INSERT INTO note VALUES ('me')") == 1


@pytest.mark.parametrize("name", ["file:x?mode=memory&cache=shared", "file::memory:"])
def test_a_database_in_memory_is_refused(project: Project, name: str) -> None:
    project.register("old", {"ENGINE": "django.db.backends.sqlite3", "NAME": name})
    with pytest.raises(ConnectionFailed, match="not a file on disk"):
        connect(database("old"), "label")
