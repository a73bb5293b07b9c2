"""D30 to D40: dates, times and the types of one engine."""

from __future__ import annotations

from tests.edge_cases.case import Column, Types
from tests.values.samples import BOTH, EVERY, POSTGRESQL, SQL, SQLITE, Value

DAY = "models.DateField("
MOMENT = "models.DateTimeField("
CLOCK = "models.TimeField("
DAYS = "date"
MOMENTS = {"postgresql": "timestamptz", "both": "datetime(6)", "sqlite": "datetime"}
CLOCKS = {"postgresql": "time", "both": "time(6)", "sqlite": "time"}
PAUSES = {"postgresql": "interval", "both": "bigint", "sqlite": "bigint"}
OWN = "RawField('text'"
"""A field of a project over a type that Django has none for."""


def moment(
    name: str,
    what: str,
    field: str,
    types: Types,
    form: str,
    *values: Value,
    old: Types | None = None,
) -> Column:
    return Column(
        name=name,
        what=what,
        field=field,
        types=types,
        old={} if old is None else old,
        values=values,
        form=form,
    )


def only(engines: frozenset[str], *texts: str) -> tuple[Value, ...]:
    return tuple(Value(one, one, engines) for one in texts)


ANY_DAY = Value("2024-02-29", "2024-02-29")
NOON = "2024-02-29 12:00:00"

CASES = (
    moment("d30a", "a date of zeros", DAY, DAYS, "day", *only(BOTH, "0000-00-00")),
    moment("d30b", "a day 0 of a month", DAY, DAYS, "day", *only(BOTH, "2024-02-00")),
    moment(
        "d30c",
        "a date and time of zeros",
        MOMENT,
        MOMENTS,
        "moment",
        *only(BOTH, "0000-00-00 00:00:00"),
    ),
    moment(
        "d31a",
        "a year after 9999",
        DAY,
        DAYS,
        "day",
        *only(POSTGRESQL, "10000-01-01", "2024-02-29"),
    ),
    moment(
        "d31b",
        "a date before our era",
        MOMENT,
        MOMENTS,
        "moment",
        *only(POSTGRESQL, "0044-03-15 12:00:00 BC", NOON),
    ),
    moment(
        "d31c",
        "infinity as a date and time",
        MOMENT,
        MOMENTS,
        "moment",
        *only(POSTGRESQL, "infinity", "-infinity", NOON),
    ),
    moment(
        "d32a",
        "microseconds for a column of milliseconds",
        MOMENT,
        {"postgresql": "timestamptz(3)", "both": "datetime(3)"},
        "moment",
        *only(EVERY, "2024-12-31 23:59:59.999999", NOON),
        old=MOMENTS,
    ),
    moment(
        "d32b",
        "fractions of a second for a column of whole ones",
        CLOCK,
        {"postgresql": "time(0)", "both": "time"},
        "clock",
        *only(EVERY, "23:59:59.999999", "12:00:00"),
        old=CLOCKS,
    ),
    moment(
        "d34a",
        "digits of a clock beside instants, both in UTC",
        MOMENT,
        {
            "postgresql": "timestamptz",
            "both": "timestamp(6) NULL",
            "sqlite": "datetime",
        },
        "moment",
        *only(EVERY, "2024-10-27 00:30:00", "2024-03-31 02:30:00", NOON),
    ),
    moment(
        "d35a",
        "an offset behind the digits",
        MOMENT,
        MOMENTS,
        "moment",
        *only(SQLITE, "2024-01-01 10:00:00.5+02:00", "2024-01-01T10:00:00Z"),
    ),
    moment(
        "d36a",
        "moments outside of what 32 bits of seconds reach",
        MOMENT,
        {
            "postgresql": "timestamptz",
            "both": "timestamp(6) NULL",
            "sqlite": "datetime",
        },
        "moment",
        *only(EVERY, "1969-12-31 23:59:59", "2040-01-01 00:00:00", NOON),
        old=MOMENTS,
    ),
    moment(
        "d37a",
        "more than a day, or less than none, as a time of day",
        CLOCK,
        CLOCKS,
        "clock",
        *only(BOTH, "25:00:00", "-838:59:59", "12:00:00"),
    ),
    moment(
        "d37b",
        "24 o'clock",
        CLOCK,
        CLOCKS,
        "clock",
        *only(EVERY - SQLITE, "24:00:00", "12:00:00"),
    ),
    moment(
        "d38a",
        "a month as a duration",
        "models.DurationField(",
        PAUSES,
        "pause",
        Value("1 mon", SQL("interval '1 mon'"), POSTGRESQL),
        Value("1 s", SQL("interval '1 s'"), POSTGRESQL),
    ),
    moment(
        "d38b",
        "days, and microseconds below zero, as a duration",
        "models.DurationField(",
        PAUSES,
        "pause",
        Value("days", SQL("interval '-1 day'"), POSTGRESQL),
        Value("least", SQL("interval '-23:59:59.999999'"), POSTGRESQL),
        Value("number", -86_399_999_999, EVERY - POSTGRESQL),
    ),
    moment("d39a", "a date that is none", DAY, DAYS, "day", *only(SQLITE, "garbage")),
    moment(
        "d39b",
        "a UUID that is none",
        "models.UUIDField(",
        {
            "postgresql": "uuid",
            "mariadb": "uuid",
            "mysql": "char(32)",
            "sqlite": "char(32)",
        },
        "uuid",
        *only(SQLITE, "nothex"),
    ),
    moment(
        "d39c",
        "a float that is a text",
        "models.FloatField(",
        {"postgresql": "double precision", "both": "double", "sqlite": "real"},
        "float",
        *only(SQLITE, "abc"),
    ),
    moment(
        "d39d",
        "a date as a number of seconds",
        DAY,
        DAYS,
        "day",
        Value("1704103200", 1_704_103_200, SQLITE),
    ),
    moment(
        "d39e",
        "a time of day behind a date",
        DAY,
        DAYS,
        "day",
        *only(SQLITE, "2024-01-01 10:00:00"),
    ),
    moment(
        "d39f",
        "a day that its month has not",
        DAY,
        DAYS,
        "day",
        *only(SQLITE, "2024-02-30"),
    ),
    moment(
        "d40a",
        "the empty text of an enumeration that has none such",
        "models.CharField(max_length=20",
        {"postgresql": "varchar(20)", "both": "enum('a','b')", "sqlite": "varchar(20)"},
        "text",
        Value("enum '' 0", SQL("0"), BOTH),
        Value("b", "b"),
    ),
    moment(
        "d40b",
        "the year 0 of a column of years",
        "models.IntegerField(",
        {"postgresql": "integer", "both": "year", "sqlite": "integer"},
        "integer",
        Value("0", 0, BOTH),
        Value("2155", 2155, BOTH),
    ),
    moment(
        "d40c",
        "several words of a set",
        "models.CharField(max_length=20",
        {
            "postgresql": "varchar(20)",
            "both": "set('a','b','c')",
            "sqlite": "varchar(20)",
        },
        "text",
        Value("a,c", "a,c"),
        Value("none", ""),
    ),
    moment(
        "d40d",
        "a point of a map",
        OWN,
        {"postgresql": "text", "both": "point", "sqlite": "text"},
        "exact",
        Value("(1 2)", SQL("ST_GeomFromText('POINT(1 2)')"), BOTH),
    ),
)
