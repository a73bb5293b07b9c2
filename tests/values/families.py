"""Fields, the real columns that engines have under them, and what those hold."""

from __future__ import annotations

from django.contrib.postgres import fields as postgres
from django.db import models

from tests.values.family import Family, columns, raw, special
from tests.values.fields import (
    CompressedField,
    EncryptedField,
    NumbersField,
)
from tests.values.samples import (
    ADDRESSES,
    BINARIES,
    BOOLEANS,
    BOTH,
    CLOCKS,
    DAYS,
    DECIMALS,
    DOCUMENTS,
    EVERY,
    FLOATS,
    INTEGERS,
    MARIADB,
    MOMENTS,
    NULL,
    PAUSES,
    POSTGRESQL,
    SQL,
    SQLITE,
    TEXTS,
    UUIDS,
    Value,
)

FAMILIES = (
    Family(
        "integer",
        "integer",
        models.BigIntegerField,
        INTEGERS,
        (
            *columns(
                POSTGRESQL, "smallint", "integer", "numeric(30, 0)", "numeric", "size"
            ),
            *columns(
                BOTH,
                *("tinyint", "smallint", "mediumint", "int", "int unsigned"),
                *("bigint unsigned", "int(8) unsigned zerofill", "decimal(30, 0)"),
                *("year", "bit(16)"),
            ),
            *columns(SQLITE, "integer", "bigint unsigned", "text", ""),
        ),
        also=(
            *("IntegerField", "SmallIntegerField", "PositiveIntegerField"),
            *("PositiveSmallIntegerField", "PositiveBigIntegerField"),
            *("AutoField", "BigAutoField", "SmallAutoField", "ForeignKey"),
        ),
    ),
    Family(
        "boolean",
        "boolean",
        models.BooleanField,
        BOOLEANS,
        (
            *columns(POSTGRESQL, "smallint", "integer", "bit(1)", "varchar(5)"),
            *columns(
                BOTH,
                *("bit(1)", "bit(8)", "int", "tinyint unsigned", "varchar(5)"),
                "enum('0','1')",
            ),
            *columns(SQLITE, "integer", "varchar(5)", "boolean"),
        ),
    ),
    Family(
        "decimal",
        "decimal",
        lambda: models.DecimalField(max_digits=20, decimal_places=6),
        DECIMALS,
        (
            *columns(
                POSTGRESQL,
                *("numeric", "numeric(10, 2)", "numeric(40, 0)", "double precision"),
                *("bigint", "varchar(50)", "money"),
            ),
            *columns(
                BOTH,
                *("decimal(10, 2)", "decimal(60, 30)", "double", "float", "bigint"),
                *("bigint unsigned", "varchar(50)", "decimal(10, 2) zerofill"),
            ),
            *columns(SQLITE, "decimal(20, 6)", "numeric", "real", "integer", "text"),
        ),
    ),
    Family(
        "float",
        "float",
        models.FloatField,
        FLOATS,
        (
            *columns(POSTGRESQL, "real", "numeric", "integer"),
            *columns(
                BOTH, "float", "float(10, 3)", "double(10, 3)", "decimal(20, 6)", "int"
            ),
            *columns(SQLITE, "integer", "double", "numeric", "text"),
        ),
    ),
    Family(
        "text",
        "text",
        lambda: models.CharField(max_length=100),
        TEXTS,
        (
            *columns(
                POSTGRESQL,
                *("text", "char(10)", "varchar", "citext", "word", "mood", "bytea"),
                *('varchar(100) COLLATE "C"', "xml", "name"),
            ),
            *columns(
                BOTH,
                *("longtext", "text", "char(10)", "varchar(100) CHARACTER SET latin1"),
                *("varchar(100) CHARACTER SET utf8mb3", "enum('a','sad','')"),
                *("set('a','b','sad')", "varbinary(300)", "longblob", "binary(10)"),
                *("varchar(100) COLLATE utf8mb4_bin", "tinytext"),
                "varchar(100) CHARACTER SET ascii",
            ),
            *columns(SQLITE, "text", "char(10)", "blob", "", "varchar COLLATE NOCASE"),
        ),
        also=("TextField", "SlugField", "EmailField", "URLField", "FileField"),
    ),
    Family(
        "binary",
        "binary",
        models.BinaryField,
        BINARIES,
        (
            *columns(POSTGRESQL, "text"),
            *columns(BOTH, "binary(16)", "varbinary(100)", "tinyblob", "blob", "text"),
            *columns(SQLITE, "text", ""),
        ),
    ),
    Family(
        "uuid",
        "uuid",
        models.UUIDField,
        UUIDS,
        (
            *columns(POSTGRESQL, "varchar(36)", "char(32)", "text", "bytea"),
            *columns(BOTH, "char(32)", "char(36)", "varchar(36)", "binary(16)"),
            *columns(SQLITE, "varchar(36)", "text", "blob"),
        ),
    ),
    Family(
        "document",
        "document",
        models.JSONField,
        DOCUMENTS,
        (
            *columns(POSTGRESQL, "json", "text"),
            *columns(BOTH, "longtext", "text"),
            *columns(SQLITE, "blob"),
        ),
    ),
    Family(
        "address",
        "address",
        models.GenericIPAddressField,
        ADDRESSES,
        (
            *columns(POSTGRESQL, "varchar(39)", "text", "cidr"),
            *columns(BOTH, "varchar(45)"),
            *columns(MARIADB, "inet6", "inet4"),
            *columns(SQLITE, "text"),
        ),
    ),
    Family(
        "moment",
        "moment",
        models.DateTimeField,
        MOMENTS,
        (
            *columns(POSTGRESQL, "timestamp", "timestamptz(3)", "date", "varchar(40)"),
            *columns(BOTH, "datetime", "datetime(3)", "timestamp(6)", "date"),
            *columns(BOTH, "varchar(40)"),
            *columns(SQLITE, "text", "date", ""),
        ),
    ),
    Family(
        "day",
        "day",
        models.DateField,
        DAYS,
        (
            *columns(POSTGRESQL, "timestamp", "varchar(20)"),
            *columns(BOTH, "datetime", "varchar(20)"),
            *columns(SQLITE, "text", "datetime", ""),
        ),
    ),
    Family(
        "time of day",
        "clock",
        models.TimeField,
        CLOCKS,
        (
            *columns(POSTGRESQL, "time(0)", "timetz", "varchar(20)"),
            *columns(BOTH, "time", "varchar(20)"),
            *columns(SQLITE, "text", ""),
        ),
    ),
    Family(
        "duration",
        "pause",
        models.DurationField,
        PAUSES,
        (
            *columns(POSTGRESQL, "bigint"),
            *columns(BOTH, "int", "varchar(30)"),
            *columns(SQLITE, "integer", "text", ""),
        ),
    ),
    special(
        "array of integers",
        "integer[]",
        {"empty": "{}", "numbers": "{1,-2,NULL}", "two dimensions": "{{1,2},{3,4}}"},
        lambda: postgres.ArrayField(models.IntegerField()),
    ),
    special(
        "array of texts",
        "varchar(20)[]",
        {"empty": "{}", "texts": '{"",NULL,"NULL","a,b"}'},
        lambda: postgres.ArrayField(models.CharField(max_length=20)),
    ),
    special(
        "range",
        "int4range",
        {"empty": "empty", "closed": "[1,5]", "open": "(,)", "from": "[3,)"},
        postgres.IntegerRangeField,
    ),
    special("multirange", "int4multirange", {"empty": "{}", "two": "{[1,3),[5,9)}"}),
    special(
        "hstore",
        "hstore",
        {"empty": "", "a pair": "a=>1", "NULL inside": "a=>NULL, b=>x"},
        postgres.HStoreField,
    ),
    special("search vector", "tsvector", {"empty": "", "words": "a:1 fat:2 cat:3"}),
    special("money", "money", {"1.50": "1.50", "-1": "-1"}),
    special("bit string", "bit(5)", {"zeros": "00000", "10101": "10101"}),
    special("varying bits", "varbit", {"empty": "", "101": "101"}),
    special("xml", "xml", {"an element": "<a>b</a>"}),
    special("point", "point", {"(1,2)": "(1,2)", "NaN": "(NaN,0)"}),
    special("network", "cidr", {"10.0.0.0/8": "10.0.0.0/8"}),
    special("hardware address", "macaddr", {"one": "08:00:2b:01:02:03"}),
    special("enumeration", "mood", {"sad": "sad", "a": "a"}),
    special("case-insensitive", "citext", {"Bob": "Bob", "empty": ""}),
    Family(
        "MySQL's set",
        "exact",
        raw("set('a','b')"),
        (NULL, Value("empty", ""), Value("a,b", "a,b"), Value("1", 1, BOTH)),
        own={
            **dict.fromkeys(("mariadb", "mysql"), "set('a','b')"),
            **dict.fromkeys(("postgresql", "sqlite"), "varchar(20)"),
        },
    ),
    Family(
        "geometry",
        "exact",
        raw("point"),
        (NULL, Value("a point", SQL("ST_GeomFromText('POINT(1 2)')"), BOTH)),
        own={
            **dict.fromkeys(("mariadb", "mysql"), "point"),
            **dict.fromkeys(("postgresql", "sqlite"), "text"),
        },
    ),
    Family(
        "numbers, converted in Python",
        "numbers",
        NumbersField,
        (
            NULL,
            Value("empty", SQL("'{}'"), POSTGRESQL),
            Value("numbers", SQL("'{1,-2,3}'"), POSTGRESQL),
            Value("empty", "[]", EVERY - POSTGRESQL),
            Value("numbers", "[1, -2, 3]", EVERY - POSTGRESQL),
            Value("no JSON", "{a", EVERY - POSTGRESQL),
        ),
    ),
    Family(
        "encrypted",
        "binary",
        EncryptedField,
        (NULL, Value("empty", b""), Value("octets", b"\x80\xff\x00 abc")),
    ),
    Family(
        "compressed document",
        "text",
        CompressedField,
        (NULL, Value("text", "eJyrVkpUsqoFAA=="), Value("not it", "{}")),
    ),
)
FAMILY = {family.name: family for family in FAMILIES}
