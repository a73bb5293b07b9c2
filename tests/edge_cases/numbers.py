"""D19 to D29: numbers and booleans."""

from __future__ import annotations

import math
from decimal import Decimal

from tests.edge_cases.case import Column, Types
from tests.edge_cases.text import EXACT, NAME
from tests.values.samples import BOTH, EVERY, POSTGRESQL, SQL, SQLITE, Value

INTEGER = "models.BigIntegerField("
DECIMAL = "models.DecimalField(max_digits=5, decimal_places=2"
WIDE = "models.DecimalField(max_digits=30, decimal_places=10"
FLOAT = "models.FloatField("
DOUBLE = {"postgresql": "double precision", "both": "double", "sqlite": "real"}
BOOLEAN = {"postgresql": "boolean", "both": "tinyint(1)", "sqlite": "bool"}
BIGINT = {"postgresql": "bigint", "both": "bigint", "sqlite": "bigint"}
SMALL_DECIMAL = {
    "postgresql": "numeric(5, 2)",
    "both": "decimal(5, 2)",
    "sqlite": "decimal",
}
LARGE_DECIMAL = {
    "postgresql": "numeric(30, 10)",
    "both": "decimal(30, 10)",
    "sqlite": "decimal",
}
ONE = Value("1", 1)


def number(
    name: str,
    what: str,
    field: str,
    types: Types,
    *values: Value,
    old: Types = EXACT,
    form: str = "integer",
) -> Column:
    return Column(
        name=name,
        what=what,
        field=field,
        types=types,
        old=types if old is EXACT else old,
        values=values,
        form=form,
    )


CASES = (
    number(
        "d19a",
        "an unsigned number of 64 bits that uses the last one",
        "models.PositiveBigIntegerField(",
        {
            "postgresql": "bigint",
            "both": "bigint unsigned",
            "sqlite": "bigint unsigned",
        },
        ONE,
        Value("2**63", 2**63, BOTH),
        Value("2**64 - 1", 2**64 - 1, BOTH),
    ),
    number(
        "d19b",
        "such a number that SQLite has made a float",
        "models.PositiveBigIntegerField(",
        {"postgresql": "bigint", "both": "bigint", "sqlite": "bigint"},
        ONE,
        Value("2**64", SQL("18446744073709551616"), SQLITE),
    ),
    number(
        "d20a",
        "a number that is too large for the column",
        "models.PositiveIntegerField(",
        {"postgresql": "integer", "both": "int unsigned", "sqlite": "integer unsigned"},
        ONE,
        Value("5e9", 5_000_000_000),
        old=BIGINT,
    ),
    number(
        "d20b",
        "a number below zero for an unsigned column, or one with a CHECK",
        "models.PositiveIntegerField(",
        {
            "postgresql": "integer CHECK (reading >= 0)",
            "both": "int unsigned",
            "sqlite": "integer unsigned CHECK (reading >= 0)",
        },
        ONE,
        Value("-1", -1),
        old=BIGINT,
    ),
    number(
        "d20c",
        "a number that is too large for a column of 16 bits",
        "models.SmallIntegerField(",
        {"postgresql": "smallint", "both": "smallint", "sqlite": "smallint"},
        ONE,
        Value("40000", 40_000),
        old=BIGINT,
    ),
    number(
        "d21a",
        "2 in a boolean",
        "models.BooleanField(",
        BOOLEAN,
        Value("0", 0, EVERY - POSTGRESQL),
        Value("2", 2, EVERY - POSTGRESQL),
        form="boolean",
    ),
    number(
        "d22a",
        "a single bit for a boolean",
        "models.BooleanField(",
        BOOLEAN,
        Value("0", SQL("b'0'"), BOTH),
        Value("1", SQL("b'1'"), BOTH),
        old={"both": "bit(1)"},
        form="boolean",
    ),
    number(
        "d22b",
        "sixteen bits for a number",
        "models.IntegerField(",
        {"postgresql": "integer", "both": "bit(16)", "sqlite": "integer"},
        Value("8", SQL("b'1000'"), BOTH),
        Value("65535", SQL("b'1111111111111111'"), BOTH),
    ),
    number(
        "d23a",
        "more decimal places than the column has",
        DECIMAL,
        SMALL_DECIMAL,
        Value("123.456", Decimal("123.456")),
        Value("1.5", Decimal("1.5")),
        old=LARGE_DECIMAL,
        form="decimal",
    ),
    number(
        "d24a",
        "more digits before the point than the column has",
        DECIMAL,
        SMALL_DECIMAL,
        Value("12345.5", Decimal("12345.5")),
        Value("1.5", Decimal("1.5")),
        old=LARGE_DECIMAL,
        form="decimal",
    ),
    number(
        "d25a",
        "NaN in a decimal",
        DECIMAL,
        SMALL_DECIMAL,
        Value("NaN", SQL("'NaN'"), POSTGRESQL | SQLITE),
        Value("1.5", Decimal("1.5"), POSTGRESQL | SQLITE),
        form="decimal",
    ),
    number(
        "d25b",
        "infinity in a decimal",
        DECIMAL,
        SMALL_DECIMAL,
        Value("Infinity", SQL("'Infinity'"), POSTGRESQL),
        Value("1.5", Decimal("1.5"), POSTGRESQL),
        old={"postgresql": "numeric"},
        form="decimal",
    ),
    number(
        "d26a",
        "a decimal that SQLite keeps as a float of 15 digits",
        WIDE,
        LARGE_DECIMAL,
        Value("0.1", SQL("'0.1'"), SQLITE),
        Value("15 digits", SQL("12345.6789012345"), SQLITE),
        form="decimal",
    ),
    number(
        "d26b",
        "a decimal of which SQLite has lost digits",
        WIDE,
        LARGE_DECIMAL,
        Value("22 digits", SQL("12345678901234567890.12"), SQLITE),
        form="decimal",
    ),
    number(
        "d27a",
        "floats with as many digits as they need",
        FLOAT,
        DOUBLE,
        *(
            Value(repr(one), one)
            for one in (0.1 + 0.2, 1e15, 1e22, 5e-324, 1.7976931348623157e308)
        ),
        form="float",
    ),
    number(
        "d27b",
        "a float of 64 bits for one of 32",
        FLOAT,
        {"postgresql": "real", "both": "float", "sqlite": "real"},
        Value("0.1", 0.1),
        Value("0.5", 0.5),
        old=DOUBLE,
        form="float",
    ),
    number(
        "d27c",
        "the greatest float of 32 bits",
        FLOAT,
        {"postgresql": "real", "both": "float", "sqlite": "real"},
        Value("3.4028234663852886e38", 3.4028234663852886e38, EVERY - BOTH),
        Value("0.5", 0.5),
        form="float",
    ),
    number(
        "d28a",
        "NaN in a float",
        FLOAT,
        DOUBLE,
        Value("NaN", SQL("'NaN'"), POSTGRESQL),
        Value("0.5", 0.5, POSTGRESQL),
        form="float",
    ),
    number(
        "d28b",
        "infinity in a float",
        FLOAT,
        DOUBLE,
        Value("Infinity", SQL("'Infinity'"), POSTGRESQL),
        Value("Infinity", math.inf, SQLITE),
        Value("0.5", 0.5, POSTGRESQL | SQLITE),
        form="float",
    ),
    number(
        "d28c",
        "a zero below zero",
        FLOAT,
        DOUBLE,
        Value("-0.0", SQL("'-0.0'"), POSTGRESQL),
        Value("-0.0", SQL("-0e0"), BOTH),
        Value("-0.0", -0.0, SQLITE),
        form="float",
    ),
    number(
        "d29a",
        "a text in a column of whole numbers",
        INTEGER,
        BIGINT,
        Value("lots-of-it", "lots-of-it", SQLITE),
        Value("1", 1, SQLITE),
    ),
    number(
        "d29b",
        "hexadecimal digits in a column of whole numbers",
        INTEGER,
        BIGINT,
        Value("0x10", "0x10", SQLITE),
        Value("1e2", "1e2", SQLITE),
    ),
    number(
        "d29c",
        "texts that begin like a number, in a column of texts",
        NAME,
        EXACT,
        *(Value(one, one) for one in ("10abc", "10", "010", "1e1", "0x0A")),
        old={},
        form="text",
    ),
)
