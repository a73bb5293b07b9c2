from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.engines.base import Checksum, Engine
from benchmarks.shapes import Table
from localservers.sqlite import SQLiteFiles


class SQLite(SQLiteFiles, Engine):
    vendor = "sqlite"
    label = "SQLite"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory.resolve())
        self.start()

    def url(self, name: str) -> str:
        return f"sqlite://{self.path(name)}"

    def connect(self, name: str) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.path(name), isolation_level=None))

    def create(self, name: str) -> None:
        self.drop(name)
        self.create_empty(name)

    def clone(self, template: str, name: str) -> None:
        self.drop(name)
        super().clone(template, name)

    def fill(self, name: str, files: Mapping[Table, Path]) -> None:
        with self.connect(name) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("BEGIN")
            for table, path in files.items():
                columns = ", ".join(f'"{column}"' for column in table.columns)
                places = ", ".join("?" * len(table.columns))
                connection.executemany(
                    f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})',
                    _values(table, path),
                )
            connection.execute("COMMIT")
            connection.execute("ANALYZE")

    def counts(self, name: str, tables: Sequence[Table]) -> dict[str, int]:
        with self.connect(name) as connection:
            return {
                table.name: connection.execute(
                    f'SELECT count(*) FROM "{table.name}"'
                ).fetchone()[0]
                for table in tables
            }

    def checksum(self, name: str, table: Table, columns: Sequence[str]) -> Checksum:
        with self.connect(name) as connection:
            connection.create_aggregate("checksum", 1, _Sum)  # type: ignore[arg-type]
            types = {
                row[1]: row[2].lower()
                for row in connection.execute(f'PRAGMA table_info("{table.name}")')
            }
            text = " || '|' || ".join(_text(c, table, types[c]) for c in columns)
            rows, total = connection.execute(
                f'SELECT count(*), checksum({text}) FROM "{table.name}"'
            ).fetchone()
            # No row, no step: the aggregate of an empty table is NULL.
            return Checksum(rows, int(total or 0))

    def content_types(self, name: str) -> list[tuple[int, str, str]]:
        with self.connect(name) as connection:
            return sorted(
                connection.execute(
                    "SELECT id, app_label, model FROM django_content_type"
                )
            )


class _Sum:
    """SQLite has no MD5, and its own sum of integers overflows."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, text: str) -> None:
        digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
        self.total += int.from_bytes(digest[:8], signed=True)

    def finalize(self) -> str:
        return str(self.total)


def _text(column: str, table: Table, kind: str) -> str:
    name = f'"{column}"'
    if column in table.binary:
        return f"lower(hex({name}))"
    if column in table.uuids:
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return " || '-' || ".join(f"substr({name}, {a}, {n})" for a, n in parts)
    if kind == "datetime":
        # Django leaves the fraction out where it is nought, others its last zeros.
        name = (
            f"CASE WHEN length({name}) = 19 THEN {name} || '.000000' "
            f"WHEN length({name}) < 26 THEN substr({name} || '000000', 1, 26) "
            f"ELSE {name} END"
        )
    return f"coalesce({name}, '~')"


def _values(table: Table, path: Path) -> Iterator[list[Any]]:
    special = [
        (number, bytes.fromhex if column in table.binary else _bare)
        for number, column in enumerate(table.columns)
        if column in table.binary | table.uuids
    ]
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            values: list[Any] = line.rstrip("\n").split("\t")
            if "\\N" in line:
                values = [None if value == "\\N" else value for value in values]
            for number, convert in special:
                values[number] = convert(values[number])
            yield values


def _bare(uuid: str) -> str:
    return uuid.replace("-", "")
