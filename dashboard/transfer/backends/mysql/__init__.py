"""MySQL and MariaDB, by mysqlclient or PyMySQL."""

from __future__ import annotations

from ...costs import Cost, Costs
from .session import MySQLSession, connect

__all__ = [
    "BEGIN_WRITING_SQL",
    "COSTS",
    "PATIENCE_SQL",
    "READ_ONLY_SQL",
    "MySQLSession",
    "connect",
]

COSTS = Costs(reading=Cost(1.1, 8), loading=Cost(7.6, 62))

READ_ONLY_SQL = "SET SESSION TRANSACTION READ ONLY"

BEGIN_WRITING_SQL = PATIENCE_SQL = ""
