"""An independent judge: two databases, every value of every row, and the schema.

It shares no code with the product. It reads with the raw drivers and brings each
value into one Python form by its own rules; only which kind a column is comes
from the models.
"""

from __future__ import annotations

import ipaddress
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import MySQLdb
import MySQLdb.cursors
import psycopg2
from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, models, transaction

Entry = Mapping[str, Any]
LEFT_OUT = ("django_migrations", "django_session")
LEFT_OUT_PREFIXES = ("migration_console_", "sqlite_")
EXAMPLES = 3


def differences(left: Entry, right: Entry) -> list[str]:
    """Sentences about every table that is not the same on both sides."""
    with reading(left) as one, reading(right) as other:
        tables, others = set(one.tables()), set(other.tables())
        found = [f"{table}: only on the left" for table in sorted(tables - others)]
        found += [f"{table}: only on the right" for table in sorted(others - tables)]
        for table in sorted(tables & others):
            found += _table_differences(one, other, table)
    return found


def row_counts(entry: Entry) -> dict[str, int]:
    with reading(entry) as reader:
        return {table: reader.count(table) for table in reader.tables()}


def _table_differences(one: Reader, other: Reader, table: str) -> list[str]:
    columns = one.columns(table)
    if sorted(columns) != sorted(other.columns(table)):
        return [f"{table}: columns {columns} and {other.columns(table)}"]
    columns = sorted(columns)
    left = Counter(map(_digest, one.rows(table, columns)))
    right = Counter(map(_digest, other.rows(table, columns)))
    if left == right:
        return []
    only_left, only_right = left - right, right - left
    sentence = (
        f"{table}: {sum(left.values())} and {sum(right.values())} rows,"
        f" {sum(only_left.values())} only on the left,"
        f" {sum(only_right.values())} only on the right"
    )
    examples = [
        *(f"  left  {row}" for row in _examples(one, table, columns, only_left)),
        *(f"  right {row}" for row in _examples(other, table, columns, only_right)),
    ]
    return ["\n".join([sentence, *examples])]


def _digest(row: tuple[Any, ...]) -> bytes:
    return blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _examples(
    reader: Reader, table: str, columns: list[str], wanted: Counter[bytes]
) -> Iterator[str]:
    found = 0
    for row in reader.rows(table, columns):
        if found < EXAMPLES and _digest(row) in wanted:
            found += 1
            yield repr(dict(zip(columns, row, strict=True)))[:2000]


# One form for each kind of value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, int) else ("not a whole number", value)


def _boolean(value: Any) -> Any:
    return bool(value) if value in (0, 1) else ("not a boolean", value)


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else ("not a text", value)


def _decimal(value: Any) -> Any:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.normalize() if number else Decimal(0)


def _float(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else ("not a float", value)


def _date(value: Any) -> Any:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime) or not isinstance(value, date):
        return ("not a date", value)
    return value


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC)


def _time(value: Any) -> Any:
    if isinstance(value, timedelta):
        value = (datetime(2000, 1, 1) + value).time()
    if isinstance(value, str):
        value = time.fromisoformat(value)
    return value


def _duration(value: Any) -> Any:
    return value if isinstance(value, timedelta) else timedelta(microseconds=value)


def _uuid(value: Any) -> Any:
    return str(value).replace("-", "").lower()


def _bytes(value: Any) -> Any:
    return ("not bytes", value) if isinstance(value, str) else bytes(value)


def _address(value: Any) -> Any:
    return str(ipaddress.ip_address(str(value)))


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    return _tagged(json.loads(value, parse_float=Decimal, parse_int=Decimal))


def _tagged(value: Any) -> Any:
    match value:
        case dict():
            return ("object", tuple((k, _tagged(value[k])) for k in sorted(value)))
        case list():
            return ("list", tuple(_tagged(one) for one in value))
        case bool():
            return ("boolean", value)
        case Decimal():
            return ("number", _decimal(value))
        case None:
            return ("null",)
    return ("text", value)


FORMS: dict[str, Callable[[Any], Any]] = {
    "BinaryField": _bytes,
    "BooleanField": _boolean,
    "DateField": _date,
    "DateTimeField": _instant,
    "DecimalField": _decimal,
    "DurationField": _duration,
    "FloatField": _float,
    "GenericIPAddressField": _address,
    "JSONField": _json,
    "TimeField": _time,
    "UUIDField": _uuid,
    **dict.fromkeys(
        ["CharField", "FileField", "FilePathField", "SlugField", "TextField"], _text
    ),
    **dict.fromkeys(
        [
            "AutoField",
            "BigAutoField",
            "BigIntegerField",
            "IntegerField",
            "PositiveBigIntegerField",
            "PositiveIntegerField",
            "PositiveSmallIntegerField",
            "SmallAutoField",
            "SmallIntegerField",
        ],
        _whole,
    ),
}


def kinds(table: str) -> dict[str, str]:
    """The kind of each column, as the models have it."""
    found: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            for field in model._meta.local_concrete_fields:
                found[field.column] = _kind(field)
    return found


def _kind(field: Any) -> str:
    if isinstance(field, models.ForeignKey):
        return _kind(field.target_field)
    if isinstance(field, models.GeneratedField):
        return _kind(field.output_field)
    return str(field.get_internal_type())


# Reading with the drivers


class Reader:
    quote = '"'

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
            return list(cursor.fetchall())

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with closing(self.streaming_cursor()) as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(5000):
                yield from rows

    def streaming_cursor(self) -> Any:
        return self.connection.cursor()

    def all_tables(self) -> list[str]:
        raise NotImplementedError

    def columns(self, table: str) -> list[str]:
        raise NotImplementedError

    def tables(self) -> list[str]:
        return [
            table
            for table in self.all_tables()
            if table not in LEFT_OUT and not table.startswith(LEFT_OUT_PREFIXES)
        ]

    def quoted(self, name: str) -> str:
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def column_sql(self, column: str, kind: str) -> str:
        return self.quoted(column)

    def count(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {self.quoted(table)}")[0][0])

    def rows(self, table: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
        known = kinds(table)
        forms = [FORMS[known[name]] if name in known else repr for name in columns]
        names = [self.column_sql(name, known.get(name, "")) for name in columns]
        sql = f"SELECT {', '.join(names)} FROM {self.quoted(table)}"
        for row in self.stream(sql):
            yield tuple(
                None if value is None else form(value)
                for form, value in zip(forms, row, strict=True)
            )


class PostgreSQLReader(Reader):
    def streaming_cursor(self) -> Any:
        return self.connection.cursor("oracle")

    def column_sql(self, column: str, kind: str) -> str:
        # The driver would parse JSON by its own rules.
        cast = "::text" if kind == "JSONField" else ""
        return self.quoted(column) + cast

    def all_tables(self) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        ]

    def columns(self, table: str) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s",
                (table,),
            )
        ]


class MySQLReader(Reader):
    quote = "`"

    def streaming_cursor(self) -> Any:
        return self.connection.cursor(MySQLdb.cursors.SSCursor)

    def all_tables(self) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            )
        ]

    def columns(self, table: str) -> list[str]:
        return [
            row[0]
            for row in self.query(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = DATABASE() AND table_name = %s",
                (table,),
            )
        ]


class SQLiteReader(Reader):
    def all_tables(self) -> list[str]:
        return [
            row[0]
            for row in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]

    def columns(self, table: str) -> list[str]:
        # The extended form lists generated columns too; 1 is hidden for good.
        return [
            row[1]
            for row in self.query(f"PRAGMA table_xinfo({self.quoted(table)})")
            if row[6] != 1
        ]


@contextmanager
def reading(entry: Entry) -> Iterator[Any]:
    connection, reader = _connect(entry)
    with closing(connection):
        yield reader(connection)


def _connect(entry: Entry) -> tuple[Any, type[Reader]]:
    engine = entry["ENGINE"].rsplit(".", 1)[1]
    if engine == "sqlite3":
        return sqlite3.connect(f"file:{entry['NAME']}?mode=ro", uri=True), SQLiteReader
    facts = {
        "host": entry["HOST"],
        "port": int(entry["PORT"]),
        "user": entry["USER"],
        "password": entry["PASSWORD"],
    }
    if engine == "postgresql":
        return (
            psycopg2.connect(
                **facts,
                dbname=entry["NAME"],
                options="-c timezone=UTC -c datestyle=ISO",
            ),
            PostgreSQLReader,
        )
    connection = MySQLdb.connect(
        **facts,
        database=entry["NAME"],
        charset="utf8mb4",
        init_command="SET time_zone = '+00:00'",
    )
    if "MariaDB" not in connection.get_server_info():
        # MySQL remembers numbers of the catalogue for a day.
        connection.query("SET SESSION information_schema_stats_expiry = 0")
    return connection, MySQLReader


# The schema

POSTGRESQL_SCHEMA = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
               a.attgenerated, a.attcollation::regcollation::text, a.attstattarget
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
          AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype::text,
               pg_get_constraintdef(oid), convalidated, condeferrable, condeferred
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": """
        SELECT i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid,
               i.indisready, i.indisunique, i.indisprimary, i.indisclustered,
               i.indisreplident, c.reloptions::text, c.reltablespace::text,
               obj_description(c.oid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace""",
    "triggers": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled::text
        FROM pg_trigger WHERE NOT tgisinternal""",
    # Those behind foreign keys: a switched-off one would be silent.
    "internal triggers": """
        SELECT tgrelid::regclass::text, tgenabled::text, count(*)
        FROM pg_trigger WHERE tgisinternal GROUP BY 1, 2""",
    "relations": """
        SELECT relname, relkind::text, relpersistence::text, relreplident::text,
               relrowsecurity, reloptions::text, relacl::text, relowner::regrole::text,
               relhastriggers
        FROM pg_class WHERE relnamespace = 'public'::regnamespace""",
    "sequences": """
        SELECT sequencename, start_value, min_value, max_value, increment_by, cycle,
               cache_size, data_type::text FROM pg_sequences
        WHERE schemaname = 'public'""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace""",
    "schemas": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)'",
}
MYSQL_SCHEMA = {
    "columns": """
        SELECT table_name, column_name, ordinal_position, column_default, is_nullable,
               column_type, collation_name, extra, generation_expression, column_comment
        FROM information_schema.columns WHERE table_schema = DATABASE()""",
    "constraints": """
        SELECT table_name, constraint_name, constraint_type
        FROM information_schema.table_constraints WHERE table_schema = DATABASE()""",
    "foreign keys": """
        SELECT table_name, constraint_name, referenced_table_name, update_rule,
               delete_rule, unique_constraint_name
        FROM information_schema.referential_constraints
        WHERE constraint_schema = DATABASE()""",
    "key columns": """
        SELECT table_name, constraint_name, column_name, ordinal_position,
               referenced_table_name, referenced_column_name
        FROM information_schema.key_column_usage WHERE table_schema = DATABASE()""",
    "checks": """
        SELECT constraint_name, check_clause FROM information_schema.check_constraints
        WHERE constraint_schema = DATABASE()""",
    "indexes": """
        SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part,
               collation, index_type, index_comment
        FROM information_schema.statistics WHERE table_schema = DATABASE()""",
    "triggers": """
        SELECT trigger_name, event_manipulation, event_object_table, action_timing,
               action_statement
        FROM information_schema.triggers WHERE trigger_schema = DATABASE()""",
    "relations": """
        SELECT table_name, table_type, engine, row_format, table_collation,
               create_options, table_comment
        FROM information_schema.tables WHERE table_schema = DATABASE()""",
    "routines": """
        SELECT routine_name, routine_type, routine_definition
        FROM information_schema.routines WHERE routine_schema = DATABASE()""",
}
SQLITE_SCHEMA = {
    "all": """
        SELECT type, name, tbl_name, sql FROM sqlite_master
        WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           OR name LIKE 'sqlite\\_autoindex%' ESCAPE '\\'""",
}
SCHEMAS = {
    PostgreSQLReader: POSTGRESQL_SCHEMA,
    MySQLReader: MYSQL_SCHEMA,
    SQLiteReader: SQLITE_SCHEMA,
}


def schema_snapshot(entry: Entry) -> dict[str, set[Any]]:
    """What the schema is made of, as sets: equal before and after a run."""
    with reading(entry) as reader:
        return {
            part: set(reader.query(sql)) for part, sql in SCHEMAS[type(reader)].items()
        }


def schema_differences(
    before: Mapping[str, set[Any]], after: Mapping[str, set[Any]]
) -> list[str]:
    found = []
    for part in before:
        found += [f"{part}: gone: {one}" for one in before[part] - after[part]]
        found += [f"{part}: new: {one}" for one in after[part] - before[part]]
    return sorted(found)


# Sequences


def high_water_marks(entry: Entry) -> dict[str, int]:
    """The largest key that each table has ever given out, where that is known."""
    with reading(entry) as reader:
        match reader:
            case SQLiteReader():
                rows = reader.query("SELECT name, seq FROM sqlite_sequence")
            case MySQLReader():
                rows = reader.query(
                    "SELECT table_name, auto_increment - 1"
                    " FROM information_schema.tables"
                    " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
                )
            case _:
                rows = _postgresql_marks(reader)
    return {
        table: int(mark)
        for table, mark in rows
        if table not in LEFT_OUT and not table.startswith(LEFT_OUT_PREFIXES)
    }


def _postgresql_marks(reader: Reader) -> list[tuple[str, int]]:
    return reader.query(
        "SELECT c.relname, coalesce(s.last_value, 0) FROM pg_depend d"
        " JOIN pg_class c ON c.oid = d.refobjid"
        " JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S'"
        " JOIN pg_sequences s ON s.sequencename = q.relname"
        "  AND s.schemaname = 'public'"
        " WHERE d.deptype IN ('a', 'i') AND d.refobjsubid > 0"
    )


class _Undo(Exception):
    pass


def new_object_problems(using: str) -> list[str]:
    """Insert a row with a new key into every table that makes keys; undo it."""
    problems = []
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.proxy or options.db_table.startswith(LEFT_OUT_PREFIXES):
            continue
        if _makes_keys(model) and options.db_table not in LEFT_OUT:
            problems += _new_object_problem(model, using)
    return problems


def _makes_keys(model: type[models.Model]) -> bool:
    first = next(iter(model._meta.get_parent_list()), model)
    return isinstance(first._meta.pk, models.AutoField)


def _new_object_problem(model: type[models.Model], using: str) -> list[str]:
    objects = model._base_manager.using(using)
    last = objects.order_by("pk").last()
    if last is None:
        return []
    largest = last.pk
    try:
        with transaction.atomic(using=using):
            _insert_like(model, last, using)
            if last.pk <= largest:
                return [f"{model._meta.label}: the new key {last.pk} is too small"]
            raise _Undo
    except _Undo:
        return []
    except Exception as error:
        return [f"{model._meta.label}: {error!r}"]


def _insert_like(model: type[models.Model], last: models.Model, using: str) -> None:
    """Make a copy of the row with a new key and other unique values."""
    if model._meta.auto_created or model._meta.label == "bookshop.Contribution":
        # A pair that is there once; nothing refers to it.
        model._base_manager.using(using).filter(pk=last.pk).delete()
    unique_together = {name for names in model._meta.unique_together for name in names}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.AutoField) or field.remote_field:
            if isinstance(field, models.OneToOneField) and field.null:
                setattr(last, field.attname, None)
        elif field.unique or field.name in unique_together:
            setattr(last, field.attname, "probe")
    last.pk = last.id = None  # type: ignore[attr-defined]
    last._state.adding = True
    last.save(using=using, force_insert=True)


def move_sequences(using: str, model: type[models.Model]) -> None:
    """Set the model's sequence behind its rows, for tests that insert keys."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)
