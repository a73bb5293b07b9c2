"""PostgreSQL, by psycopg 2 or 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...costs import Cost, Costs
from .session import PostgreSQLSession, connect

__all__ = [
    "BEGIN_WRITING_SQL",
    "COSTS",
    "IS_A_FILE",
    "PATIENCE_SQL",
    "READ_ONLY_SQL",
    "PostgreSQLSession",
    "connect",
    "may_ask_for_files",
]

COSTS = Costs(reading=Cost(0, 0), loading=Cost(5.0, 42))

READ_ONLY_SQL = "SET default_transaction_read_only = on"

BEGIN_WRITING_SQL = PATIENCE_SQL = ""
IS_A_FILE = False


def may_ask_for_files(settings: Mapping[str, Any]) -> bool:
    """Whether a load lets the server ask for files of this host: never."""
    return False
