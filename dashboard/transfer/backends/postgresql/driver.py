"""What a session needs of psycopg 2 or 3, whichever Django opened it with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, BinaryIO, ClassVar

from ...stream import Readable

# Types whose Python objects hold less than the server does (an infinite date, a
# year before Christ) or are spelled in another way: they stay text. Numbers are
# pg_type's, fixed by the server's source.
AS_TEXT = (
    *(1082, 1083, 1114, 1184, 1186, 1266),  # dates, times, intervals
    *(114, 3802, 2950, 869, 650),  # json, jsonb, uuid, inet, cidr
    *(3904, 3906, 3908, 3910, 3912, 3926),  # ranges
    *(4451, 4532, 4533, 4534, 4535, 4536),  # multiranges
)


class Driver(ABC):
    """A connection, by whichever driver it is."""

    # What its connections are, and the base class of what it raises.
    kind: ClassVar[type]
    error: ClassVar[type[Exception]]

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    @abstractmethod
    def cursor(self) -> Any:
        """Return a cursor of the driver's plain kind, which binds values itself.

        Placeholders are %s and a percent sign is doubled. Moments, UUIDs,
        addresses, documents and ranges arrive as text.
        """

    @abstractmethod
    def copy_out(self, sql: str, values: Sequence[Any], sink: BinaryIO) -> int:
        """Write the output of COPY into the sink and return the rows.

        Raises BrokenPipeError where the sink does.
        """

    @abstractmethod
    def copy_in(self, sql: str, file: Readable, block: int) -> int:
        """Send a file to COPY and return the rows loaded."""

    @abstractmethod
    def insert(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows of values as Django prepares them; ``sql`` ends in VALUES."""

    def descriptor(self) -> int:
        """Return the number of the socket."""
        return int(self.connection.fileno())

    @staticmethod
    @abstractmethod
    def name_of(code: str) -> str:
        """Return the standard name of an error's code, or "" without any."""
