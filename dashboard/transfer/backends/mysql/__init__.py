"""MySQL and MariaDB, by mysqlclient or PyMySQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...costs import Cost, Costs
from .session import MySQLSession, connect

__all__ = [
    "BEGIN_WRITING_SQL",
    "COSTS",
    "IS_A_FILE",
    "PATIENCE_SQL",
    "READ_ONLY_SQL",
    "MySQLSession",
    "connect",
    "may_ask_for_files",
]

COSTS = Costs(reading=Cost(1.1, 8), loading=Cost(7.6, 62))

READ_ONLY_SQL = "SET SESSION TRANSACTION READ ONLY"

BEGIN_WRITING_SQL = PATIENCE_SQL = ""
IS_A_FILE = False


def may_ask_for_files(settings: Mapping[str, Any]) -> bool:
    """Whether LOAD DATA LOCAL would let a server ask that nobody has verified."""
    given = settings.get("OPTIONS") or {}
    tls = given.get("ssl")
    verified = (
        str(given.get("ssl_mode", "")).startswith("VERIFY_"),
        given.get("ssl_verify_identity"),
        given.get("ssl_ca"),
        isinstance(tls, Mapping) and tls.get("ca"),
    )
    return not any(verified)
