"""A project's rows from one engine to another and on, judged after each leg."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import oracle as schemas
from tests.project import Servers
from tests.schemas import oracle
from tests.schemas.sites import Site
from tests.servers import fresh_name

VERIFIED = "verified"


@dataclass
class Database:
    """A database of one of the servers, with its DATABASES entry."""

    server: Any
    name: str

    @property
    def entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = self.server.entry(self.name)
        if entry["ENGINE"].endswith("sqlite3"):
            # As in the console's own settings: pages and workers share a file.
            entry["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 30}
        return entry

    def drop(self) -> None:
        self.server.drop(self.name)


class Journey:
    """One project on its way; every database that it made goes at the end."""

    def __init__(self, servers: Servers, site: Site, directory: Path) -> None:
        self.servers = servers
        self.site = site
        self.directory = directory
        self._made: list[Database] = []

    def empty(self, engine: str) -> Database:
        server = self.servers.server(engine)
        made = Database(server, fresh_name())
        server.create_empty(made.name)
        self._made.append(made)
        return made

    def clone(self, database: Database) -> Database:
        made = Database(database.server, fresh_name())
        database.server.clone(database.name, made.name)
        self._made.append(made)
        return made

    def migrated(self, engine: str, *, otherwise: bool = False) -> Database:
        """A database with the project's tables; otherwise: in another order."""
        made = self.empty(engine)
        first = self.site.first if otherwise else ""
        self._inside(made, "migrate", first, order=self.site.order if otherwise else "")
        return made

    def fill(self, database: Database) -> dict[str, str]:
        """Write rows into every table; the tables that stayed empty, and why."""
        said = self._inside(database, "fill", str(self.site.rows))
        empty: dict[str, str] = json.loads(said.strip().splitlines()[-1])["empty"]
        return empty

    def _inside(self, database: Database, *arguments: str, order: str = "") -> str:
        entries = {"default": database.entry}
        command = ("schema_rows", *arguments)
        return self.site.done(self.directory, entries, *command, order=order)

    def leg(
        self, source: Database, destination: Database, options: Sequence[str] = ()
    ) -> Leg:
        """Copy everything and look at both databases."""
        before = oracle.contents(source.entry)
        schema = schemas.schema_snapshot(destination.entry)
        entries = {"default": source.entry, "new": destination.entry}
        done = self.site.run(
            self.directory,
            entries,
            *("django", "copydata", "default", "new"),
            *("--empty", "--no-input", "--json", *options),
        )
        found = re.search(r"^\{.*", done.stdout, re.DOTALL | re.MULTILINE)
        return Leg(
            code=done.returncode,
            document=json.loads(found[0]) if found else {},
            said=done.stderr[-6000:],
            differences=oracle.differences(source.entry, destination.entry),
            source_changed=changed(before, oracle.contents(source.entry)),
            schema=schemas.schema_differences(
                schema, schemas.schema_snapshot(destination.entry)
            ),
        )

    def close(self) -> None:
        for database in self._made:
            database.drop()


def changed(
    before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]
) -> list[str]:
    return sorted(
        table for table in {*before, *after} if before.get(table) != after.get(table)
    )


@dataclass(frozen=True)
class Leg:
    """What became of one copy."""

    code: int
    document: dict[str, Any]
    said: str
    # Each empty when all is well.
    differences: dict[str, str]
    source_changed: list[str]
    schema: list[str]

    def problems(self) -> list[str]:
        """A sentence for everything that is not as it has to be."""
        found = []
        if self.code or self.document.get("verdict") != VERIFIED:
            told = {k: self.document.get(k) for k in ("status", "verdict", "error")}
            found.append(f"exit code {self.code}, {told}: {self.said}")
        found += [
            f"{table['table']}: {table.get('verdict')} {table.get('reason', '')}"
            for table in self.document.get("tables", ())
            if table.get("verdict") != VERIFIED
        ]
        found += [f"{table}: {what}" for table, what in self.differences.items()]
        found += [f"the source's {table} has changed" for table in self.source_changed]
        found += [f"the schema: {one}" for one in self.schema]
        return found
