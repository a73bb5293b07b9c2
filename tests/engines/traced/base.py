"""A back end whose connections and cursors are wrapped, as tracers and pools do."""

from __future__ import annotations

from typing import Any

from django.db.backends.mysql import base

opened: list[Any] = []
"""The connections that were handed out, as long as they are open."""


class Traced:
    """What stands before a driver's connection and passes everything on."""

    def __init__(self, connection: Any) -> None:
        self.__wrapped__ = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def close(self) -> None:
        opened.remove(self)
        self.__wrapped__.close()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = Traced(super().get_new_connection(conn_params))
        opened.append(connection)
        return connection
