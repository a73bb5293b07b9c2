"""How fast the destination's server itself can take the rows.

Into PostgreSQL: `COPY` from finished files into bare tables that have their
primary keys, two tables at a time, then indexes and constraints rebuilt.
From PostgreSQL to PostgreSQL: two `psql` pipes at a time instead of the files.
Into MariaDB or MySQL: `LOAD DATA LOCAL` from finished files, one after another, foreign
key and unique checks off. Into SQLite: `INSERT … SELECT` from an attached
database that holds the rows, secondary indexes off and on again.

Taking indexes off empty tables comes before the clock, and so do the files.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial

from benchmarks import measure
from benchmarks.contest import LIMIT, Bout, Contestant, Result
from benchmarks.engines.base import two_at_a_time
from benchmarks.engines.mariadb import MariaDB
from benchmarks.engines.postgresql import PostgreSQL
from benchmarks.engines.sqlite import SQLite
from benchmarks.house import Direction
from benchmarks.servers import postgresql_programs
from benchmarks.shapes import Table
from localservers.programs import find_program


def contestants(direction: Direction) -> list[Contestant]:
    if direction.destination == "postgresql":
        if direction.source == "postgresql":
            run, about = _psql_pipes, "two psql pipes at a time, then the rebuild"
        else:
            run, about = _copy_files, "COPY from files, two at a time, then the rebuild"
    elif direction.destination == "mysql":
        run, about = _load_data, "LOAD DATA LOCAL from files, checks off"
    else:
        run, about = _attach, "INSERT … SELECT from an attached database"
    return [Contestant("server-side limit", LIMIT, run, about)]


def _largest_first(bout: Bout) -> list[Table]:
    return sorted(bout.tables, key=lambda table: -bout.files[table].stat().st_size)


def _timed(bout: Bout, work: Callable[[], None]) -> Result:
    return Result(measure.call(work, servers=bout.house.servers))


def _rebuilding(bout: Bout, copy: Callable[[Table], None]) -> Result:
    destination = bout.destination
    assert isinstance(destination, PostgreSQL)
    tables = _largest_first(bout)
    stripped = destination.strip(bout.destination_name, tables)

    def work() -> None:
        two_at_a_time([partial(copy, table) for table in tables])
        destination.rebuild(bout.destination_name, stripped)

    return _timed(bout, work)


def _copy_files(bout: Bout) -> Result:
    destination = bout.destination
    assert isinstance(destination, PostgreSQL)
    return _rebuilding(
        bout,
        lambda table: destination.copy_file(
            bout.destination_name, table, bout.files[table]
        ),
    )


def _psql_pipes(bout: Bout) -> Result:
    server = bout.house.postgresql.server
    psql = [
        find_program("psql", postgresql_programs()),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
    ]

    def copy(table: Table) -> None:
        columns = ", ".join(f'"{column}"' for column in table.columns)
        target = f"{table.name} ({columns})"
        ends = (
            (bout.source_name, f"COPY {target} TO STDOUT"),
            (bout.destination_name, f"COPY {target} FROM STDIN"),
        )
        pipe = " | ".join(
            shlex.join([*psql, "-d", server.dsn(name), "-c", statement])
            for name, statement in ends
        )
        subprocess.run(["bash", "-o", "pipefail", "-c", pipe], check=True)

    return _rebuilding(bout, copy)


def _load_data(bout: Bout) -> Result:
    destination = bout.destination
    assert isinstance(destination, MariaDB)
    loads = [
        destination.load_statement(table, bout.files[table]) for table in bout.tables
    ]
    settings = "SET foreign_key_checks = 0, unique_checks = 0, time_zone = '+00:00'"
    client = destination.client("mariadb", "--local-infile=1", bout.destination_name)

    def work() -> None:
        script = ";\n".join([settings, *loads, ""])
        with destination.loading():
            subprocess.run(client, input=script.encode(), check=True)

    return _timed(bout, work)


def _attach(bout: Bout) -> Result:
    destination = bout.destination
    assert isinstance(destination, SQLite)
    origin = destination.path(bout.source_name)
    if bout.source is not destination:
        origin = bout.house.stage_finished(bout.files)
    path = destination.path(bout.destination_name)

    def work() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _insert_select(connection, os.fspath(origin), bout.tables)

    return _timed(bout, work)


def _insert_select(
    connection: sqlite3.Connection, origin: str, tables: Iterable[Table]
) -> None:
    # As the project's settings have it for every other contestant.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("ATTACH ? AS origin", [origin])
    connection.execute("BEGIN")
    for table in tables:
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' "
            "AND sql IS NOT NULL AND tbl_name = ?",
            [table.name],
        ).fetchall()
        for name, _sql in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        columns = ", ".join(f'"{column}"' for column in table.columns)
        connection.execute(
            f'INSERT INTO main."{table.name}" ({columns}) '
            f'SELECT {columns} FROM origin."{table.name}"'
        )
        for _name, sql in indexes:
            connection.execute(sql)
    connection.execute("COMMIT")
