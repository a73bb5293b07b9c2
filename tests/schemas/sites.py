"""Public projects: what they need, and how their commands are run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.project import BASE_DIR
from tests.schemas import environments

INSIDE = Path(__file__).parent / "inside"
COMMAND_SECONDS = 1800
Entries = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Site:
    """A project: settings in schema_sites, an environment of its own or this one."""

    name: str
    # The file in requirements/; without one, the environment of the tests.
    requirements: str = ""
    # Rows of each table.
    rows: int = 12
    # In the destination: the app that is migrated first, and the apps' order.
    # Without either, content types may have the same numbers.
    first: str = ""
    order: str = "reversed"
    # Models without a row that this engine, or anything at all, would take.
    stays_empty: frozenset[str] = frozenset()
    # Tables that are left out and said to be: search indexes, sessions.
    not_copied: frozenset[str] = frozenset()
    # What the project itself runs on.
    engines: frozenset[str] = frozenset({"mysql", "mariadb", "postgresql", "sqlite"})
    environment: Mapping[str, str] = field(default_factory=dict)

    def with_environment(self, more: Mapping[str, str]) -> Site:
        return replace(self, environment={**self.environment, **more})

    def prepare(self) -> None:
        """Have everything that it needs. Raises Unobtainable."""
        self.python()
        if self.name == "suite":
            environments.django_source()

    def python(self) -> Path:
        if not self.requirements:
            return Path(sys.executable)
        return environments.python_of(self.requirements)

    def variables(self, entries: Entries, directory: Path) -> dict[str, str]:
        path = [str(INSIDE)]
        more = dict(self.environment)
        if self.name == "suite":
            sources = environments.django_source()
            path.append(str(sources / "tests"))
            more["SCHEMA_SOURCES"] = str(sources)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MIGRATION_CONSOLE_", "DJANGO_"))
        }
        return {
            **kept,
            **more,
            "PYTHONPATH": os.pathsep.join([*path, str(BASE_DIR)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": f"schema_sites.{self.name}",
            "SCHEMA_DATABASES": json.dumps(entries),
            "SCHEMA_DIRECTORY": str(directory),
        }

    def run(
        self, directory: Path, entries: Entries, *arguments: str, order: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m`` with these arguments in the project's environment."""
        environment = self.variables(entries, directory)
        if order:
            environment["SCHEMA_ORDER"] = order
        return subprocess.run(
            [str(self.python()), "-m", *arguments],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
        )

    def done(
        self, directory: Path, entries: Entries, *arguments: str, order: str = ""
    ) -> str:
        """The same, and its output; an AssertionError unless it ends with 0."""
        done = self.run(directory, entries, *arguments, order=order)
        said = f"{arguments}: {done.stdout[-3000:]}\n{done.stderr[-5000:]}"
        assert done.returncode == 0, said
        return done.stdout


SITES = {
    site.name: site
    for site in (
        # Refers to a table that nobody makes.
        Site(
            "suite",
            stays_empty=frozenset({"unmanaged_models.Managed1_mm"}),
            # Who is signed in belongs to one database.
            not_copied=frozenset({"sessions_tests_customsession"}),
        ),
        Site("few", "few"),
        # Another column on PostgreSQL, filled by a trigger.
        Site("apps", "apps", not_copied=frozenset({"watson_searchentry"})),
        # A virtual table of SQLite's search.
        Site(
            "wagtail",
            "wagtail",
            stays_empty=frozenset({"wagtailsearch.SQLiteFTSIndexEntry"}),
            not_copied=frozenset({"wagtailsearch_indexentry"}),
        ),
        Site("oscar", "oscar"),
        Site("cms", "cms"),
        # Their settings fix an order; one app and what it needs goes first.
        Site(
            "pretix",
            "pretix",
            first="last",
            order="",
            engines=frozenset({"postgresql", "sqlite"}),
        ),
        Site(
            "nautobot",
            "nautobot",
            first="last",
            order="",
            engines=frozenset({"postgresql", "mysql"}),
        ),
        # What it does after each migrate needs every table.
        Site(
            "mayan",
            "mayan",
            order="",
            environment={"SCHEMA_UNFILLED": "smart_settings"},
        ),
    )
}
