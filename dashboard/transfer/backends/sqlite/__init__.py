"""SQLite, by Python's own module."""

from __future__ import annotations

from ...costs import Cost, Costs
from .session import SQLiteSession, connect

__all__ = [
    "BEGIN_WRITING_SQL",
    "COSTS",
    "PATIENCE_SQL",
    "READ_ONLY_SQL",
    "SQLiteSession",
    "connect",
]

COSTS = Costs(reading=Cost(2.8, 22), loading=Cost(10.0, 78))

READ_ONLY_SQL = "PRAGMA query_only = ON"

# In rollback-journal mode a transaction that has read cannot wait for a lock that
# it needs to write (SQLite manual, sqlite3_busy_handler).
BEGIN_WRITING_SQL = "BEGIN IMMEDIATE"
# In milliseconds; sqlite3 waits for five seconds.
PATIENCE_SQL = "PRAGMA busy_timeout = 60000"
