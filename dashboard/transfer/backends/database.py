"""How a database is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

Parameters = dict[str, Any]
"""What a driver's ``connect`` is called with."""


class Opened(Protocol):
    """A connection that was opened the project's way."""

    # The driver's own connection, in autocommit, out of every wrapping.
    connection: Any

    def close(self) -> None:
        """Close the connection, and what the project opened with it."""


class Opener(Protocol):
    """Opens a connection as the project does: its back end, options, receivers."""

    def __call__(self, adapt: Callable[[Parameters], Parameters]) -> Opened:
        """Open a connection of its own, out of any pool.

        ``adapt`` is given the parameters that the project would connect with, and
        returns those to connect with. Raises the driver's own error, and a
        TransferError for whatever else prevents it.
        """


@dataclass(frozen=True)
class Database:
    """How to reach a database: Django's own entry, and the clock it keeps."""

    alias: str
    vendor: str
    # NAME, USER, PASSWORD, HOST, PORT and OPTIONS, as in DATABASES; for words
    # about the database only, since a back end may read them in its own way.
    settings: Mapping[str, Any] = field(repr=False)
    opener: Opener = field(repr=False, compare=False)
    # The zone of timestamps where the engine stores none.
    zone: str = "UTC"
    connect_seconds: int = 10
    lock_seconds: int = 10


@dataclass(frozen=True)
class DatabaseFile:
    """A database that is a file which SQLite opens, and its text encoding."""

    path: Path
    encoding: str
