"""What the drivers alone read of a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import MySQLdb
import MySQLdb.cursors
import psycopg2

from tests.oracle.values import FORMS, kinds

Entry = Mapping[str, Any]
LEFT_OUT = ("django_migrations", "django_session")
LEFT_OUT_PREFIXES = ("migration_console_", "sqlite_")


# Reading with the drivers


class Reader:
    quote = '"'

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
            return list(cursor.fetchall())

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with closing(self.streaming_cursor()) as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(5000):
                yield from rows

    def streaming_cursor(self) -> Any:
        return self.connection.cursor()

    def all_tables(self) -> list[str]:
        raise NotImplementedError

    def columns(self, table: str) -> list[str]:
        raise NotImplementedError

    def tables(self) -> list[str]:
        return [
            table
            for table in self.all_tables()
            if table not in LEFT_OUT and not table.startswith(LEFT_OUT_PREFIXES)
        ]

    def quoted(self, name: str) -> str:
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def column_sql(self, column: str, kind: str) -> str:
        return self.quoted(column)

    def count(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {self.quoted(table)}")[0][0])

    def rows(self, table: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
        known = kinds(table)
        forms = [FORMS[known[name]] if name in known else repr for name in columns]
        names = [self.column_sql(name, known.get(name, "")) for name in columns]
        sql = f"SELECT {', '.join(names)} FROM {self.quoted(table)}"
        for row in self.stream(sql):
            yield tuple(
                None if value is None else form(value)
                for form, value in zip(forms, row, strict=True)
            )


class PostgreSQLReader(Reader):
    def streaming_cursor(self) -> Any:
        return self.connection.cursor("oracle")

    def column_sql(self, column: str, kind: str) -> str:
        # The driver would parse JSON by its own rules.
        cast = "::text" if kind == "JSONField" else ""
        return self.quoted(column) + cast

    def all_tables(self) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        ]

    def columns(self, table: str) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s",
                (table,),
            )
        ]


class MySQLReader(Reader):
    quote = "`"

    def streaming_cursor(self) -> Any:
        return self.connection.cursor(MySQLdb.cursors.SSCursor)

    def all_tables(self) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            )
        ]

    def columns(self, table: str) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = DATABASE() AND table_name = %s",
                (table,),
            )
        ]


class SQLiteReader(Reader):
    def all_tables(self) -> list[str]:
        return [
            row[0]
            for row in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]

    def columns(self, table: str) -> list[str]:
        # The extended form lists generated columns too; 1 is hidden for good.
        return [
            row[1]
            for row in self.query(f"PRAGMA table_xinfo({self.quoted(table)})")
            if row[6] != 1
        ]


@contextmanager
def reading(entry: Entry) -> Iterator[Any]:
    connection, reader = _connect(entry)
    with closing(connection):
        yield reader(connection)


def _connect(entry: Entry) -> tuple[Any, type[Reader]]:
    engine = entry["ENGINE"].rsplit(".", 1)[1]
    if engine == "sqlite3":
        return sqlite3.connect(f"file:{entry['NAME']}?mode=ro", uri=True), SQLiteReader
    facts = {
        "host": entry["HOST"],
        "port": int(entry["PORT"]),
        "user": entry["USER"],
        "password": entry["PASSWORD"],
    }
    if engine == "postgresql":
        return (
            psycopg2.connect(
                **facts,
                dbname=entry["NAME"],
                options="-c timezone=UTC -c datestyle=ISO",
            ),
            PostgreSQLReader,
        )
    connection = MySQLdb.connect(
        **facts,
        database=entry["NAME"],
        charset="utf8mb4",
        init_command="SET time_zone = '+00:00'",
    )
    if "MariaDB" not in connection.get_server_info():
        # MySQL remembers numbers of the catalogue for a day.
        connection.query("SET SESSION information_schema_stats_expiry = 0")
    return connection, MySQLReader
