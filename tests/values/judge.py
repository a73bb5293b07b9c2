"""What the raw drivers store in a column and find there.

Shares no code with the product.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import Any

import MySQLdb
import psycopg2

from tests.values.forms import Stored
from tests.values.samples import SQL, Value

COLUMN = "reading"


class Database:
    """A database by its driver alone."""

    quote = '"'
    placeholder = "%s"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, values) if values else cursor.execute(sql)

    def create(self, table: str, column: str) -> None:
        name = f"{self.quote}{COLUMN}{self.quote}"
        self.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, {name} {column} NULL)")

    def drop(self, table: str) -> None:
        self.run(f"DROP TABLE IF EXISTS {table}")

    def hold(self, table: str, key: int, value: Value) -> bool:
        """Store a value; False where this column cannot hold it."""
        given = value.value
        try:
            if isinstance(given, SQL):
                self.run(f"INSERT INTO {table} VALUES ({key}, {self.sql(given)})")
            else:
                mark = self.placeholder
                self.run(
                    f"INSERT INTO {table} VALUES ({key}, {mark})", (self.given(given),)
                )
        except (
            psycopg2.Error,
            MySQLdb.Error,
            sqlite3.Error,
            ValueError,
            OverflowError,
            UnicodeError,
        ):
            return False
        return True

    def sql(self, given: SQL) -> str:
        return given.text

    def given(self, value: Any) -> Any:
        return value

    def read(self, table: str, column: str) -> dict[int, Stored | None]:
        raise NotImplementedError

    def close(self) -> None:
        self.connection.close()


class PostgreSQL(Database):
    def __init__(self, entry: dict[str, Any]) -> None:
        super().__init__(
            psycopg2.connect(
                host=entry["HOST"],
                port=entry["PORT"],
                user=entry["USER"],
                password=entry["PASSWORD"],
                dbname=entry["NAME"],
            )
        )
        self.connection.autocommit = True
        self.run("SET TIME ZONE 'UTC'")

    def prepare(self) -> None:
        for sql in (
            "CREATE EXTENSION citext",
            "CREATE EXTENSION hstore",
            "CREATE TYPE mood AS ENUM ('sad', 'a', '')",
            "CREATE DOMAIN word AS varchar(200)",
            "CREATE DOMAIN size AS bigint CHECK (value >= 0)",
        ):
            self.run(sql)

    def read(self, table: str, column: str) -> dict[int, Stored | None]:
        name = f'"{COLUMN}"'
        is_octets = column == "bytea"
        if column == "real":
            name = f"{name}::float8"
        text = name if is_octets else f"{name}::text"
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(f"SELECT id, {text} FROM {table}")
            return {
                key: None
                if value is None
                else Stored("octets", bytes(value), column)
                if is_octets
                else Stored("text", value, column)
                for key, value in cursor.fetchall()
            }


OCTETS = ("binary", "varbinary", "blob", "bit", "point", "geometry")


class MySQL(Database):
    quote = "`"

    def __init__(self, entry: dict[str, Any]) -> None:
        super().__init__(
            MySQLdb.connect(
                host=entry["HOST"],
                port=int(entry["PORT"]),
                user=entry["USER"],
                password=entry["PASSWORD"],
                db=entry["NAME"],
                charset="utf8mb4",
                use_unicode=False,
                autocommit=True,
                binary_prefix=True,
                conv={
                    kind: how
                    for kind, how in MySQLdb.converters.conversions.items()
                    if not isinstance(kind, int)
                },
            )
        )
        # Warnings count: a value that the server changes was not held.
        self.run("SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'")
        self.run("SET time_zone = '+00:00'")

    def prepare(self) -> None:
        pass

    def hold(self, table: str, key: int, value: Value) -> bool:
        loose = value.label.startswith("enum ''")
        if loose:
            # The empty text that stands for a word that is none.
            self.run("SET sql_mode = ''")
        held = super().hold(table, key, value)
        if loose:
            self.run("SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'")
        return held

    def read(self, table: str, column: str) -> dict[int, Stored | None]:
        name = f"`{COLUMN}`"
        if column.startswith("float"):
            name = f"CAST({name} AS DOUBLE)"
        what = "octets" if column.startswith(OCTETS) or "blob" in column else "text"
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(f"SELECT id, {name} FROM {table}")
            return {
                int(key): None
                if value is None
                else Stored(what, value if what == "octets" else _text(value), column)
                for key, value in cursor.fetchall()
            }


class SQLite(Database):
    placeholder = "?"

    def __init__(self, entry: dict[str, Any]) -> None:
        super().__init__(sqlite3.connect(entry["NAME"], isolation_level=None))
        self.connection.text_factory = bytes

    def prepare(self) -> None:
        # No test waits for a disk.
        self.run("PRAGMA journal_mode = WAL")

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        self.connection.execute(sql, values)

    def given(self, value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else value

    def read(self, table: str, column: str) -> dict[int, Stored | None]:
        rows = self.connection.execute(
            f'SELECT id, typeof("{COLUMN}"), "{COLUMN}" FROM {table}'
        )
        found: dict[int, Stored | None] = {}
        for key, kind, value in rows.fetchall():
            what = {b"text": "text", b"blob": "octets"}.get(kind, "number")
            if value is None:
                found[key] = None
            else:
                text = _text(value) if what == "text" else value
                found[key] = Stored(what, text, "sqlite")
        return found


def _text(octets: bytes) -> Any:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets


def connect(engine: str, entry: dict[str, Any]) -> Any:
    makers = {"postgresql": PostgreSQL, "sqlite": SQLite}
    return makers.get(engine, MySQL)(entry)
