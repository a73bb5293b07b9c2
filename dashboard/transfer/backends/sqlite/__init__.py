"""SQLite, by Python's own module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...costs import Cost, Costs
from .scratch import ScratchComparer
from .session import SQLiteSession, connect, in_memory

__all__ = [
    "BEGIN_WRITING_SQL",
    "COSTS",
    "IS_A_FILE",
    "PATIENCE_SQL",
    "READ_ONLY_SQL",
    "SQLiteSession",
    "ScratchComparer",
    "connect",
    "in_memory",
    "may_ask_for_files",
]

COSTS = Costs(reading=Cost(2.8, 22), loading=Cost(10.0, 78))

READ_ONLY_SQL = "PRAGMA query_only = ON"

# In rollback-journal mode a transaction that has read cannot wait for a lock that
# it needs to write (SQLite manual, sqlite3_busy_handler).
BEGIN_WRITING_SQL = "BEGIN IMMEDIATE"
# In milliseconds; sqlite3 waits for five seconds.
PATIENCE_SQL = "PRAGMA busy_timeout = 60000"
IS_A_FILE = True


def may_ask_for_files(settings: Mapping[str, Any]) -> bool:
    """Whether a load lets the server ask for files of this host: never."""
    return False
