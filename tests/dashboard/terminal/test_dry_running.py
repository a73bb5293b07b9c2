"""A dry run: the first rows of every table arrive, and nothing is left of it."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from typing import Any

import pytest
from django.db import connections

from dashboard.models import Event, MigrationRun
from dashboard.terminal.endings import NOT_VERIFIABLE
from tests import terminal
from tests.dashboard.planning.checking import SMALL, run_sql
from tests.dashboard.terminal.test_before_start import GENRE, dumped
from tests.project import DIRECTIONS, Project, soaked
from tests.servers import fresh_name

LEAN = {
    ("postgresql", "mysql"),
    ("mysql", "mariadb"),
    ("mariadb", "sqlite"),
    ("sqlite", "postgresql"),
    ("sqlite", "sqlite"),
}
PAIRS = [pair if pair in LEAN else soaked(*pair) for pair in DIRECTIONS]


def tried(*arguments: str) -> tuple[terminal.Ended, dict[str, Any]]:
    done = terminal.run("copydata", "old", "new", *arguments, "--dry-run", "--json")
    return done, json.loads(done.out)


def outcomes(said: dict[str, Any]) -> dict[str, str]:
    return {one["table"]: one["outcome"] for one in said["tables"]}


@pytest.mark.parametrize(("source", "destination"), PAIRS)
def test_every_table_is_tried_and_nothing_is_left(
    project: Project, source: str, destination: str
) -> None:
    project.database(source, "old", filled=True, rows=200)
    project.database(destination, "new")
    run_sql(project, "new", GENRE[destination])
    before = dumped(project)
    done, said = tried("--empty", "--chunk-rows=30")
    assert done.code == 0, done.err
    found = outcomes(said)
    assert len(found) == said["tables_checked"] > 20
    assert set(found.values()) == {"equal"}
    assert max(one["rows"] for one in said["tables"]) == 30
    assert dumped(project) == before
    assert not MigrationRun.objects.exists()
    assert not Event.objects.exists()


LONG = f"""
    UPDATE bookshop_currency SET name = '{"x" * 300}'
    WHERE code = (SELECT min(code) FROM bookshop_currency)
"""


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "mariadb"])
def test_a_row_that_is_refused_is_named_and_nothing_is_left(
    project: Project, engine: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new")
    run_sql(project, "old", LONG)
    before = dumped(project)
    # What the checks name before would not be tried.
    done, said = tried(*SMALL, "--no-scan")
    assert done.code == 1
    assert outcomes(said) == {"bookshop_currency": "refused", "bookshop_genre": "equal"}
    (refused,) = [one for one in said["tables"] if one["outcome"] == "refused"]
    assert "'bookshop_currency'" in refused["message"]
    assert [one["column"] for one in refused["refused"]] == ["name"]
    assert "dry_run" not in done.out + done.err
    assert "xxx" not in done.out + done.err
    assert dumped(project) == before


def test_a_constraint_of_the_destination_holds_in_a_dry_run(project: Project) -> None:
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    unique = "CREATE UNIQUE INDEX one ON bookshop_genre (substr(name, 1, 0))"
    run_sql(project, "new", unique)
    done, said = tried("bookshop.Genre", "--no-scan")
    assert done.code == 1
    assert outcomes(said) == {"bookshop_genre": "refused"}


UNUSUAL = {
    "postgresql": (
        "CREATE SEQUENCE numbers",
        "CREATE DOMAIN strict AS integer DEFAULT 7 NOT NULL",
        "CREATE DOMAIN drawing AS bigint DEFAULT nextval('numbers')",
        "CREATE TYPE mood AS ENUM ('a', 'b')",
        "ALTER TABLE bookshop_currency ADD COLUMN s strict, ADD COLUMN d drawing, "
        "ADD COLUMN m mood NOT NULL DEFAULT 'a' CHECK (m IS NOT NULL), "
        "ADD COLUMN n bigint NOT NULL DEFAULT nextval('numbers'), "
        "ADD COLUMN i bigint GENERATED ALWAYS AS IDENTITY, "
        "ADD COLUMN g text GENERATED ALWAYS AS (name || 'x') STORED",
        "ALTER TABLE bookshop_tag SET UNLOGGED",
    ),
    "mysql": (
        "ALTER TABLE bookshop_dailytotal PARTITION BY KEY () PARTITIONS 4",
        "ALTER TABLE bookshop_currency ADD CONSTRAINT named CHECK (name <> '%%'), "
        "ADD COLUMN m enum('a', 'b') NOT NULL DEFAULT 'a', "
        "ADD COLUMN g varchar(200) AS (concat(name, 'x')) VIRTUAL",
    ),
    "mariadb": (
        "ALTER TABLE bookshop_dailytotal PARTITION BY KEY () PARTITIONS 4",
        "CREATE SEQUENCE numbers",
        "ALTER TABLE bookshop_currency ADD COLUMN o bigint DEFAULT nextval(numbers), "
        "ADD COLUMN n bigint NOT NULL DEFAULT nextval(numbers)",
        "ALTER TABLE bookshop_genre MODIFY id bigint NOT NULL DEFAULT nextval(numbers)",
    ),
}
FOLLOWING = {
    "postgresql": "SELECT last_value, is_called FROM numbers",
    "mysql": "SELECT count(*) FROM bookshop_currency",
    "mariadb": "SELECT next_not_cached_value FROM numbers",
}


@pytest.mark.parametrize("engine", list(UNUSUAL))
def test_tables_of_every_make_are_tried_and_no_sequence_goes_on(
    project: Project, engine: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new")
    run_sql(project, "new", *UNUSUAL[engine])
    following = asked_by_hand(FOLLOWING[engine])
    labels = (*SMALL, "bookshop.DailyTotal", "bookshop.Tag", "bookshop.Order")
    done, said = tried(*labels, "--exclude=bookshop.Order")
    assert done.code == 0, done.err
    assert set(outcomes(said).values()) == {"equal"}
    assert asked_by_hand(FOLLOWING[engine]) == following


def asked_by_hand(sql: str) -> list[tuple[Any, ...]]:
    with connections["new"].cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_a_dry_run_keeps_nobody_from_writing_into_a_file(project: Project) -> None:
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    holder = connections.create_connection("new")
    with closing(holder), holder.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        done, said = tried(*SMALL)
        cursor.execute("ROLLBACK")
    assert done.code == 0, done.err
    assert set(outcomes(said).values()) == {"equal"}


GRANTS = {
    "postgresql": ("GRANT TEMPORARY ON DATABASE", None),
    "mysql": (
        "GRANT CREATE TEMPORARY TABLES ON",
        "INSERT, UPDATE, DELETE, CREATE, ALTER, DROP",
    ),
    "mariadb": (
        "GRANT CREATE TEMPORARY TABLES ON",
        "INSERT, UPDATE, DELETE, CREATE, ALTER, DROP",
    ),
}


@pytest.mark.parametrize("engine", list(GRANTS))
def test_an_account_that_may_make_no_temporary_table_is_told_so(
    project: Project, engine: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new")
    grant, rights = GRANTS[engine]
    entry, user = project.entry("new"), fresh_name("u")
    server = project.servers.server(engine)
    if rights:
        server.execute(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'secret'")
        server.execute(f"GRANT SELECT, {rights} ON `{entry['NAME']}`.* TO '{user}'@'%'")
    else:
        server.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'secret'")
        server.execute(f"REVOKE TEMPORARY ON DATABASE {entry['NAME']} FROM PUBLIC")
        for what in ("ALL TABLES IN SCHEMA", "ALL SEQUENCES IN SCHEMA", "SCHEMA"):
            run_sql(project, "new", f"GRANT ALL ON {what} public TO {user}")
        for label in SMALL:
            table = label.lower().replace(".", "_")
            run_sql(project, "new", f"ALTER TABLE {table} OWNER TO {user}")
    project.register("new", {**entry, "USER": user, "PASSWORD": "secret"})
    done, said = tried(*SMALL)
    assert done.code == NOT_VERIFIABLE, done.err
    assert set(outcomes(said).values()) == {"not tried"}
    for one in said["tables"]:
        assert "may not make temporary tables" in one["message"]
        assert one["remedy"].startswith(f"Checks and dry runs need them: {grant}")
    # Words of MySQL's may be equal where those of SQLite's are not.
    untried = [one for one in said["findings"] if one["check"].endswith("W233")]
    assert [grant in one["remedy"] for one in untried] == ([True] if rights else [])


def test_errors_of_the_checks_come_first(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    run_sql(project, "new", GENRE["sqlite"])
    done, said = tried(*SMALL)
    assert done.code == 1
    assert said["tables"] == []
    assert not said["can_start"]


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "sqlite"])
def test_nothing_is_left_of_a_dry_run_that_is_killed(
    project: Project, engine: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new")
    before = dumped(project)
    done = project.manage(
        *("copydata", "old", "new", "--dry-run"),
        environment={"MIGRATION_CONSOLE_FAILPOINTS": "rows tried=kill"},
    )
    assert done.returncode == -signal.SIGKILL
    assert dumped(project) == before
