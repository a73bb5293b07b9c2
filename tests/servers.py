"""The servers of the tests: fast and unsafe, each under the name of its product."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from localservers import mysql
from localservers.mariadb import MariaDBServer
from localservers.mysql import MySQLServer
from localservers.postgresql import PostgreSQLServer, find_binaries
from localservers.sqlite import SQLiteFiles

UNAVAILABLE: dict[str, str] = {}
"""What was asked for and cannot be had, with the sentence that says so."""


INSTEAD_OF_MARIADB = os.environ.get("TEST_MYSQL", "mariadb")
"""The engine that the tests get who ask for MariaDB."""


BOTH = ("mariadb", "mysql")
"""The engines of Django's one back end for both."""


def fresh_name(prefix: str = "db") -> str:
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


def vendor_of(engine: str) -> str:
    """Django's word for an engine, which is the same for MariaDB and MySQL."""
    return "mysql" if engine in ("mariadb", "mysql_infile") else engine


def real(engine: str) -> str:
    """The engine that whoever asks for this one gets."""
    return INSTEAD_OF_MARIADB if engine == "mariadb" else engine


def maker(engine: str) -> Callable[..., Any]:
    """What makes a server out of a directory and options."""
    match real(engine):
        case "postgresql":
            binaries = find_binaries(installed_first=True)
            return partial(PostgreSQLServer, binaries=binaries, durable=False)
        case "mariadb":
            return partial(MariaDBServer, durable=False)
        case "mysql":
            need_mysql()
            return partial(MySQLServer, durable=False)
        case "mysql_infile":
            need_mysql()
            return partial(MySQLServer, durable=False, local_infile=True)
        case "sqlite":
            return SQLiteFiles
    raise ValueError(f"There is no engine {engine!r}.")


def need_mysql() -> None:
    """Skip the test where MySQL itself cannot be had; the summary says so too."""
    if "mysql" not in UNAVAILABLE:
        try:
            mysql.fetched()
        except mysql.UnavailableError as error:
            reason = str(error).rstrip(".")
            UNAVAILABLE["mysql"] = (
                f"MySQL itself could not be fetched: {reason}; its tests are SKIPPED."
            )
    if "mysql" in UNAVAILABLE:
        pytest.skip(UNAVAILABLE["mysql"])
