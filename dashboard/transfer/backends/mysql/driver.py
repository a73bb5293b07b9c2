"""What a session needs of mysqlclient or PyMySQL, whichever Django opened it with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..database import Parameters

RawRow = tuple[bytes | None, ...]


class Stream(ABC):
    """Rows of one statement that stay in the server until they are asked for.

    A connection has one such statement: the next one drops the rows that are left.
    """

    # Whether rows were left when another statement was run.
    is_cut = False

    def require_whole(self) -> None:
        """Raise RuntimeError where an end is not the end of the rows.

        To the driver both look alike.
        """
        if self.is_cut:
            raise RuntimeError("Rows are read on that another statement has dropped.")

    @abstractmethod
    def fetch(self, rows: int) -> Sequence[RawRow]:
        """Return the next rows, none at the end."""

    @property
    @abstractmethod
    def one(self) -> Callable[[], Sequence[RawRow]]:
        """What returns the next row alone, and () at the end."""


class Driver(ABC):
    """A connection, by whichever driver it is; values arrive as they were sent."""

    # What its connections are, and what they are opened with besides.
    kind: ClassVar[type]
    parameters: ClassVar[Parameters] = {}

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    @abstractmethod
    def literal(self, value: Any) -> bytes:
        """Return a value as it is written into a statement."""

    @abstractmethod
    def query(self, sql: bytes) -> tuple[Sequence[RawRow], list[int]]:
        """Run a statement and return its rows and the types of its columns."""

    @abstractmethod
    def execute(self, sql: bytes) -> int:
        """Run a statement and return the number of rows it touched."""

    @abstractmethod
    def stream(self, sql: bytes) -> Stream:
        """Run a statement and return its rows, not yet read."""

    @abstractmethod
    def warnings(self) -> int:
        """Return how many warnings the last statement left."""

    @abstractmethod
    def information(self) -> str:
        """Return what the server said of the rows of the last statement."""

    @abstractmethod
    def descriptor(self) -> int:
        """Return the number of the socket."""
