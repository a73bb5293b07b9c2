"""SQLite, by Python's own module."""

from __future__ import annotations

from ...costs import Cost, Costs
from .session import SQLiteSession, connect

__all__ = ["COSTS", "READ_ONLY_SQL", "SQLiteSession", "connect"]

COSTS = Costs(reading=Cost(2.8, 22), loading=Cost(10.0, 78))

READ_ONLY_SQL = "PRAGMA query_only = ON"
