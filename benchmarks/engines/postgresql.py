from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks.engines.base import Checksum, Engine, binary_file, two_at_a_time
from benchmarks.servers import HOST, PASSWORD, USER
from benchmarks.servers import PostgreSQL as Server
from benchmarks.shapes import Table

FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f'
    AND (conrelid = ANY(%(tables)s::regclass[])
         OR confrelid = ANY(%(tables)s::regclass[]))
"""
UNIQUES = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'u' AND conrelid = ANY(%(tables)s::regclass[])
"""
INDEXES = """
    SELECT indrelid::regclass::text, indexrelid::regclass::text,
           pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[]) AND NOT indisprimary
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid
                    AND contype = 'u')
"""
COLUMN_TYPES = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s
"""
STATEMENTS = """
    SELECT datname, sum(calls) FROM pg_stat_statements
    JOIN pg_database ON pg_database.oid = dbid GROUP BY datname
"""


@dataclass
class Stripped:
    """What was taken off the tables, as the statements that put it back."""

    indexes: list[str] = field(default_factory=list)
    foreign_keys: list[str] = field(default_factory=list)


class PostgreSQL(Engine):
    vendor = "postgresql"
    label = "PostgreSQL"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.servers = (server,)

    def entry(self, name: str) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "HOST": HOST,
            "PORT": str(self.server.port),
            "USER": USER,
            "PASSWORD": PASSWORD,
        }

    def url(self, name: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@{HOST}:{self.server.port}/{name}"

    @contextmanager
    def connect(
        self, name: str, user: str = Server.user
    ) -> Iterator[psycopg2.extensions.cursor]:
        """A cursor that commits every statement; as the superuser by default."""
        connection = psycopg2.connect(self.server.dsn(name, user))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SET timezone = 'UTC'")
                yield cursor
        finally:
            connection.close()

    def create(self, name: str, template: str = "template1") -> None:
        self.drop(name)
        with self.connect("postgres") as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {USER}")

    def drop(self, name: str) -> None:
        with self.connect("postgres") as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def clone(self, template: str, name: str) -> None:
        self.create(name, template)

    # -- loading ---------------------------------------------------------------

    def strip(self, name: str, tables: Sequence[Table]) -> Stripped:
        """Take off foreign keys and all indexes but the primary keys'."""
        stripped = Stripped()
        order = {table.name: number for number, table in enumerate(tables)}
        names = {"tables": [table.name for table in tables]}
        with self.connect(name) as cursor:
            for statement, kept in (
                (FOREIGN_KEYS, stripped.foreign_keys),
                (UNIQUES, stripped.indexes),
            ):
                cursor.execute(statement, names)
                for table, constraint, definition in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
                    kept.append(
                        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}"
                    )
            cursor.execute(INDEXES, names)
            found = sorted(cursor.fetchall(), key=lambda row: order.get(row[0], 0))
            for _table, index, definition in found:
                cursor.execute(f"DROP INDEX {index}")
                stripped.indexes.append(definition)
        return stripped

    def rebuild(self, name: str, stripped: Stripped) -> None:
        two_at_a_time([partial(self.execute, name, s) for s in stripped.indexes])
        two_at_a_time([partial(self.execute, name, s) for s in stripped.foreign_keys])

    def execute(self, name: str, statement: str) -> None:
        with self.connect(name) as cursor:
            cursor.execute(statement)

    def copy_file(self, name: str, table: Table, path: Path) -> None:
        """Load a finished file inside the server."""
        columns = ", ".join(f'"{column}"' for column in table.columns)
        source = binary_file(path) if table.binary else path
        self.execute(name, f"COPY {table.name} ({columns}) FROM '{source.resolve()}'")

    def fill(self, name: str, files: Mapping[Table, Path]) -> None:
        stripped = self.strip(name, list(files))
        largest_first = sorted(files, key=lambda table: -files[table].stat().st_size)
        two_at_a_time(
            [
                partial(self.copy_file, name, table, files[table])
                for table in largest_first
            ]
        )
        self.rebuild(name, stripped)
        # Autovacuum and hint bits are no part of anybody's time.
        self.execute(name, "VACUUM (FREEZE, ANALYZE)")

    # -- looking ---------------------------------------------------------------

    def counts(self, name: str, tables: Sequence[Table]) -> dict[str, int]:
        with self.connect(name) as cursor:
            found = {}
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table.name}")
                found[table.name] = cursor.fetchone()[0]
            return found

    def checksum(self, name: str, table: Table, columns: Sequence[str]) -> Checksum:
        with self.connect(name) as cursor:
            cursor.execute(COLUMN_TYPES, [table.name])
            types = dict(cursor.fetchall())
            text = ", ".join(_text(column, types[column]) for column in columns)
            cursor.execute(
                "SELECT count(*), coalesce(sum(('x' || left(md5(concat_ws('|', "
                f"{text})), 16))::bit(64)::bigint), 0) FROM {table.name}"
            )
            rows, total = cursor.fetchone()
            return Checksum(rows, int(total))

    def content_types(self, name: str) -> list[tuple[int, str, str]]:
        with self.connect(name) as cursor:
            cursor.execute("SELECT id, app_label, model FROM django_content_type")
            return sorted(cursor.fetchall())

    def forget_statements(self) -> None:
        if self.server.counting:
            self.execute("postgres", "SELECT pg_stat_statements_reset()")

    def statements(self) -> dict[str, int] | None:
        """Those since then by database; None where they are not all counted."""
        if not self.server.counting:
            return None
        with self.connect("postgres") as cursor:
            cursor.execute("SELECT dealloc FROM pg_stat_statements_info")
            if cursor.fetchone()[0]:
                return None
            cursor.execute(STATEMENTS)
            return {name: int(calls) for name, calls in cursor.fetchall()}

    def settle(self) -> None:
        with self.connect("postgres") as cursor:
            cursor.execute("CHECKPOINT")


def _text(column: str, kind: str) -> str:
    name = f'"{column}"'
    match kind:
        case "timestamp with time zone":
            text = f"to_char({name}, 'YYYY-MM-DD HH24:MI:SS.US')"
        case "boolean":
            text = f"{name}::int::text"
        case "bytea":
            text = f"encode({name}, 'hex')"
        case _:
            text = f"{name}::text"
    return f"coalesce({text}, '~')"
