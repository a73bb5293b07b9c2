"""Keys that any engine can hold, in the words of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.transfer.columns import ColumnKind
from tests.dashboard.transfer.key_types import BY_ENGINE, KeyType
from tests.dashboard.transfer.key_values import (
    BIG,
    CLOCKS,
    DAYS,
    DECIMALS,
    MIXED,
    MOMENTS,
    NUMBERS,
    OCTETS,
    TEXTS,
    UUIDS,
    quoted,
)


@dataclass(frozen=True)
class EveryKey:
    """A key that any engine can hold, as each of them spells it."""

    name: str
    kinds: tuple[ColumnKind, ...]
    columns: dict[str, tuple[str, ...]]
    rows: tuple[tuple[str, ...], ...]
    # What SQL makes of a column's value in the words of an engine.
    spelled: dict[str, tuple[str, ...]]

    def of(self, engine: str) -> KeyType:
        spelled = self.spelled.get(engine, ("{}",) * len(self.kinds))
        rows = tuple(
            tuple(how.format(value) for how, value in zip(spelled, row, strict=True))
            for row in self.rows
        )
        return KeyType(self.name, self.columns[engine], rows, self.kinds)


def every(
    name: str,
    kind: ColumnKind,
    types: tuple[str, str, str, str],
    values: Sequence[str],
    **spelled: str,
) -> EveryKey:
    return EveryKey(
        name,
        (kind,),
        {engine: (one,) for engine, one in zip(BY_ENGINE, types, strict=True)},
        tuple((value,) for value in values),
        {engine: (how,) for engine, how in spelled.items()},
    )


def without_dashes(values: Sequence[str]) -> list[str]:
    return [value.replace("-", "") for value in values]


# Texts that no collation and no padding takes for another one.
APART = [text for text in TEXTS if text.isascii() and text == text.strip().lower()]
# Its types are those of PostgreSQL, MariaDB, MySQL and SQLite.
EVERY_KEY = [
    every(
        "integer", ColumnKind.INTEGER, ("bigint", "bigint", "bigint", "integer"), BIG
    ),
    every("text", ColumnKind.TEXT, ("varchar(100)",) * 4, quoted(APART)),
    every("char", ColumnKind.TEXT, ("char(70)",) * 4, quoted(APART)),
    every(
        "octets",
        ColumnKind.BINARY,
        ("bytea", "varbinary(20)", "varbinary(20)", "blob"),
        OCTETS,
        postgresql=r"'\x{}'",
        mariadb="X'{}'",
        mysql="X'{}'",
        sqlite="X'{}'",
    ),
    every(
        "octets of a uuid",
        ColumnKind.UUID,
        ("uuid", "binary(16)", "binary(16)", "blob"),
        without_dashes(UUIDS),
        postgresql="'{}'",
        mariadb="X'{}'",
        mysql="X'{}'",
        sqlite="X'{}'",
    ),
    every(
        "octets of a uuid there",
        ColumnKind.UUID,
        ("bytea", "uuid", "char(32)", "char(32)"),
        without_dashes(UUIDS[2:]),
        postgresql=r"'\x{}'",
        mariadb="'{}'",
        mysql="'{}'",
        sqlite="'{}'",
    ),
    every(
        "moment",
        ColumnKind.TIMESTAMP,
        ("timestamptz", "datetime(6)", "datetime(6)", "datetime"),
        MOMENTS,
        postgresql="'{}+00'",
        mariadb="'{}'",
        mysql="'{}'",
        sqlite="'{}'",
    ),
    every("day", ColumnKind.DATE, ("date",) * 4, quoted(DAYS)),
    every(
        "clock", ColumnKind.TIME, ("time", "time(6)", "time(6)", "time"), quoted(CLOCKS)
    ),
    every(
        "decimal",
        ColumnKind.DECIMAL,
        ("numeric(24, 4)", "decimal(24, 4)", "decimal(24, 4)", "decimal"),
        [value for value in DECIMALS if len(value) < 12],
    ),
    every(
        "float",
        ColumnKind.FLOAT,
        ("double precision", "double", "double", "real"),
        NUMBERS,
    ),
    every(
        "flag",
        ColumnKind.BOOLEAN,
        ("boolean", "tinyint(1)", "tinyint(1)", "bool"),
        ["true", "false"],
    ),
    EveryKey(
        "mixed",
        (ColumnKind.TEXT, ColumnKind.TIMESTAMP, ColumnKind.INTEGER),
        {
            "postgresql": ("varchar(100)", "timestamptz", "bigint"),
            "mariadb": ("varchar(100)", "datetime(6)", "bigint"),
            "mysql": ("varchar(100)", "datetime(6)", "bigint"),
            "sqlite": ("varchar(100)", "datetime", "bigint"),
        },
        tuple(row for row in MIXED if row[0] != "'B'"),
        {"postgresql": ("{}", "{}::timestamp AT TIME ZONE 'UTC'", "{}")},
    ),
]
