"""A table with a column of every kind, in the words of every engine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from dashboard.transfer.backends import connect
from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ColumnKind, ColumnType
from dashboard.transfer.compare import Comparison, compare
from dashboard.transfer.plan import PlanColumn, TablePlan
from tests.opening import database_of
from tests.project import Servers
from tests.servers import ByEngine, fresh_name, real, vendor_of

Values = dict[str, Any]
Types = dict[str, str]


# What Django's fields are on MySQL itself, by what they are on MariaDB.
MYSQL_ITSELF = {"uuid": "char(32)", "inet4": "char(39)", "inet6": "char(39)"}


def types(
    postgresql: str, mysql: str = "", sqlite: str = "", *, itself: str = ""
) -> Types:
    """The words of the engines; `itself` is MySQL's where MariaDB's is another."""
    mysql = mysql or postgresql
    itself = itself or MYSQL_ITSELF.get(mysql, mysql)
    return ByEngine(
        postgresql=postgresql, mariadb=mysql, mysql=itself, sqlite=sqlite or mysql
    )


@dataclass(frozen=True)
class Field:
    name: str
    kind: ColumnKind
    types: Types


FIELDS = [
    Field("number", ColumnKind.INTEGER, types("bigint")),
    Field("flag", ColumnKind.BOOLEAN, types("boolean", "tinyint(1)", "bool")),
    Field(
        "price",
        ColumnKind.DECIMAL,
        types("numeric(13, 4)", "decimal(13, 4)", "decimal"),
    ),
    Field("size", ColumnKind.FLOAT, types("double precision", "double", "real")),
    Field("name", ColumnKind.TEXT, types("varchar(100)")),
    Field("body", ColumnKind.TEXT, types("text", "longtext", "text")),
    Field("image", ColumnKind.BINARY, types("bytea", "longblob", "blob")),
    Field("token", ColumnKind.UUID, types("uuid", "uuid", "char(32)")),
    Field("code", ColumnKind.UUID, types("varchar(36)", "char(32)")),
    Field(
        "moment", ColumnKind.TIMESTAMP, types("timestamptz", "datetime(6)", "datetime")
    ),
    Field("day", ColumnKind.DATE, types("date")),
    Field("clock", ColumnKind.TIME, types("time", "time(6)", "time")),
    Field("pause", ColumnKind.DURATION, types("interval", "bigint")),
    Field(
        "document", ColumnKind.JSON, types("jsonb", "longtext", "text", itself="json")
    ),
    Field("address", ColumnKind.ADDRESS, types("inet", "char(39)")),
]
FIELD = {field.name: field for field in FIELDS}

LONG = "Straße 🚲 " * 300

ROWS: list[Values] = [
    {
        "id": 1,
        "number": 9_223_372_036_854_775_807,
        "flag": True,
        "price": "123456789.1230",
        "size": 0.1,
        "name": "bob",
        "body": "",
        "image": bytes(range(256)),
        "token": "00112233-4455-6677-8899-aabbccddeeff",
        "code": "00112233-4455-6677-8899-aabbccddeeff",
        "moment": "2024-02-29 23:59:59.999999",
        "day": "2024-02-29",
        "clock": "23:59:59.000001",
        "pause": 86_400_000_001,
        "document": '{"b": [1, 1.50, null], "a": "\\u00e9"}',
        "address": "192.168.0.1",
    },
    {
        "id": 2,
        "number": -9_223_372_036_854_775_808,
        "flag": False,
        "price": "-0.0001",
        "size": -1.5e-300,
        "name": " trailing ",
        "body": LONG,
        "image": b"",
        "token": "ffffffff-ffff-4fff-bfff-ffffffffffff",
        "code": "ffffffff-ffff-4fff-bfff-ffffffffffff",
        "moment": "1970-01-01 00:00:00",
        "day": "0999-01-01",
        "clock": "00:00:00",
        "pause": -1,
        "document": "null",
        "address": "2001:db8::1",
    },
    {"id": 3},
    {
        "id": -4,
        "number": 0,
        "flag": False,
        "price": "0",
        "size": 0.0,
        "name": "",
        "body": "a,b!#5:é\\N\t\n\r'\"%s",
        "image": b"\x00" * 2000,
        "token": "01234567-89ab-4def-8123-456789abcdef",
        "code": "01234567-89ab-4def-8123-456789abcdef",
        "moment": "9999-12-31 23:59:59.100000",
        "day": "9999-12-31",
        "clock": "12:30:00.500000",
        "pause": 0,
        "document": "[]",
        "address": "::ffff:1.2.3.4",
    },
    {
        "id": 5,
        "number": 42,
        "flag": True,
        "price": "100.0000",
        "size": 1e22,
        "name": "n" * 100,
        "body": "e" * 1025,
        "image": b"\xff" * 1025,
        "token": "89abcdef-0123-4567-89ab-cdef01234567",
        "code": "89abcdef-0123-4567-89ab-cdef01234567",
        "moment": "2000-01-01 00:00:00.000001",
        "day": "2000-01-01",
        "clock": "01:02:03",
        "pause": 3_600_000_000,
        "document": '{"long": "%s"}' % ("x" * 2000),
        "address": "10.0.0.1",
    },
]


def stored(engine: str, field: Field, value: Any) -> Any:
    """Return what the driver of that engine is given to store a value."""
    if value is None or isinstance(value, bytes):
        return value
    match field.kind:
        case ColumnKind.BOOLEAN if engine != "postgresql":
            return int(value)
        case ColumnKind.UUID if field.types[engine] == "char(32)":
            return value.replace("-", "")
        case ColumnKind.TIMESTAMP if field.types[engine] == "timestamptz":
            return f"{value}+00"
        case ColumnKind.DURATION if field.types[engine] == "interval":
            return f"{value} microseconds"
        case ColumnKind.FLOAT if engine != "sqlite":
            # A bare -0.0 would be a decimal, which has no negative zero.
            return repr(value)
        case ColumnKind.DECIMAL if engine == "sqlite":
            return float(value)
    return value


@dataclass(eq=False)
class EngineDatabase:
    """A database of one test module, and the tables in it."""

    engine: str
    entry: dict[str, Any]
    zone: str = "UTC"
    sessions: list[Session] = field(default_factory=list)

    @property
    def vendor(self) -> str:
        return vendor_of(self.engine)

    def session(self, *, writing: bool = False) -> Session:
        database = database_of(self.entry, zone=self.zone)
        session = connect(
            database, fresh_name("label"), writing=writing, loading=writing
        )
        self.sessions.append(session)
        return session

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run a statement by the driver alone; %s is every vendor's placeholder.

        A percent sign that is one is doubled.
        """
        with closing(self._connection()) as connection:
            cursor = connection.cursor()
            if self.vendor == "sqlite":
                parts = sql.split("%%")
                sql = "%".join(part.replace("%s", "?") for part in parts)
            cursor.execute(sql, tuple(values))
            connection.commit()

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the driver alone reads."""
        with closing(self._connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def _connection(self) -> Any:
        if self.vendor == "sqlite":
            import sqlite3

            return sqlite3.connect(self.entry["NAME"])
        facts = {
            "host": self.entry["HOST"],
            "port": int(self.entry["PORT"]),
            "user": self.entry["USER"],
            "password": self.entry["PASSWORD"],
        }
        if self.vendor == "mysql":
            import MySQLdb

            # MySQL counts to a thousand, unless it may go on.
            facts["init_command"] = (
                "SET @unused = 0 /*!80003 , cte_max_recursion_depth = 10000000 */"
            )
            return MySQLdb.connect(db=self.entry["NAME"], charset="utf8mb4", **facts)
        import psycopg2

        return psycopg2.connect(dbname=self.entry["NAME"], **facts)

    def quote(self, name: str) -> str:
        mark = "`" if self.vendor == "mysql" else '"'
        escaped = name.replace(mark, mark * 2).replace("%", "%%")
        return f"{mark}{escaped}{mark}"

    def create(self, table: str, fields: Sequence[Field], key: str = "id") -> None:
        columns = ", ".join(
            f"{self.quote(f.name)} {f.types[self.engine]}"
            f"{' NOT NULL' if f.name == key else ' NULL'}"
            for f in fields
        )
        unique = f", PRIMARY KEY ({self.quote(key)})" if key else ""
        self.run(f"CREATE TABLE {self.quote(table)} ({columns}{unique})")

    def insert(self, table: str, fields: Sequence[Field], row: Values) -> None:
        given = [f for f in fields if f.name in row]
        names = ", ".join(self.quote(f.name) for f in given)
        placeholders = ", ".join(["%s"] * len(given))
        self.run(
            f"INSERT INTO {self.quote(table)} ({names}) VALUES ({placeholders})",
            [stored(self.engine, f, row[f.name]) for f in given],
        )

    def change(self, table: str, field: Field, key: int, value: Any) -> None:
        self.run(
            f"UPDATE {self.quote(table)} SET {self.quote(field.name)} = %s "
            "WHERE id = %s",
            [stored(self.engine, field, value), key],
        )

    def type_of(self, table: str, column: str) -> ColumnType:
        with self.session() as session:
            found = session.catalog.table(table)
            assert found
            real = found.column(column)
            assert real
            return real.type


DatabasePair = tuple[EngineDatabase, EngineDatabase]
"""Source and destination."""


class DatabasePairs:
    """Two databases of every engine, made when first asked for."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._made: dict[tuple[str, str], EngineDatabase] = {}

    def get(self, engine: str, role: str) -> EngineDatabase:
        engine = real(engine)
        if (engine, role) not in self._made:
            server = self._servers.server(engine)
            name = fresh_name(role)
            server.create_empty(name)
            self._made[(engine, role)] = EngineDatabase(engine, server.entry(name))
        return self._made[(engine, role)]

    def server(self, engine: str) -> Any:
        return self._servers.server(engine)

    def pair(self, source: str, destination: str) -> DatabasePair:
        return self.get(source, "old"), self.get(destination, "new")

    def close(self) -> None:
        for side in self._made.values():
            for session in side.sessions:
                session.close()
            self._servers.server(side.engine).drop(side.entry["NAME"].split("/")[-1])


ID = Field("id", ColumnKind.INTEGER, types("integer", "int", "integer"))


def make_plan(
    pair: DatabasePair,
    table: str,
    fields: Sequence[Field],
    key: tuple[str, ...] = ("id",),
    zone: str = "UTC",
) -> TablePlan:
    return TablePlan(
        model="app.Model",
        table=table,
        columns=tuple(
            PlanColumn(
                f.name,
                f.kind,
                nullable=f.name not in key,
                source=pair[0].type_of(table, f.name),
                destination=pair[1].type_of(table, f.name),
            )
            for f in fields
        ),
        key=key,
        zone=zone,
    )


def compared(
    pair: DatabasePair, plan: TablePlan, *arguments: Any, **options: Any
) -> Comparison:
    with pair[0].session() as source, pair[1].session() as destination:
        return compare(source, destination, plan, *arguments, **options)
