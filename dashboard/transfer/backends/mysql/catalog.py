"""What a MySQL or MariaDB database holds, from information_schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...columns import Column, ColumnKind, ColumnType, ForeignKey, Table
from ...relations import Relation, RelationKind
from ..catalog import Size
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
    SELECT table_name, column_name, data_type, is_nullable, character_maximum_length,
           numeric_precision, numeric_scale, datetime_precision,
           coalesce(collation_name, ''), extra, column_default,
           coalesce(generation_expression, ''), column_type
    FROM information_schema.columns
    WHERE table_schema = %s AND table_name IN ({names})
    ORDER BY table_name, ordinal_position
"""

INDEXES = """
    SELECT table_name, index_name, column_name, coalesce(sub_part, 0)
    FROM information_schema.statistics
    WHERE table_schema = %s AND table_name IN ({names}) AND non_unique = 0
    ORDER BY table_name, index_name, seq_in_index
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
    WHERE table_schema = %s AND table_name IN ({names})
      -- Neither accounts nor anything else of the server's own.
      AND table_schema NOT IN
          ('mysql', 'sys', 'information_schema', 'performance_schema')
"""

TABLES = """
    SELECT table_name, table_type, coalesce(table_rows, 0), coalesce(data_length, 0)
    FROM information_schema.tables WHERE table_schema = DATABASE()
    ORDER BY table_name
"""

# From MariaDB 12.0 on a trigger has several events, with commas between them.
TRIGGERS = """
    SELECT event_object_table, trigger_name FROM information_schema.triggers
    WHERE event_object_schema = %s AND event_object_table IN ({names})
      AND FIND_IN_SET('INSERT', event_manipulation)
    ORDER BY trigger_name
"""

# Types whose values equal their own text. A float does not (manual, "Problems
# with Floating-Point Values"), and of others nobody knows.
DIVIDING = {*KINDS, "set", "year"} - {"float", "double", "json"}

TRANSACTIONAL = {"innodb", "rocksdb"}

# Tables that are asked about in one statement.
AT_ONCE = 1_000

Rows = list[tuple[Any, ...]]

# Their octets begin with a number that MySQL's loader takes for no text of any set.
SHAPES = {"geometry", "point", "linestring", "polygon", "multipoint"}
SHAPES |= {"multilinestring", "multipolygon", "geometrycollection", "geomcollection"}


class Catalog(SQLCatalog):
    """Reads information_schema."""

    KINDS = KINDS
    ALSO = ALSO
    folds_columns = True
    octet_types = SHAPES
    _session: MySQLSession

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        found: dict[str, Table] = {}
        for schema, wanted in self._by_schema(names).items():
            found |= self._tables(schema, wanted)
        return found

    def _by_schema(self, names: Iterable[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name in dict.fromkeys(names):
            found[self._session.place(name)[0]].append(name)
        return found

    def _tables(self, schema: str, wanted: Sequence[str]) -> dict[str, Table]:
        """Return what is found under these names of one schema."""
        rows = self._found(schema, wanted)
        if not rows:
            return {}
        names = list(dict.fromkeys(row[0] for row in rows.values()))
        columns = self._by_table(COLUMNS, schema, names)
        indexes = self._by_table(INDEXES, schema, names)
        return {
            name: self._table(name, row, columns, indexes) for name, row in rows.items()
        }

    def _table(
        self,
        asked: str,
        row: tuple[Any, ...],
        columns: dict[str, Rows],
        indexes: dict[str, Rows],
    ) -> Table:
        name, relation, engine, _, _ = row
        schema, _ = self._session.schema_and_name(asked)
        uniques = _uniques(indexes[self._folded(name)])
        return Table(
            name=f"{schema}{self._session.separator}{name}" if schema else name,
            columns=tuple(_column(*one) for one in columns[self._folded(name)]),
            key=uniques.get("PRIMARY", ()),
            uniques=tuple(uniques.values()),
            transactional=engine.lower() in TRANSACTIONAL,
            is_view="VIEW" in relation,
        )

    def _found(self, schema: str, wanted: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Return the row of TABLE of what the server finds under each name.

        Its catalogue compares names as its collation does, whatever the server
        does with them.
        """
        places = {name: self._session.place(name)[1] for name in wanted}
        rows = self._asked(TABLE, schema, list(places.values()))
        known = {self._folded(row[0]): row for row in rows}
        return {
            name: known[self._folded(place)]
            for name, place in places.items()
            if self._folded(place) in known
        }

    def _folded(self, name: str) -> str:
        """Return a name in the spelling in which the server takes two for one."""
        return name.lower() if self._session.folds_names else name

    def _by_table(self, sql: str, schema: str, names: Sequence[str]) -> dict[str, Rows]:
        """Return what is found of each table, by its folded name."""
        found: dict[str, Rows] = defaultdict(list)
        for name, *row in self._asked(sql, schema, names):
            found[self._folded(name)].append(tuple(row))
        return found

    def _asked(self, sql: str, schema: str, names: Sequence[str]) -> Rows:
        found: Rows = []
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            asked = sql.format(names=", ".join(["%s"] * len(part)))
            found += self._session.query(asked, (schema, *part))
        return found

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

    def triggers(self, tables: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for schema, wanted in self._by_schema(tables).items():
            names = {t: self._folded(self._session.place(t)[1]) for t in wanted}
            rows = self._by_table(TRIGGERS, schema, list(dict.fromkeys(names.values())))
            found |= {
                t: [one for (one,) in rows[n]] for t, n in names.items() if n in rows
            }
        return found

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
        schema, _ = self._session.place(name)
        # Asked for only where it is there.
        _, _, _, estimate, size = self._found(schema, [name])[name]
        rows = int(estimate)
        if rows < exact_below:
            return Size(self.count(name), True, int(size))
        return Size(rows, False, int(size))


def _uniques(rows: Rows) -> dict[str, tuple[str, ...]]:
    """Return the columns of each unique index that holds for whole values."""
    columns: dict[str, list[str]] = defaultdict(list)
    partial = set()
    for index, column, prefix in rows:
        # An expression has no column; a prefix is not the whole value.
        if column is None or prefix:
            partial.add(index)
        columns[index].append(column)
    return {
        index: tuple(names) for index, names in columns.items() if index not in partial
    }


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
