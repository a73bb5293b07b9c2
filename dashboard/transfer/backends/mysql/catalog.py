"""What a MySQL or MariaDB database holds, from information_schema."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ...columns import Column, ColumnKind, ColumnType, ForeignKey, Table
from ...relations import Relation, RelationKind
from ..base import Size
from ..sql import SQLCatalog

if TYPE_CHECKING:
    from .session import MySQLSession

KINDS = {
    "tinyint": ColumnKind.INTEGER,
    "smallint": ColumnKind.INTEGER,
    "mediumint": ColumnKind.INTEGER,
    "int": ColumnKind.INTEGER,
    "bigint": ColumnKind.INTEGER,
    "year": ColumnKind.INTEGER,
    "bit": ColumnKind.BOOLEAN,
    "decimal": ColumnKind.DECIMAL,
    "float": ColumnKind.FLOAT,
    "double": ColumnKind.FLOAT,
    "char": ColumnKind.TEXT,
    "varchar": ColumnKind.TEXT,
    "tinytext": ColumnKind.TEXT,
    "text": ColumnKind.TEXT,
    "mediumtext": ColumnKind.TEXT,
    "longtext": ColumnKind.TEXT,
    "enum": ColumnKind.TEXT,
    "set": ColumnKind.TEXT,
    "binary": ColumnKind.BINARY,
    "varbinary": ColumnKind.BINARY,
    "tinyblob": ColumnKind.BINARY,
    "blob": ColumnKind.BINARY,
    "mediumblob": ColumnKind.BINARY,
    "longblob": ColumnKind.BINARY,
    "uuid": ColumnKind.UUID,
    "datetime": ColumnKind.TIMESTAMP,
    "timestamp": ColumnKind.TIMESTAMP,
    "date": ColumnKind.DATE,
    "time": ColumnKind.TIME,
    "json": ColumnKind.JSON,
    "inet6": ColumnKind.ADDRESS,
    "inet4": ColumnKind.ADDRESS,
}

TEXTS = {name for name, kind in KINDS.items() if kind is ColumnKind.TEXT}
OCTETS = {name for name, kind in KINDS.items() if kind is ColumnKind.BINARY}
INTEGERS = {name for name, kind in KINDS.items() if kind is ColumnKind.INTEGER}

# Kinds that a column of another natural kind may hold as the same text.
ALSO = {
    ColumnKind.INTEGER: {"bit"},
    ColumnKind.TEXT: OCTETS,
    ColumnKind.UUID: {*TEXTS, "binary", "varbinary"},
    ColumnKind.ADDRESS: TEXTS,
    ColumnKind.JSON: TEXTS,
    ColumnKind.BOOLEAN: INTEGERS,
    ColumnKind.DURATION: {"bigint"},
    ColumnKind.DECIMAL: {*INTEGERS, "float", "double"},
}

COLUMNS = """
    SELECT column_name, data_type, is_nullable, character_maximum_length,
           numeric_precision, numeric_scale, datetime_precision,
           coalesce(collation_name, ''), extra, column_default,
           coalesce(generation_expression, ''), column_type
    FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s
    ORDER BY ordinal_position
"""

INDEXES = """
    SELECT index_name, column_name, coalesce(sub_part, 0)
    FROM information_schema.statistics
    WHERE table_schema = %s AND table_name = %s AND non_unique = 0
    ORDER BY index_name, seq_in_index
"""

FOREIGN_KEYS = """
    SELECT constraint_name, table_name, column_name,
           referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE()
    ORDER BY table_name, constraint_name, ordinal_position
"""

TABLE = """
    SELECT table_name, table_type, coalesce(engine, ''), coalesce(table_rows, 0),
           coalesce(data_length, 0)
    FROM information_schema.tables
    WHERE table_schema = %s AND table_name = %s
      -- Neither accounts nor anything else of the server's own.
      AND table_schema NOT IN
          ('mysql', 'sys', 'information_schema', 'performance_schema')
"""

TABLES = """
    SELECT table_name, table_type, coalesce(table_rows, 0), coalesce(data_length, 0)
    FROM information_schema.tables WHERE table_schema = DATABASE()
    ORDER BY table_name
"""

TRIGGERS = """
    SELECT trigger_name FROM information_schema.triggers
    WHERE event_object_schema = DATABASE() AND event_object_table = %s
      AND event_manipulation = 'INSERT'
    ORDER BY trigger_name
"""

# Types whose values equal their own text. A float does not (manual, "Problems
# with Floating-Point Values"), and of others nobody knows.
DIVIDING = {*KINDS, "set", "year"} - {"float", "double", "json"}

TRANSACTIONAL = {"innodb", "rocksdb"}


class Catalog(SQLCatalog):
    """Reads information_schema."""

    KINDS = KINDS
    ALSO = ALSO
    folds_columns = True
    _session: MySQLSession

    def table(self, name: str) -> Table | None:
        found = self._found(name)
        if found is None:
            return None
        real_name, relation, engine, _, _ = found
        schema, _ = self._session.schema_and_name(name)
        if schema:
            real_name = f"{schema}{self._session.separator}{real_name}"
        uniques = self._uniques(real_name)
        rows = self._session.query(COLUMNS, self._session.place(real_name))
        return Table(
            name=real_name,
            columns=tuple(_column(*row) for row in rows),
            key=uniques.get("PRIMARY", ()),
            uniques=tuple(uniques.values()),
            transactional=engine.lower() in TRANSACTIONAL,
            is_view="VIEW" in relation,
        )

    def _found(self, name: str) -> tuple[Any, ...] | None:
        """Return the row of TABLE of what the server finds under a name.

        Its catalogue compares names as its collation does, whatever the server
        does with them.
        """
        schema, wanted = self._session.place(name)
        rows = self._session.query(TABLE, (schema, wanted))
        if self._session.folds_names:
            rows = [row for row in rows if row[0].lower() == wanted.lower()]
        else:
            rows = [row for row in rows if row[0] == wanted]
        return rows[0] if rows else None

    def relations(self) -> list[Relation]:
        return [
            Relation(
                name,
                RelationKind.VIEW if "VIEW" in relation else RelationKind.TABLE,
                int(rows),
                int(size),
            )
            for name, relation, rows, size in self._session.query(TABLES)
            if relation != "SEQUENCE"
        ]

    def _uniques(self, name: str) -> dict[str, tuple[str, ...]]:
        columns: dict[str, list[str]] = defaultdict(list)
        partial = set()
        for index, column, prefix in self._session.query(
            INDEXES, self._session.place(name)
        ):
            # An expression has no column; a prefix is not the whole value.
            if column is None or prefix:
                partial.add(index)
            columns[index].append(column)
        return {
            index: tuple(names)
            for index, names in columns.items()
            if index not in partial
        }

    def triggers(self, table: str) -> list[str]:
        return [str(name) for (name,) in self._session.query(TRIGGERS, (table,))]

    def divides(self, column_type: ColumnType) -> bool:
        return column_type.name in DIVIDING

    def foreign_keys(self) -> list[ForeignKey]:
        found: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for name, table, column, to_table, to_column in self._session.query(
            FOREIGN_KEYS
        ):
            found[(table, name)].append((column, to_table, to_column))
        return [
            ForeignKey(
                name,
                table,
                tuple(part[0] for part in parts),
                parts[0][1],
                tuple(part[2] for part in parts),
            )
            for (table, name), parts in found.items()
        ]

    def size(self, name: str, exact_below: int = 100_000) -> Size:
        found = self._found(name)
        assert found is not None  # asked for only where it is there
        rows, size = int(found[3]), found[4]
        if rows < exact_below:
            return Size(self.count(name), True, int(size))
        return Size(rows, False, int(size))


def _column(
    name: str,
    type_name: str,
    nullable: str,
    length: int | None,
    precision: int | None,
    scale: int | None,
    fraction: int | None,
    collation: str,
    extra: str,
    default: str | None,
    expression: str,
    declared: str,
) -> Column:
    type_name = type_name.lower()
    return Column(
        name=name,
        type=ColumnType(
            type_name,
            length=None if length is None else int(length),
            precision=None if precision is None else int(precision),
            scale=_number(fraction if scale is None else scale),
            collation=collation,
            instant=type_name == "timestamp",
            zerofill=declared.endswith("zerofill"),
        ),
        nullable=nullable == "YES",
        generated=bool(expression),
        automatic="auto_increment" in extra.lower(),
        has_default=default is not None,
        declared=declared,
    )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
