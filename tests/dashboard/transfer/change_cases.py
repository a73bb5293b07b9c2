"""Values that a change is for and others, and what each becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dashboard.transfer.batches import LARGE_OCTETS
from dashboard.transfer.changes import parsed
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.plan import TablePlan
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    Field,
    make_plan,
    types,
)
from tests.servers import fresh_name

LONG = "ä" * LARGE_OCTETS


@dataclass(frozen=True)
class Case:
    """A column's change: the texts that are put in by source, and what they become."""

    change: str
    kind: ColumnKind
    source: dict[str, str]
    destination: dict[str, str]
    values: dict[str, list[Any]]
    become: Callable[[Any], Any]

    def of(self, engine: str) -> list[Any]:
        return self.values.get(engine.partition("_")[0], self.values[""])


def octets(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def without_nul(instead: str) -> Callable[[Any], Any]:
    return lambda value: octets(value).decode().replace("\0", instead)


def cp1252(value: str | bytes) -> str:
    try:
        return octets(value).decode()
    except UnicodeDecodeError:
        return octets(value).decode("cp1252")


def rounded(value: str) -> str:
    return str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def dated(instead: str | None) -> Callable[[Any], Any]:
    good = ("2024-02-29", "1996-02-29", "0004-02-29", "9999-12-31", "1900-02-28")
    return lambda value: value if value in good else instead


TEXT = types("text", "longtext", "text")
OCTETS = types("bytea", "longblob", "text")
BYTEA = types("bytea", "longtext", "text")
DAYS = {
    "": ["0000-00-00", "2024-00-10", "2024-02-00", "2024-02-29"],
    "postgresql": ["infinity", "0044-03-15 BC", "10000-01-01", "2024-02-29"],
    "sqlite": ["0000-00-00", "2024-02-30", "", "2024-02-29"],
}
for found in DAYS.values():
    found += ["1996-02-29", "0004-02-29", "9999-12-31", "1900-02-28"]
DAYS[""] += ["1900-02-29", "2023-02-31", "0000-01-01"]
NULS = ["a\0b", "\0", "", "plain", "\\000\\", "äö\0\0ü", LONG + "\0" + LONG, LONG]

CASES = [
    Case("strip-nul", ColumnKind.TEXT, BYTEA, TEXT, {"": NULS}, without_nul("")),
    Case("replace-nul", ColumnKind.TEXT, BYTEA, TEXT, {"": NULS}, without_nul("�")),
    Case("replace-nul:?", ColumnKind.TEXT, OCTETS, TEXT, {"": NULS}, without_nul("?")),
    Case(
        "cut:3",
        ColumnKind.TEXT,
        TEXT,
        types("varchar(3)"),
        {"": ["", "abc", "abcd", "äöüß", "🚲🚲🚲🚲", LONG]},
        lambda value: value[:3],
    ),
    Case(
        "decode-cp1252",
        ColumnKind.TEXT,
        OCTETS,
        TEXT,
        {"": ["", "ä", b"caf\xe9", b"\x80uro", b"\xed\xa0\x80", b"\xff" * 1_200_000]},
        cp1252,
    ),
    Case(
        "zero-date-to-null",
        ColumnKind.DATE,
        types("date"),
        types("date"),
        DAYS,
        dated(None),
    ),
    Case(
        "zero-date-to:1970-01-01",
        ColumnKind.DATE,
        types("date"),
        types("date"),
        DAYS,
        dated("1970-01-01"),
    ),
    Case(
        "zero-date-to:1970-01-01 12:30:00",
        ColumnKind.TIMESTAMP,
        types("timestamp", "datetime(6)", "datetime"),
        types("timestamp", "datetime(6)", "datetime"),
        {
            "": ["0000-00-00 00:00:00", "2024-02-29 00:00:00.000001"],
            "postgresql": ["-infinity", "2024-02-29 00:00:00.000001"],
        },
        lambda v: v if v.startswith("2024") else "1970-01-01 12:30:00",
    ),
    Case(
        "nonzero-to-true",
        ColumnKind.BOOLEAN,
        types("smallint", "tinyint", "bool"),
        types("boolean", "tinyint(1)", "bool"),
        {"": [0, 1, 2, -1, 127]},
        lambda value: str(int(bool(value))),
    ),
    Case(
        "round:2",
        ColumnKind.DECIMAL,
        types("numeric(13, 4)", "decimal(13, 4)", "text"),
        types("numeric(13, 2)", "decimal(13, 2)", "text"),
        {"": ["1.2345", "-0.0050", "1.2000", "123456789.9950", "0.0049", "-7"]},
        rounded,
    ),
    Case(
        "empty-for-null",
        ColumnKind.TEXT,
        TEXT,
        TEXT,
        {"": ["", "a", " "]},
        lambda value: value,
    ),
]


def plain(case: Case, value: Any) -> str | None:
    """A driver's value as a text, whatever the driver makes of it."""
    if value is None:
        return None
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode()
    if case.kind is ColumnKind.BOOLEAN:
        return str(int(value))
    if case.kind is ColumnKind.DECIMAL:
        return str(Decimal(str(value)).normalize() + 0)
    if case.kind is ColumnKind.TIMESTAMP:
        return str(value)[:19]
    return str(value)


def expected(case: Case, value: Any) -> str | None:
    if value is None:
        return "" if case.change == "empty-for-null" else None
    return plain(case, case.become(value))


def put_in(pair: DatabasePair, case: Case, values: list[Any]) -> TablePlan:
    """Fill a table, with an untouched column beside, and plan it with the change."""
    table, source = fresh_name("changed"), pair[0]
    beside = Field("beside", ColumnKind.TEXT, types("varchar(20)"))
    fields = [Field("cell", case.kind, case.source), beside]
    source.create(table, [ID, *fields])
    cells = [Field("cell", case.kind, case.destination), beside]
    pair[1].create(table, [ID, *cells])
    for number, value in enumerate([*values, None]):
        given, cell = value, "%s"
        if source.vendor == "sqlite" and isinstance(value, bytes):
            cell = "CAST(%s AS TEXT)"
        elif case.source[source.engine] == "bytea" and value is not None:
            given = octets(value)
        sql = f"INSERT INTO {table} VALUES (%s, {cell}, 'beside')"
        if source.vendor == "mysql" and case.kind in (
            ColumnKind.DATE,
            ColumnKind.TIMESTAMP,
        ):
            sql = as_old_servers(source.engine, sql)
        source.run(sql, (number, given))
    return planned(make_plan(pair, table, [ID, *fields]), case.change)


def as_old_servers(engine: str, sql: str) -> str:
    """Let a server take zero dates, as old ones did unasked."""
    if engine.startswith("mariadb"):
        return f"SET STATEMENT sql_mode = 'ALLOW_INVALID_DATES' FOR {sql}"
    hint = "/*+ SET_VAR(sql_mode = 'ALLOW_INVALID_DATES') */"
    return sql.replace("INSERT", f"INSERT {hint}")


def planned(plan: TablePlan, change: str, column: str = "cell") -> TablePlan:
    columns = [
        replace(one, change=parsed(change)) if one.name == column else one
        for one in plan.columns
    ]
    found = replace(plan, columns=tuple(columns))
    assert TablePlan.from_json(found.to_json()) == found
    return found


def unchanged(plan: TablePlan) -> TablePlan:
    columns = tuple(replace(one, change=None) for one in plan.columns)
    return replace(plan, columns=columns)


def plain_source(case: Case, value: Any) -> str | None:
    if case.kind is ColumnKind.TEXT:
        return "odd" if is_odd(value) else octets(value).decode()
    if case.kind is ColumnKind.BOOLEAN:
        return str(value)
    return plain(case, value)


def is_odd(value: Any) -> bool:
    try:
        octets(value).decode()
    except UnicodeDecodeError:
        return True
    return False
