"""A project's rows from one engine to another and on, judged after each leg."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from tests import oracle as schemas
from tests.oracle.readers import Entry
from tests.project import Servers
from tests.schemas import oracle
from tests.schemas.sites import Entries, Site
from tests.servers import fresh_name

VERIFIED = "verified"
# Migrating takes longer than anything else; as long as the servers run.
TEMPLATES: WeakKeyDictionary[Servers, dict[tuple[str, str, bool], Database]] = (
    WeakKeyDictionary()
)


@dataclass
class Database:
    """A database of one of the servers, with its DATABASES entry."""

    server: Any
    name: str

    @property
    def entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = self.server.entry(self.name)
        if entry["ENGINE"].endswith("sqlite3"):
            # Several processes share a file, and none outlives the machine.
            entry["OPTIONS"] = {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,  # seconds
                "init_command": "PRAGMA synchronous = OFF",
            }
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

    def clone(self, database: Database) -> Database:
        made = Database(database.server, fresh_name())
        database.server.clone(database.name, made.name)
        self._made.append(made)
        return made

    def migrated(self, engine: str, *, otherwise: bool = False) -> Database:
        """A database with the project's tables; otherwise: in another order."""
        kept = TEMPLATES.setdefault(self.servers, {})
        key = (engine, self.site.name, otherwise)
        if key not in kept:
            kept[key] = self._migrate(engine, otherwise=otherwise)
        return self.clone(kept[key])

    def _migrate(self, engine: str, *, otherwise: bool) -> Database:
        server = self.servers.server(engine)
        made = Database(server, fresh_name())
        server.create_empty(made.name)
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

    def _apart(self, entries: Entries) -> list[str]:
        """Models that one engine cannot have: nobody expects those to arrive."""
        said = self.site.done(self.directory, entries, "schema_rows", "apart", "new")
        labels: list[str] = json.loads(said.strip().splitlines()[-1])
        return labels

    def leg(
        self, source: Database, destination: Database, options: Sequence[str] = ()
    ) -> Leg:
        """Copy everything and look at both databases."""
        before = oracle.contents(source.entry)
        schema = schemas.schema_snapshot(destination.entry)
        entries = {"default": source.entry, "new": destination.entry}
        excluded = [f"--exclude={label}" for label in self._apart(entries)]
        done = self.site.run(
            self.directory,
            entries,
            *("django", "copydata", "default", "new"),
            *("--empty", "--no-input", "--json", *excluded, *options),
        )
        found = re.search(r"^\{.*", done.stdout, re.DOTALL | re.MULTILINE)
        document = json.loads(found[0]) if found else {}
        return Leg(
            code=done.returncode,
            document=document,
            silent=unnamed(document, source.entry, destination.entry),
            said=done.stderr[-6000:],
            differences={
                table: said
                for table, said in oracle.differences(
                    source.entry, destination.entry
                ).items()
                if table not in self.site.not_copied
            },
            source_changed=changed(before, oracle.contents(source.entry)),
            schema=schemas.schema_differences(
                schema, schemas.schema_snapshot(destination.entry)
            ),
        )

    def travel(self, engines: Sequence[str], options: Sequence[str] = ()) -> None:
        """From the first engine to the next and on; every leg has to be right."""
        here = self.migrated(engines[0])
        empty = self.fill(here)
        assert set(empty) <= self.site.stays_empty, empty
        for engine in engines[1:]:
            there = self.migrated(engine, otherwise=True)
            if self.site.first or self.site.order:
                numbers = [oracle.content_types(one.entry) for one in (here, there)]
                assert numbers[0] != numbers[1], "Both were migrated in one order."
            problems = self.leg(here, there, options).problems()
            assert not problems, "\n".join(
                [f"{here.server.name} to {there.server.name}:", *problems]
            )
            here = there

    def close(self) -> None:
        for database in self._made:
            database.drop()


def changed(
    before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]
) -> list[str]:
    return sorted(
        table for table in {*before, *after} if before.get(table) != after.get(table)
    )


def unnamed(document: Mapping[str, Any], *entries: Entry) -> list[str]:
    """Tables of either database that a report does not name."""
    parts = (*document.get("tables", ()), *document.get("left_out", ()))
    said = {_short(one["table"]) for one in parts}
    return sorted(
        table
        for entry in entries
        for table in oracle.table_names(entry)
        if _short(table) not in said
    )


def _short(name: str) -> str:
    """What is left of a name after any engine's limit, whose end is a hash."""
    return name.strip('"').lower()[:50]


@dataclass(frozen=True)
class Leg:
    """What became of one copy."""

    code: int
    document: dict[str, Any]
    said: str
    # Each empty when all is well.
    silent: list[str]
    differences: dict[str, str]
    source_changed: list[str]
    schema: list[str]

    def problems(self) -> list[str]:
        """A sentence for everything that is not as it has to be."""
        found = []
        document = self.document
        if self.code or document.get("verdict") != VERIFIED:
            told = {name: document.get(name) for name in ("status", "verdict", "error")}
            found.append(f"exit code {self.code}, {told}")
            found += [
                f"{one['model']}: {one['message']}"
                for one in document.get("findings", ())
                if one["level"] == "error"
            ] or [self.said[-2000:]]
        found += self._not_right()
        if document.get("status") == "succeeded":
            found += [f"{table}: {what}" for table, what in self.differences.items()]
        found += [f"nothing is said of the table {table}" for table in self.silent]
        found += [f"the source's {table} has changed" for table in self.source_changed]
        found += [f"the schema: {one}" for one in self.schema]
        return found

    def _not_right(self) -> list[str]:
        ended = self.document.get("status") == "succeeded"
        return [
            f"{table['table']}: {table['verdict']} {table['verdict_reason']}"
            f" {table['error']} {table['differences'][:2]}"
            for table in self.document.get("tables", ())
            if table["error"]
            or table["verdict"] == "mismatched"
            or (ended and table["verdict"] != VERIFIED)
        ]
