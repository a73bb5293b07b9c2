"""SQLite, by Python's own module."""

from __future__ import annotations

from .session import SQLiteSession, connect

__all__ = ["SQLiteSession", "connect"]
