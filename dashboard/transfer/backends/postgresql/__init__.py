"""PostgreSQL, by psycopg2."""

from __future__ import annotations

from .session import PostgreSQLSession, connect

__all__ = ["PostgreSQLSession", "connect"]
