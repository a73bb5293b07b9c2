# ruff: noqa: E501
"""Keys of every type that an engine can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.transfer.columns import ColumnKind
from tests.dashboard.transfer.key_values import (
    ADDRESSES,
    BIG,
    CLOCKS,
    DAYS,
    DECIMALS,
    INTEGERS,
    MIXED,
    MOMENTS,
    NUMBERS,
    OCTETS,
    TEXTS,
    UNSIGNED,
    UUIDS,
    WORDS,
    crossed,
    hexed,
    quoted,
)

ROWS_PER_CHUNK = 7


@dataclass(frozen=True)
class KeyType:
    """Columns of a key, and rows of SQL values; rows that collide are left out."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kinds: tuple[ColumnKind | None, ...] = ()
    # What the table is created with besides.
    suffix: str = ""
    before: str = ""

    @property
    def all_kinds(self) -> tuple[ColumnKind | None, ...]:
        return self.kinds or (None,) * len(self.columns)


def key(
    name: str, column: str, values: Sequence[str], **more: str | tuple[ColumnKind]
) -> KeyType:
    return KeyType(name, (column,), tuple((value,) for value in values), **more)  # type: ignore[arg-type]


POSTGRESQL = [
    key("smallint", "smallint", NUMBERS),
    key("integer", "integer", INTEGERS),
    key("bigint", "bigint", BIG),
    key("numeric", "numeric(24, 4)", DECIMALS),
    key("free numeric", "numeric", [*DECIMALS, "'NaN'", "'Infinity'", "1e-30", "1e40"]),
    key("real", "real", [*NUMBERS, "0.1", "'NaN'", "'Infinity'", "1e-40"]),
    key("double", "double precision", [*NUMBERS, "0.1", "1e-320", "'NaN'", "1e308"]),
    key("text", "text", quoted(TEXTS)),
    key("varchar", "varchar(100)", quoted(TEXTS)),
    key("char", "char(70)", quoted(TEXTS)),
    key("one char", '"char"', quoted(["a", "b", "Z", "0", " "])),
    key("name", "name", quoted(TEXTS)),
    key(
        "citext",
        "citext",
        quoted(TEXTS),
        before="CREATE EXTENSION IF NOT EXISTS citext",
    ),
    key("C", 'varchar(100) COLLATE "C"', quoted(TEXTS)),
    key("icu", 'varchar(100) COLLATE "und-x-icu"', quoted(TEXTS)),
    key(
        "no case",
        "varchar(100) COLLATE caseless",
        quoted(TEXTS),
        before="CREATE COLLATION IF NOT EXISTS caseless (provider = icu, "
        "locale = 'und-u-ks-level2', deterministic = false)",
    ),
    key("bytea", "bytea", hexed(OCTETS, r"'\x{}'")),
    key("uuid", "uuid", quoted(UUIDS)),
    key("boolean", "boolean", ["true", "false"]),
    key(
        "date",
        "date",
        [
            *quoted(DAYS),
            "'0044-03-15 BC'",
            "'infinity'",
            "'-infinity'",
            "'20000-01-01'",
        ],
    ),
    key("time", "time", [*quoted(CLOCKS), "'24:00:00'"]),
    key(
        "timetz",
        "timetz",
        [f"'{c}+02'" for c in CLOCKS] + [f"'{c}-05'" for c in CLOCKS[:20]],
    ),
    key(
        "timestamp",
        "timestamp",
        [*quoted(MOMENTS), "'0044-03-15 12:00:00 BC'", "'infinity'"],
    ),
    key(
        "timestamptz",
        "timestamptz",
        [f"'{m}+{z:02}'" for z in (0, 1, 2) for m in MOMENTS] + ["'-infinity'"],
    ),
    key(
        "interval",
        "interval",
        quoted([f"{n % 3} months {n} days {n * 7 - 20}.5 seconds" for n in range(50)]),
    ),
    key("inet", "inet", quoted([*ADDRESSES, "10.0.0.0/8", "10.0.0.1/24"])),
    key(
        "cidr", "cidr", quoted(["10.0.0.0/8", "10.0.0.0/16", "192.168.0.0/24", "::/0"])
    ),
    key(
        "macaddr",
        "macaddr",
        [f"'08:00:2b:01:{n:02x}:{255 - n:02x}'" for n in range(40)],
    ),
    key(
        "enum",
        "size",
        quoted(WORDS),
        before="DO $$ BEGIN CREATE TYPE size AS ENUM ('medium', 'small', 'large', 'b', 'a', 'x large', 'é'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    ),
    key(
        "domain",
        "postcode",
        quoted(TEXTS),
        before="DO $$ BEGIN CREATE DOMAIN postcode AS varchar(100); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    ),
    key("bit", "bit(9)", [f"B'{n * 37 % 512:09b}'" for n in range(60)]),
    key(
        "varbit",
        "bit varying(20)",
        [f"B'{n * 37 % 512:b}'" for n in range(60)] + ["B''"],
    ),
    key(
        "array",
        "integer[]",
        quoted(
            [f"{{{n},{n % 3}}}" for n in range(-20, 20)]
            + ["{}", "{NULL,1}", "{{1,2},{3,4}}"]
        ),
    ),
    key(
        "texts",
        "text[]",
        quoted(
            ['{"a,b","c"}', '{"\\"",NULL}', "{}", '{"\\\\"}']
            + [f"{{x{n}}}" for n in range(20)]
        ),
    ),
    key(
        "range",
        "int4range",
        quoted(
            [f"[{n},{n + 5})" for n in range(-20, 20)]
            + ["empty", "(,5)", "[5,)", "(,)"]
        ),
    ),
    key(
        "tstzrange",
        "tstzrange",
        quoted([f"[2024-10-27 0{n}:00+00,2024-10-28)" for n in range(10)]),
    ),
    key(
        "jsonb",
        "jsonb",
        quoted(['{"a": 1}', "[]", "null", '"x"', "1.50", "1.5", *map(str, range(30))]),
    ),
    key("money", "money", [f"'{n}.5'" for n in range(-20, 20)]),
    key("oid", "oid", ["0", "1", "4294967295", "7"]),
    KeyType("mixed", ("varchar(100)", "timestamptz", "bigint"), MIXED),
    KeyType(
        "octets and number",
        ("bytea", "integer"),
        crossed(hexed(OCTETS, r"'\x{}'"), ["-1", "0", "1"]),
    ),
]

MYSQL = [
    key("tinyint", "tinyint", NUMBERS[:20]),
    key("flag", "tinyint(1)", ["0", "1"], kinds=(ColumnKind.BOOLEAN,)),
    key("int", "int", INTEGERS),
    key("mediumint", "mediumint unsigned", [*UNSIGNED[:20], "16777215"]),
    key("bigint", "bigint", BIG),
    key("unsigned", "bigint unsigned", UNSIGNED),
    key("zerofill", "int(10) unsigned zerofill", UNSIGNED[:30]),
    key("decimal", "decimal(24, 4)", DECIMALS),
    key(
        "decimal zerofill",
        "decimal(24, 4) unsigned zerofill",
        [d for d in DECIMALS if d[0] != "-"],
    ),
    key("whole", "decimal(40, 0)", [f"{10**38 + n}" for n in range(30)] + ["0", "-1"]),
    key("float", "float", [*NUMBERS, "0.1", "1e-38"]),
    key("double", "double", [*NUMBERS, "0.1", "1e-300", "1e308"]),
    key("varchar", "varchar(100)", quoted(TEXTS)),
    key("char", "char(70)", quoted(TEXTS)),
    key("bin", "varchar(100) COLLATE utf8mb4_bin", quoted(TEXTS)),
    key("latin1", "varchar(100) CHARACTER SET latin1", quoted(TEXTS)),
    key("utf16", "varchar(100) CHARACTER SET utf16", quoted(TEXTS)),
    key("german", "varchar(100) COLLATE utf8mb4_german2_ci", quoted(TEXTS)),
    key("binary", "binary(16)", hexed(OCTETS, "X'{}'")),
    key("varbinary", "varbinary(20)", hexed(OCTETS, "X'{}'")),
    key("ascii_bin", "char(36) CHARACTER SET ascii COLLATE ascii_bin", quoted(UUIDS)),
    key(
        "date", "date", [*quoted(DAYS), "'0000-00-00'", "'2024-02-00'", "'2024-00-00'"]
    ),
    key(
        "time",
        "time(6)",
        [
            *quoted(CLOCKS),
            "'-838:59:59'",
            "'838:59:59'",
            "'-00:00:00.000001'",
            "'24:00:00'",
        ],
    ),
    key("time of seconds", "time", quoted([c[:8] for c in CLOCKS])),
    key("datetime", "datetime(6)", [*quoted(MOMENTS), "'0000-00-00 00:00:00'"]),
    key(
        "datetime of seconds",
        "datetime",
        quoted([m[:17] + f"{n:02}" for n, m in enumerate(MOMENTS[8:50])]),
    ),
    key(
        "timestamp",
        "timestamp(6)",
        ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", *quoted(MOMENTS[9:])],
    ),
    key("year", "year", ["0", "1901", "2155", *map(str, range(1950, 2050))]),
    key(
        "enum",
        "enum('medium', 'small', 'large', 'b', 'a', 'x large', 'é')",
        quoted(WORDS),
    ),
    key("set", "set('x', 'a', 'm', 'é')", [str(n) for n in range(16)]),
    key("bit", "bit(64)", [*UNSIGNED]),
    key("bits", "bit(9)", [str(n * 37 % 512) for n in range(60)]),
    KeyType("mixed", ("varchar(100)", "datetime(6)", "bigint"), MIXED),
    KeyType(
        "octets and number",
        ("varbinary(20)", "int"),
        crossed(hexed(OCTETS, "X'{}'"), ["-1", "0", "1"]),
    ),
    KeyType(
        "enum, decimal, bits",
        ("enum('z', 'a', 'm')", "decimal(24, 4)", "bit(9)"),
        crossed(quoted(["z", "a", "m"]), DECIMALS[:20], ["0", "256", "511"]),
    ),
]

MARIADB = [
    *MYSQL,
    key("uuid", "uuid", quoted(UUIDS[2:])),
    key("inet4", "inet4", quoted([a for a in ADDRESSES if ":" not in a])),
    key("inet6", "inet6", quoted([a for a in ADDRESSES if ":" in a])),
]

SQLITE = [
    key("integer", "integer", BIG),
    key("rowid", "INTEGER", BIG),
    key("bigint", "bigint", BIG),
    key(
        "anything in a number",
        "bigint",
        [*BIG, "1.5", "-0.1", "'x'", "'1x'", "''", "X'00ff'", "X''", "1e300", "'é'"],
    ),
    key("text", "text", quoted(TEXTS)),
    key(
        "varchar", "varchar(100)", [*quoted(TEXTS), "X'61'", "X'00'", "'a' || char(0)"]
    ),
    key("no case", "varchar(100) COLLATE NOCASE", quoted(TEXTS)),
    key("rtrim", "varchar(100) COLLATE RTRIM", quoted(TEXTS)),
    key("untyped", "", [*BIG, *quoted(TEXTS), "0.1", "X'00'", "'1'"]),
    key("decimal", "decimal", [*DECIMALS, "'12345678901234567890.1234'", "0.1"]),
    key("real", "real", [*NUMBERS, "0.1", "1e300", "9e999"]),
    key("blob", "blob", [*hexed(OCTETS, "X'{}'"), "'text'", "5"]),
    key("uuid", "char(32)", quoted([u.replace("-", "") for u in UUIDS])),
    key("datetime", "datetime", quoted(MOMENTS)),
    key("date", "date", quoted(DAYS)),
    key("time", "time", quoted(CLOCKS)),
    key("bool", "bool", ["0", "1"]),
    key("without rowid", "varchar(100)", quoted(TEXTS), suffix=" WITHOUT ROWID"),
    KeyType("mixed", ("varchar(100)", "datetime", "bigint"), MIXED),
    KeyType(
        "octets and number",
        ("blob", "integer"),
        crossed(hexed(OCTETS, "X'{}'"), ["-1", "0.5", "1"]),
        suffix=" WITHOUT ROWID",
    ),
]

BY_ENGINE = {
    "postgresql": POSTGRESQL,
    "mariadb": MARIADB,
    "mysql": MYSQL,
    "sqlite": SQLITE,
}
