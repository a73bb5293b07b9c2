"""What a column holds, and how its real types are remembered in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ColumnKind(StrEnum):
    """What a column holds, whatever the engine calls it.

    The text of a kind on its way between two engines is fixed:
    a boolean is 0 or 1, a timestamp ``YYYY-MM-DD HH:MM:SS[.ffffff]`` in the
    plan's zone, a duration a whole number of microseconds (an interval for
    PostgreSQL's COPY), a UUID 32 or 36 hexadecimal characters, bytes are
    hexadecimal in text and raw in rows.
    """

    INTEGER = "integer"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    BINARY = "binary"
    UUID = "uuid"
    TIMESTAMP = "timestamp"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    JSON = "json"
    ADDRESS = "address"
    OTHER = "other"
    """Moved as it is between two servers of one engine, or as objects."""


FIELD_KINDS = {
    "AutoField": ColumnKind.INTEGER,
    "BigAutoField": ColumnKind.INTEGER,
    "SmallAutoField": ColumnKind.INTEGER,
    "IntegerField": ColumnKind.INTEGER,
    "BigIntegerField": ColumnKind.INTEGER,
    "SmallIntegerField": ColumnKind.INTEGER,
    "PositiveIntegerField": ColumnKind.INTEGER,
    "PositiveSmallIntegerField": ColumnKind.INTEGER,
    "PositiveBigIntegerField": ColumnKind.INTEGER,
    "BooleanField": ColumnKind.BOOLEAN,
    "NullBooleanField": ColumnKind.BOOLEAN,
    "DecimalField": ColumnKind.DECIMAL,
    "FloatField": ColumnKind.FLOAT,
    "CharField": ColumnKind.TEXT,
    "TextField": ColumnKind.TEXT,
    "SlugField": ColumnKind.TEXT,
    "FileField": ColumnKind.TEXT,
    "FilePathField": ColumnKind.TEXT,
    "BinaryField": ColumnKind.BINARY,
    "UUIDField": ColumnKind.UUID,
    "DateTimeField": ColumnKind.TIMESTAMP,
    "DateField": ColumnKind.DATE,
    "TimeField": ColumnKind.TIME,
    "DurationField": ColumnKind.DURATION,
    "JSONField": ColumnKind.JSON,
    "GenericIPAddressField": ColumnKind.ADDRESS,
    "IPAddressField": ColumnKind.ADDRESS,
}
"""The kind of every built-in field by its ``get_internal_type()``."""


OCTET_TYPES = {
    *("bytea", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"),
}
"""Types of any engine that hold octets, also where a field has text in them."""


@dataclass(frozen=True)
class ColumnType:
    """A column's type as the engine's own catalogue has it.

    A domain of PostgreSQL's has the name of the type under it, and every
    enumeration of its the name ``enum``. ``instant`` says of moments that the
    engine keeps instants, and not the digits of a clock; ``zerofill`` of numbers
    that they are printed with zeros before them.
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    collation: str = ""
    instant: bool = False
    zerofill: bool = False

    @property
    def holds_octets(self) -> bool:
        """Whether values are octets and have no character set."""
        return self.name in OCTET_TYPES


@dataclass(frozen=True)
class Column:
    """A column of a real table."""

    name: str
    type: ColumnType
    nullable: bool
    generated: bool = False
    # Fed by a sequence, an identity or an auto-increment.
    automatic: bool = False
    has_default: bool = False
    # The type in the catalogue's own words, with whatever ``type`` leaves out.
    declared: str = field(default="", compare=False)

    @property
    def must_be_given(self) -> bool:
        """Whether a row needs a value of somebody's here."""
        return not (self.nullable or self.has_default or self.generated)


@dataclass(frozen=True)
class Table:
    """A real table as one database has it."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    # Column sets of full, plain unique indexes, the primary key included.
    uniques: tuple[tuple[str, ...], ...] = ()
    # False where a rollback would leave rows behind, such as MyISAM.
    transactional: bool = True
    is_view: bool = False
    # Asked for only where a column depends on it.
    has_insert_trigger: bool = False

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True)
class ForeignKey:
    """A reference between two real tables."""

    name: str
    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ForeignKey:
        """Return the key whose fields were written down as JSON."""
        lists = ("columns", "to_columns")
        return cls(**{**value, **{name: tuple(value[name]) for name in lists}})
