"""Two databases compared by their catalogues alone: no model, none of the product.

What a column holds follows from its types on both sides, the more telling one first.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests import oracle
from tests.oracle.readers import (
    Entry,
    MySQLReader,
    PostgreSQLReader,
    Reader,
    SQLiteReader,
)

EXAMPLES = 3
MICROSECOND = timedelta(microseconds=1)
# The console's own, and what belongs to one database alone.
OWN = ("migration_console_", "sqlite_")
ONE_DATABASES_OWN = {"django_migrations", "django_session"}

TYPES = {
    PostgreSQLReader: """
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped""",
    MySQLReader: """
        SELECT column_name, column_type FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = %s""",
}


def types(reader: Reader, table: str) -> dict[str, str]:
    """Every column, also generated ones, with its type in lower case."""
    if isinstance(reader, SQLiteReader):
        rows = reader.query(f"PRAGMA table_xinfo({reader.quoted(table)})")
        pairs = [(row[1], row[2]) for row in rows if row[6] != 1]
    else:
        postgresql = isinstance(reader, PostgreSQLReader)
        named = reader.quoted(table) if postgresql else table
        pairs = reader.query(TYPES[type(reader)], (named,))
    return {name: str(kind).lower() for name, kind in pairs}


def _base(kind: str) -> str:
    """bigint of "bigint(20) unsigned", timestamp of "timestamp with time zone"."""
    return kind.split("(")[0].split(" unsigned")[0].strip()


def _first(kind: str) -> str:
    return _base(kind).split(" ")[0]


# One form for each kind of value


def _uuid(value: Any) -> Any:
    return str(value).replace("-", "").lower()


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    return _tagged(json.loads(value, parse_float=Decimal, parse_int=Decimal))


def _tagged(value: Any) -> Any:
    match value:
        case dict():
            return (
                "object",
                tuple((key, _tagged(value[key])) for key in sorted(value)),
            )
        case list():
            return ("list", tuple(map(_tagged, value)))
        case Decimal():
            return ("number", _decimal(value))
    return (type(value).__name__, value)


def _decimal(value: Any) -> Any:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.normalize() if number else Decimal(0)


def _float(value: Any) -> Any:
    return float(value).hex()


def _boolean(value: Any) -> Any:
    return bool(value) if value in (0, 1) else ("not a boolean", value)


def _span(value: Any) -> Any:
    return value // MICROSECOND if isinstance(value, timedelta) else int(value)


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC)


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _time(value: Any) -> Any:
    if isinstance(value, timedelta):
        return (datetime(2000, 1, 1) + value).time()
    return time.fromisoformat(value) if isinstance(value, str) else value


def _bytes(value: Any) -> Any:
    return ("text", value) if isinstance(value, str) else bytes(value)


def _address(value: Any) -> Any:
    return str(ipaddress.ip_address(str(value)))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, int) else ("not whole", value)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


FORMS: dict[str, Callable[[Any], Any]] = {
    "uuid": _uuid,
    "jsonb": _json,
    "json": _json,
    "boolean": _boolean,
    "bool": _boolean,
    "interval": _span,
    "inet": _address,
    "timestamp": _instant,
    "datetime": _instant,
    "date": _date,
    "time": _time,
    "numeric": _decimal,
    "decimal": _decimal,
    "double": _float,
    "real": _float,
    "bytea": _bytes,
    "longblob": _bytes,
    "blob": _bytes,
    **dict.fromkeys(
        ["bigint", "integer", "int", "smallint", "tinyint", "mediumint"], _whole
    ),
}
"""By the first word of a type, the most telling first."""


def form(one: str, other: str) -> Callable[[Any], Any]:
    """How values of a column with these two types are brought into one form."""
    if one == other == "tinyint(1)":
        return _boolean
    for word, made in FORMS.items():
        if word in (_first(one), _first(other)):
            return made
    return _text


# Reading


def rows(
    reader: Reader, table: str, kinds: dict[str, tuple[str, str]]
) -> Iterator[tuple[Any, ...]]:
    """Every row in one form; ``kinds`` has the type here first, then the other's."""
    forms = [form(*pair) for pair in kinds.values()]
    names = [_selected(reader, name, pair[0]) for name, pair in kinds.items()]
    for row in reader.stream(f"SELECT {', '.join(names)} FROM {reader.quoted(table)}"):
        yield tuple(
            None if value is None else make(value)
            for make, value in zip(forms, row, strict=True)
        )


def _selected(reader: Reader, name: str, kind: str) -> str:
    quoted = reader.quoted(name)
    if isinstance(reader, PostgreSQLReader):
        # The driver has rules of its own for documents, arrays and ranges.
        plain = _first(kind) in FORMS and not kind.endswith("]")
        return quoted if plain and "json" not in kind else f"{quoted}::text"
    return quoted


def tables(reader: Reader) -> set[str]:
    return {
        table
        for table in reader.all_tables()
        if not table.startswith(OWN) and table not in ONE_DATABASES_OWN
    }


def _digest(row: tuple[Any, ...]) -> bytes:
    text = repr(row).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


@contextmanager
def _both(left: Entry, right: Entry) -> Iterator[tuple[Reader, Reader]]:
    with oracle.reading(left) as one, oracle.reading(right) as other:
        yield one, other


def differences(left: Entry, right: Entry) -> dict[str, str]:
    """Every table that both have and that does not hold the same, with the rows."""
    found = {}
    with _both(left, right) as (one, other):
        for table in sorted(tables(one) & tables(other)):
            if said := _table_difference(one, other, table):
                found[table] = said
    return found


def only_on_one_side(left: Entry, right: Entry) -> tuple[set[str], set[str]]:
    with _both(left, right) as (one, other):
        here, there = tables(one), tables(other)
    return here - there, there - here


def _table_difference(one: Reader, other: Reader, table: str) -> str:
    here, there = types(one, table), types(other, table)
    if set(here) != set(there):
        apart = sorted(set(here) ^ set(there))
        return f"columns on one side only: {apart}"
    names = sorted(here)
    left_kinds = {name: (here[name], there[name]) for name in names}
    right_kinds = {name: (there[name], here[name]) for name in names}
    left = Counter(map(_digest, rows(one, table, left_kinds)))
    right = Counter(map(_digest, rows(other, table, right_kinds)))
    if left == right:
        return ""
    lines = [f"{sum(left.values())} and {sum(right.values())} rows"]
    for side, reader, kinds, wanted in (
        ("left", one, left_kinds, left - right),
        ("right", other, right_kinds, right - left),
    ):
        lines += [
            f"  only {side}: {dict(zip(names, row, strict=True))}"
            for row in _examples(reader, table, kinds, wanted)
        ]
    return "\n".join(lines)


def _examples(
    reader: Reader,
    table: str,
    kinds: dict[str, tuple[str, str]],
    wanted: Counter[bytes],
) -> list[tuple[Any, ...]]:
    found = (row for row in rows(reader, table, kinds) if _digest(row) in wanted)
    return [row for row, _ in zip(found, range(EXAMPLES), strict=False)]


def content_types(entry: Entry) -> set[tuple[int, str, str]]:
    """The number that every model has in this database."""
    with oracle.reading(entry) as reader:
        sql = "SELECT id, app_label, model FROM django_content_type"
        return set(map(tuple, reader.query(sql)))


def table_names(entry: Entry) -> set[str]:
    """Every table but the console's own and the engine's."""
    with oracle.reading(entry) as reader:
        return {name for name in reader.all_tables() if not name.startswith(OWN)}


def contents(entry: Entry) -> dict[str, tuple[int, str]]:
    """Rows and a sum of every table but the console's own, to see what changed."""
    found = {}
    with oracle.reading(entry) as reader:
        for table in reader.all_tables():
            if table.startswith(OWN):
                continue
            own = {name: (kind, kind) for name, kind in types(reader, table).items()}
            digests = sorted(map(_raw_digest, rows(reader, table, own)))
            total = hashlib.blake2b(b"".join(digests), digest_size=16).hexdigest()
            found[table] = (len(digests), total)
    return found


def _raw_digest(row: tuple[Any, ...]) -> bytes:
    return _digest(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row))
