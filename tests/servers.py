"""The servers of the tests: fast and unsafe, each under the name of its product.

What stands behind an underscore is another version or another setting of that
product: mysql_infile, mariadb_newer, postgresql_14.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import pytest

from localservers import mariadb, mysql, postgresql
from localservers.mariadb import MariaDBServer, NewerMariaDBServer
from localservers.mysql import MySQLServer
from localservers.postgresql import PostgreSQLServer, find_binaries
from localservers.programs import UnavailableError
from localservers.sqlite import SQLiteFiles


class Server(Protocol):
    vendor: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def create_empty(self, name: str) -> None: ...
    def clone(self, template: str, name: str) -> None: ...
    def drop(self, name: str) -> None: ...
    def entry(self, database: str) -> dict[str, Any]: ...


UNAVAILABLE: dict[str, str] = {}
"""What was asked for and cannot be had, with the sentence that says so."""

BOTH = ("mariadb", "mysql")
"""The engines of Django's one back end for both."""

INSTEAD_OF = {
    "mariadb": os.environ.get("TEST_MYSQL", "mariadb"),
    "postgresql": os.environ.get("TEST_POSTGRESQL", "postgresql"),
}
"""The engine that the tests get who ask for the usual one."""


MYSQL = {
    (): (),
    ("infile",): ("--local-infile=ON",),
    # As services run it whose tables have to be replicated.
    ("keyed",): (
        "--sql-generate-invisible-primary-key=ON",
        "--sql-require-primary-key=ON",
    ),
    # As on Windows.
    ("lower",): ("--lower-case-table-names=1",),
}
"""More options of MySQL's, by what stands behind the underscore."""


class ByEngine(dict[str, str]):
    """Something for every product; its versions and settings share it."""

    def __missing__(self, engine: str) -> str:
        product, _, more = engine.partition("_")
        if not more:
            raise KeyError(engine)
        return self[product]


VENDORS = ByEngine(
    postgresql="postgresql", mariadb="mysql", mysql="mysql", sqlite="sqlite"
)


def fresh_name(prefix: str = "db") -> str:
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


def vendor_of(engine: str) -> str:
    """Django's word for an engine, which is the same for MariaDB and MySQL."""
    return VENDORS[engine]


def real(engine: str) -> str:
    """The engine that whoever asks for this one gets."""
    return INSTEAD_OF.get(engine, engine)


def maker(engine: str) -> Callable[..., Any]:
    """What makes a server out of a directory and options."""
    match real(engine).split("_"):
        case ["postgresql"]:
            binaries = find_binaries(installed_first=True)
            return partial(PostgreSQLServer, binaries=binaries, durable=False)
        case ["postgresql", version]:
            binaries = needed(f"PostgreSQL {version}", postgresql.fetched, version)
            return partial(PostgreSQLServer, binaries=binaries, durable=False)
        case ["mariadb"]:
            return partial(MariaDBServer, durable=False)
        case ["mariadb", "newer"]:
            needed("A newer MariaDB", mariadb.newer_fetched)
            return partial(NewerMariaDBServer, durable=False)
        case ["mysql", *more]:
            needed("MySQL itself", mysql.fetched)
            return partial(MySQLServer, durable=False, options=MYSQL[*more])
        case ["sqlite"]:
            return SQLiteFiles
    raise ValueError(f"There is no engine {engine!r}.")


def needed(name: str, fetch: Callable[..., Any], *arguments: str) -> Any:
    """Skip the test where a server cannot be had; the summary says so too."""
    if name not in UNAVAILABLE:
        try:
            return fetch(*arguments)
        except UnavailableError as error:
            reason = str(error).rstrip(".")
            UNAVAILABLE[name] = (
                f"{name} could not be fetched: {reason}; its tests are SKIPPED."
            )
    pytest.skip(UNAVAILABLE[name])
