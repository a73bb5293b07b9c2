"""PostgreSQL, by psycopg 2 or 3."""

from __future__ import annotations

from ...costs import Cost, Costs
from .session import PostgreSQLSession, connect

__all__ = [
    "BEGIN_WRITING_SQL",
    "COSTS",
    "PATIENCE_SQL",
    "READ_ONLY_SQL",
    "PostgreSQLSession",
    "connect",
]

COSTS = Costs(reading=Cost(0, 0), loading=Cost(5.0, 42))

READ_ONLY_SQL = "SET default_transaction_read_only = on"

BEGIN_WRITING_SQL = PATIENCE_SQL = ""
