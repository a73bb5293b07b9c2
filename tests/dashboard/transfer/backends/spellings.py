"""Values that are spelled differently and equal, and others that only look equal."""

from __future__ import annotations

from dashboard.transfer.columns import ColumnKind

# Vendor, type and SQL of a value, for both pairs.
Spelling = tuple[str, str, str]

SAME: list[tuple[ColumnKind, Spelling, Spelling]] = [
    (
        ColumnKind.DECIMAL,
        ("postgresql", "numeric", "1.10"),
        ("postgresql", "numeric(9, 1)", "1.1"),
    ),
    (
        ColumnKind.DECIMAL,
        ("postgresql", "numeric(20, 6)", "-0.500000"),
        ("mariadb", "decimal(9, 2)", "-0.50"),
    ),
    (
        ColumnKind.DECIMAL,
        ("mariadb", "decimal(20, 6)", "1000.000000"),
        ("sqlite", "decimal", "1000"),
    ),
    (
        ColumnKind.DECIMAL,
        ("mariadb", "decimal(10, 0)", "1000"),
        ("mariadb", "decimal(10, 2)", "1000.00"),
    ),
    (
        ColumnKind.DECIMAL,
        ("mariadb", "bigint", "100"),
        ("postgresql", "numeric(9, 2)", "100"),
    ),
    (ColumnKind.DECIMAL, ("sqlite", "text", "'1.100'"), ("sqlite", "decimal", "1.1")),
    (ColumnKind.FLOAT, ("mariadb", "float", "0.1"), ("postgresql", "real", "0.1")),
    (ColumnKind.FLOAT, ("mariadb", "double(9, 2)", "0.1"), ("sqlite", "real", "0.1")),
    (
        ColumnKind.FLOAT,
        ("postgresql", "real", "16777217"),
        ("sqlite", "real", "16777216.0"),
    ),
    (
        ColumnKind.UUID,
        ("mariadb", "char(32)", "'00112233445566778899AABBCCDDEEFF'"),
        ("mariadb", "uuid", "'00112233-4455-6677-8899-aabbccddeeff'"),
    ),
    (
        ColumnKind.UUID,
        ("mariadb", "char(36)", "'00112233-4455-6677-8899-AABBCCDDEEFF'"),
        ("postgresql", "uuid", "'00112233-4455-6677-8899-aabbccddeeff'"),
    ),
    (
        ColumnKind.UUID,
        ("sqlite", "char(36)", "'00112233-4455-6677-8899-AABBCCDDEEFF'"),
        ("postgresql", "text", "'00112233445566778899aabbccddeeff'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("sqlite", "datetime", "'2024-01-02T03:04:05.120Z'"),
        ("postgresql", "timestamptz", "'2024-01-02 03:04:05.12+00'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("sqlite", "datetime", "'2024-01-02 05:04:05+02:00'"),
        ("mariadb", "datetime", "'2024-01-02 03:04:05'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("mariadb", "datetime(3)", "'2024-01-02 03:04:10.100'"),
        ("mariadb", "datetime(6)", "'2024-01-02 03:04:10.100000'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("mariadb", "timestamp(6)", "FROM_UNIXTIME(1704164650)"),
        ("postgresql", "timestamptz", "'2024-01-02 03:04:10+00'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("mariadb", "timestamp NULL", "FROM_UNIXTIME(1704164650)"),
        ("mariadb", "datetime(6)", "'2024-01-02 03:04:10'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("postgresql", "timestamp", "'2024-01-02 03:04:10'"),
        ("mariadb", "datetime(6)", "'2024-01-02 03:04:10'"),
    ),
    (
        ColumnKind.DATE,
        ("sqlite", "date", "'2024-01-02 00:00:00'"),
        ("postgresql", "date", "'2024-01-02'"),
    ),
    (ColumnKind.TIME, ("mariadb", "time", "'10:00:00'"), ("sqlite", "time", "'10:00'")),
    (
        ColumnKind.DURATION,
        ("postgresql", "interval", "'1 day 2 hours'"),
        ("mariadb", "bigint", "93600000000"),
    ),
    (
        ColumnKind.BOOLEAN,
        ("mariadb", "bit(1)", "b'1'"),
        ("postgresql", "boolean", "true"),
    ),
    (ColumnKind.BOOLEAN, ("mariadb", "tinyint(1)", "1"), ("sqlite", "bool", "1")),
    (
        ColumnKind.JSON,
        ("mariadb", "longtext", """'{"b": 1e2, "a":[1.10,"\\\\u00e9\\\\/"]}'"""),
        ("postgresql", "jsonb", """'{"a": [1.1, "é/"], "b": 100}'"""),
    ),
    (
        ColumnKind.JSON,
        ("mysql", "json", """'{"b": 1e2, "a":[1.10,"\\\\u00e9\\\\/"]}'"""),
        ("mariadb", "longtext", """'{"a": [1.1, "é/"], "b": 100}'"""),
    ),
    (
        ColumnKind.JSON,
        ("mysql", "json", "'[18446744073709551615, -0.0]'"),
        ("postgresql", "jsonb", "'[18446744073709551615, 0]'"),
    ),
    (
        ColumnKind.TEXT,
        ("mysql", "varchar(9) COLLATE utf8mb4_0900_ai_ci", "'a '"),
        ("postgresql", "varchar(9)", "'a '"),
    ),
    (
        ColumnKind.JSON,
        ("sqlite", "text", "'[12345678901234567890123, 0.1000, -0.0]'"),
        ("postgresql", "json", "'[12345678901234567890123,1e-1,0]'"),
    ),
    (
        ColumnKind.JSON,
        ("postgresql", "jsonb", "'[1.10]'"),
        ("postgresql", "jsonb", "'[1.1]'"),
    ),
    (
        ColumnKind.ADDRESS,
        ("mariadb", "char(39)", "'2001:0DB8::1'"),
        ("postgresql", "inet", "'2001:db8::1'"),
    ),
    (
        ColumnKind.ADDRESS,
        ("sqlite", "char(39)", "'2001:0DB8:0::1'"),
        ("postgresql", "inet", "'2001:db8::1'"),
    ),
    (
        ColumnKind.ADDRESS,
        ("mariadb", "char(43)", "'10.0.0.1/24'"),
        ("postgresql", "inet", "'10.0.0.1/24'"),
    ),
    (
        ColumnKind.ADDRESS,
        ("mariadb", "inet6", "'2001:db8::1'"),
        ("postgresql", "inet", "'2001:db8::1'"),
    ),
    (
        ColumnKind.TEXT,
        ("mariadb", "varchar(50) CHARACTER SET latin1", "'Grüße ÿ€'"),
        ("postgresql", "text", "'Grüße ÿ€'"),
    ),
    (
        ColumnKind.TEXT,
        ("mariadb", "longtext CHARACTER SET latin1", "repeat('ü', 600)"),
        ("postgresql", "text", "repeat('ü', 600)"),
    ),
    (
        ColumnKind.TEXT,
        ("mariadb", "varchar(50) CHARACTER SET utf8mb3", "'Grüße'"),
        ("sqlite", "text", "'Grüße'"),
    ),
    (
        ColumnKind.TEXT,
        ("mariadb", "enum('a','b')", "'b'"),
        ("postgresql", "text", "'b'"),
    ),
    (
        ColumnKind.TEXT,
        ("postgresql", "char(5)", "'ab'"),
        ("mariadb", "char(5)", "'ab'"),
    ),
    (
        ColumnKind.OTHER,
        ("postgresql", "int4range", "'[1,4]'"),
        ("postgresql", "int4range", "'[1,5)'"),
    ),
    (
        ColumnKind.OTHER,
        ("postgresql", "int[]", "'{1,NULL}'"),
        ("postgresql", "int[]", "'{1,NULL}'"),
    ),
    (
        ColumnKind.OTHER,
        ("mariadb", "set('a','b')", "'b,a'"),
        ("mariadb", "set('a','b')", "'a,b'"),
    ),
    (ColumnKind.OTHER, ("mariadb", "year", "2024"), ("mariadb", "year", "2024")),
    (
        ColumnKind.OTHER,
        ("mariadb", "point", "point(1,2)"),
        ("mariadb", "point", "point(1,2)"),
    ),
    (
        ColumnKind.OTHER,
        ("sqlite", "whatever", "x'00ff'"),
        ("sqlite", "whatever", "x'00ff'"),
    ),
]

DIFFERENT: list[tuple[ColumnKind, Spelling, Spelling]] = [
    (
        ColumnKind.DECIMAL,
        ("sqlite", "decimal", "0.1 + 0.2"),
        ("postgresql", "numeric(9, 2)", "0.3"),
    ),
    (ColumnKind.FLOAT, ("postgresql", "float8", "'-0'"), ("mariadb", "double", "0")),
    (ColumnKind.FLOAT, ("postgresql", "float8", "'-0'"), ("sqlite", "real", "0")),
    (
        ColumnKind.JSON,
        ("mariadb", "longtext", """'{"a": 1, "a": 2}'"""),
        ("postgresql", "jsonb", """'{"a": 2}'"""),
    ),
    (
        ColumnKind.JSON,
        ("mariadb", "longtext", """'[0.30000000000000004000000000000001]'"""),
        ("postgresql", "jsonb", """'[0.30000000000000004]'"""),
    ),
    (
        ColumnKind.JSON,
        ("mysql", "json", "'[18446744073709551616]'"),
        ("postgresql", "jsonb", "'[18446744073709551617]'"),
    ),
    (
        ColumnKind.JSON,
        ("mysql", "json", "'[0.1234567890123456789]'"),
        ("postgresql", "jsonb", "'[0.1234567890123456789]'"),
    ),
    (
        ColumnKind.JSON,
        ("mariadb", "longtext", "'[1]'"),
        ("postgresql", "jsonb", "'[true]'"),
    ),
    (ColumnKind.JSON, ("sqlite", "text", "'[1'"), ("postgresql", "jsonb", "'[1]'")),
    (
        ColumnKind.DECIMAL,
        ("sqlite", "decimal", "12345678901234567890.12"),
        ("postgresql", "numeric(30, 2)", "12345678901234567890.12"),
    ),
    (
        ColumnKind.DECIMAL,
        ("postgresql", "numeric(9, 2)", "'NaN'"),
        ("mariadb", "decimal(9, 2)", "0"),
    ),
    (ColumnKind.FLOAT, ("postgresql", "float8", "'NaN'"), ("mariadb", "double", "0")),
    (ColumnKind.FLOAT, ("postgresql", "float8", "'NaN'"), ("sqlite", "real", "NULL")),
    (
        ColumnKind.FLOAT,
        ("postgresql", "float8", "'Infinity'"),
        ("mariadb", "double", "1.7e308"),
    ),
    (ColumnKind.FLOAT, ("sqlite", "real", "'abc'"), ("mariadb", "double", "0")),
    (
        ColumnKind.FLOAT,
        ("postgresql", "float8", "'-0'"),
        ("postgresql", "float8", "'0'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("postgresql", "timestamptz", "'infinity'"),
        ("mariadb", "datetime(6)", "'9999-12-31 23:59:59'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("postgresql", "timestamptz", "'0044-03-15 12:00:00+00 BC'"),
        ("postgresql", "timestamptz", "'0044-03-15 12:00:00+00'"),
    ),
    (
        ColumnKind.TIMESTAMP,
        ("sqlite", "datetime", "'garbage'"),
        ("postgresql", "timestamptz", "'2024-01-02 03:04:10+00'"),
    ),
    (
        ColumnKind.DATE,
        ("sqlite", "date", "'2024-01-02 00:00:01'"),
        ("postgresql", "date", "'2024-01-02'"),
    ),
    (
        ColumnKind.DURATION,
        ("postgresql", "interval", "'1 month'"),
        ("mariadb", "bigint", "2592000000000"),
    ),
    (
        ColumnKind.DURATION,
        ("postgresql", "interval", "'1 day'"),
        ("postgresql", "interval", "'24 hours'"),
    ),
    (
        ColumnKind.INTEGER,
        ("sqlite", "integer", "'many'"),
        ("postgresql", "integer", "0"),
    ),
    (
        ColumnKind.INTEGER,
        ("sqlite", "bigint unsigned", "18446744073709551615"),
        ("mariadb", "bigint unsigned", "18446744073709551615"),
    ),
    (
        ColumnKind.BOOLEAN,
        ("mariadb", "tinyint(1)", "2"),
        ("postgresql", "boolean", "true"),
    ),
    (
        ColumnKind.BINARY,
        ("sqlite", "blob", "x'0000'"),
        ("postgresql", "bytea", r"'\x00'"),
    ),
    (
        ColumnKind.BINARY,
        ("mariadb", "binary(3)", "x'61'"),
        ("postgresql", "bytea", "'a'"),
    ),
    (
        ColumnKind.TEXT,
        ("sqlite", "text", "'a' || char(0)"),
        ("postgresql", "text", "'a'"),
    ),
    (ColumnKind.TEXT, ("sqlite", "text", "x'ff'"), ("mariadb", "longtext", "'?'")),
    (
        ColumnKind.TEXT,
        ("mariadb", "varchar(9)", "'a '"),
        ("postgresql", "varchar(9)", "'a'"),
    ),
    (
        ColumnKind.ADDRESS,
        ("mariadb", "char(39)", "'10.0.0.1'"),
        ("postgresql", "inet", "'10.0.0.1/24'"),
    ),
    (
        ColumnKind.ADDRESS,
        ("mariadb", "char(39)", "'nowhere'"),
        ("postgresql", "inet", "'10.0.0.1'"),
    ),
    (
        ColumnKind.OTHER,
        ("postgresql", "int[]", "'{1,NULL}'"),
        ("postgresql", "int[]", "'{1,0}'"),
    ),
    (ColumnKind.OTHER, ("sqlite", "whatever", "x'35'"), ("sqlite", "whatever", "5")),
]
