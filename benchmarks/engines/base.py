"""What the benchmark asks of a database server, or of SQLite in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import Server
from benchmarks.shapes import Table


@dataclass(frozen=True)
class Checksum:
    rows: int
    total: int
    """The sum of the first 64 bits of the MD5 of every row's text."""


class Engine:
    """Databases of one kind; a database is known by its name."""

    vendor = ""
    label = ""
    servers: Sequence[Server] = ()

    def entry(self, name: str) -> dict[str, Any]:
        """What stands in Django's DATABASES for the database."""
        raise NotImplementedError

    def create(self, name: str) -> None:
        """Make an empty database, dropping one of that name."""
        raise NotImplementedError

    def drop(self, name: str) -> None:
        raise NotImplementedError

    def clone(self, template: str, name: str) -> None:
        """Make a database like the template, which holds few rows."""
        raise NotImplementedError

    def fill(self, name: str, files: Mapping[Table, Path]) -> None:
        """Load the data files, as fast as is simple; tables are empty before."""
        raise NotImplementedError

    def counts(self, name: str, tables: Sequence[Table]) -> dict[str, int]:
        raise NotImplementedError

    def checksum(self, name: str, table: Table, columns: Sequence[str]) -> Checksum:
        """Computed inside the server, by one query over the table."""
        raise NotImplementedError

    def content_types(self, name: str) -> list[tuple[int, str, str]]:
        raise NotImplementedError

    def settle(self) -> None:
        """Write out what earlier contestants left to be written."""


def two_at_a_time(jobs: Sequence[Any]) -> None:
    """Run the callables in two threads, in the order given."""
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result()


def binary_file(path: Path) -> Path:
    """The form of a data file that PostgreSQL reads bytes from."""
    return path.with_suffix(".bytea.tsv")
