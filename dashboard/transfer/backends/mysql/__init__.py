"""MySQL and MariaDB, by mysqlclient."""

from __future__ import annotations

from .session import MySQLSession, connect

__all__ = ["MySQLSession", "connect"]
