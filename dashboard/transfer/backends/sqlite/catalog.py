"""What an SQLite file holds, from its pragmas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from ...columns import Column, ColumnKind, ColumnType, ForeignKey, Table
from ...errors import Unsupported
from ...relations import Relation, RelationKind
from ..catalog import Size
from ..many import values
from ..sql import SQLCatalog, grouped, rows_by

# By the declared type, as Django declares it.
KINDS = {
    "integer": ColumnKind.INTEGER,
    "bigint": ColumnKind.INTEGER,
    "smallint": ColumnKind.INTEGER,
    "int": ColumnKind.INTEGER,
    "integer unsigned": ColumnKind.INTEGER,
    "bigint unsigned": ColumnKind.INTEGER,
    "smallint unsigned": ColumnKind.INTEGER,
    "bool": ColumnKind.BOOLEAN,
    "boolean": ColumnKind.BOOLEAN,
    "decimal": ColumnKind.DECIMAL,
    "numeric": ColumnKind.DECIMAL,
    "real": ColumnKind.FLOAT,
    "double": ColumnKind.FLOAT,
    "float": ColumnKind.FLOAT,
    "varchar": ColumnKind.TEXT,
    "text": ColumnKind.TEXT,
    "char": ColumnKind.TEXT,
    "blob": ColumnKind.BINARY,
    "datetime": ColumnKind.TIMESTAMP,
    "date": ColumnKind.DATE,
    "time": ColumnKind.TIME,
}

TYPE = re.compile(r"^([a-z ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?( unsigned)?$")

# The statement is kept as it was written, with comments.
BETWEEN = r"(?:\s|/\*.*?\*/|--[^\n]*\n)+"
ON_INSERT = re.compile(rf"\bINSERT{BETWEEN}ON\b", re.IGNORECASE | re.DOTALL)

GENERATED = (2, 3)

SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)

# SQLite compares names without regard to the case of ASCII letters.
NAMED = """
    SELECT name, type, sql FROM sqlite_master
    WHERE name COLLATE NOCASE IN ({names}) AND type IN ('table', 'view')
      AND name NOT LIKE 'sqlite^_%' ESCAPE '^'
"""

TABLES = """
    SELECT name, type, sql FROM sqlite_master
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite^_%' ESCAPE '^'
    ORDER BY name
"""

# Of tables and views by their own names.
COLUMNS = """
    SELECT m.name, x.cid, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    FROM sqlite_master m, pragma_table_xinfo(m.name) x
    WHERE m.name IN ({names}) AND m.type IN ('table', 'view')
    ORDER BY m.name, x.cid
"""
INDEXES = """
    SELECT m.name, i.name, i."unique", i.origin, i.partial, c.name
    FROM sqlite_master m, pragma_index_list(m.name) i
         LEFT JOIN pragma_index_info(i.name) c
    WHERE m.name IN ({names}) AND m.type = 'table'
    ORDER BY m.name, i.seq, c.seqno
"""

FOREIGN_KEYS = """
    SELECT m.name, k.id, k."table", k."from", k."to"
    FROM sqlite_master m, pragma_foreign_key_list(m.name) k
    WHERE m.type = 'table'
    ORDER BY m.name, k.id, k.seq
"""

# Tables that are asked about in one statement: before 3.32 it takes 999 values.
AT_ONCE = 500

Rows = list[tuple[Any, ...]]

VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s", re.IGNORECASE)

# What FTS3 to FTS5 and R*Tree call the tables that they keep their rows in
# (SQLite manual, "Shadow Tables").
SHADOWS = {"data", "idx", "content", "docsize", "config", "stat", "segments", "segdir"}
SHADOWS |= {"node", "parent", "rowid"}

# Up to so many rows a table is counted, which takes a fraction of a second.
COUNTED_ROWS = 1_000_000
# So many of each in a statement that counts many tables: nobody writes meanwhile.
ROWS_TOGETHER = 10_000
WINDOWS = 64
WINDOW_ROWS = 1_000
# At a share of numbers in use below this, windows over them tell nothing.
DENSE = 0.5


class Catalog(SQLCatalog):
    """Reads table_xinfo, index_list and foreign_key_list."""

    KINDS = KINDS
    folds_columns = True

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        wanted = list(dict.fromkeys(names))
        rows = {folded(row[0]): row for row in self._asked(NAMED, wanted)}
        real = [name for name, _, _ in rows.values()]
        columns = rows_by(self._asked(COLUMNS, real))
        indexes = rows_by(self._asked(INDEXES, real))
        return {
            name: _table(row, columns[row[0]], indexes[row[0]])
            for name in wanted
            if (row := rows.get(folded(name)))
        }

    def _asked(self, sql: str, names: Sequence[str]) -> Rows:
        found: Rows = []
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            asked = sql.format(names=", ".join("?" * len(part)))
            found += self._session.query(asked, tuple(part))
        return found

    def sizes(self, relations: Sequence[Relation]) -> dict[str, Size]:
        tables = [one.name for one in relations if one.kind is RelationKind.TABLE]
        limited = {name: self._up_to(name, ROWS_TOGETHER) for name in tables}
        counted = values(self._session, limited)
        return {
            name: Size(rows, True) if rows < ROWS_TOGETHER else self.size(name)
            for name, rows in counted.items()
        }

    def relations(self) -> list[Relation]:
        found = self._session.query(TABLES)
        virtual = {name for name, _, sql in found if VIRTUAL.match(sql or "")}
        return [
            Relation(name, _relation_kind(name, relation, virtual))
            for name, relation, _ in found
        ]

    def holds(self, kind: ColumnKind, column_type: ColumnType) -> bool:
        # A column holds whatever was put there; Django puts text.
        return True

    def triggers(self, tables: Sequence[str]) -> dict[str, list[str]]:
        sql = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"  # noqa: E501
        found = grouped(
            (folded(table), trigger)
            for table, trigger, statement in self._session.query(sql)
            if ON_INSERT.search(statement)
        )
        return {name: found[folded(name)] for name in tables if folded(name) in found}

    def foreign_keys(self) -> list[ForeignKey]:
        parts: dict[tuple[str, int], Rows] = {}
        for row in self._session.query(FOREIGN_KEYS):
            parts.setdefault(row[:2], []).append(row)
        # Without columns the reference is to the primary key.
        keyed = {to for *_, to, _, to_column in chain(*parts.values()) if not to_column}
        parents = self.tables(sorted(keyed))
        return [
            ForeignKey(
                name=f"{table}.{number}",
                table=table,
                columns=tuple(row[3] for row in rows),
                to_table=rows[0][2],
                to_columns=_referred(rows, parents.get(rows[0][2])),
            )
            for (table, number), rows in parts.items()
        ]

    def size(self, name: str, exact_below: int = 100_000) -> Size:
        limit = max(exact_below, COUNTED_ROWS)
        rows = int(self._session.query(f"SELECT {self._up_to(name, limit)}")[0][0])
        if rows < limit:
            return Size(rows, True)
        estimate = self._estimated(name)
        if estimate is None:
            return Size(self.count(name), True)
        return Size(max(estimate, rows), False)

    def _up_to(self, name: str, limit: int) -> str:
        """Return the expression that counts a table's rows, up to a limit."""
        rows = f"SELECT 1 FROM {self._session.quote(name)} LIMIT {limit}"  # noqa: S608
        return f"(SELECT count(*) FROM ({rows}))"  # noqa: S608

    def _estimated(self, name: str) -> int | None:
        """Return about how many rows there are, from windows over the rowid.

        None where most numbers are not in use, so that the windows tell nothing,
        and where the table has no rowid.
        """
        quoted = self._session.quote(name)
        sql = f"SELECT (SELECT min(rowid) FROM {quoted}), (SELECT max(rowid) FROM {quoted})"  # noqa: S608, E501
        try:
            least, greatest = self._session.query(sql)[0]
        except Unsupported:
            return None
        if not isinstance(least, int) or not isinstance(greatest, int):
            # A view's, or a column of that name.
            return None
        span = greatest - least + 1
        sql = f"SELECT count(*) FROM {quoted} WHERE rowid >= ? AND rowid < ?"  # noqa: S608
        found = 0
        for window in range(WINDOWS):
            start = least + span * window // WINDOWS
            values = (start, start + WINDOW_ROWS)
            found += int(self._session.query(sql, values)[0][0])
        share = found / (WINDOWS * WINDOW_ROWS)
        return int(span * share) if share >= DENSE else None


def folded(name: str) -> str:
    """Return a name in the spelling in which SQLite takes two for one.

    Which is that of ASCII letters alone.
    """
    return name.translate(SMALL)


def _table(found: tuple[Any, ...], columns: Rows, indexes: Rows) -> Table:
    name, relation, statement = found
    key = tuple(row[1] for row in sorted(columns, key=lambda row: row[5]) if row[5])
    automatic = "autoincrement" in (statement or "").lower()
    # Only a key that is the rowid takes no NULL of its own accord
    # (lang_createtable.html, "The PRIMARY KEY"), and it has no index.
    origins = {origin for _, _, origin, _, _ in indexes}
    rowid = () if "pk" in origins else key
    return Table(
        name=name,
        columns=tuple(_column(row, rowid, automatic) for row in columns),
        key=key,
        uniques=(*((key,) if key else ()), *_uniques(indexes)),
        is_view=relation == "view" or bool(VIRTUAL.match(statement or "")),
    )


def _uniques(indexes: Rows) -> list[tuple[str, ...]]:
    """Return the columns of each unique index that holds for whole values."""
    found: dict[str, list[str]] = {}
    for index, unique, _, partial, column in indexes:
        if unique and not partial:
            found.setdefault(index, []).append(column)
    return [tuple(names) for names in found.values() if None not in names]


def _referred(rows: Rows, parent: Table | None) -> tuple[str, ...]:
    if rows[0][4] is not None:
        return tuple(row[4] for row in rows)
    return parent.key if parent else ()


def _relation_kind(name: str, relation: str, virtual: set[str]) -> RelationKind:
    if relation == "view":
        return RelationKind.VIEW
    if name in virtual:
        return RelationKind.VIRTUAL_TABLE
    table, _, suffix = name.rpartition("_")
    if suffix in SHADOWS and table in virtual:
        return RelationKind.SHADOW_TABLE
    return RelationKind.TABLE


def _column(row: tuple[Any, ...], rowid: tuple[str, ...], automatic: bool) -> Column:
    _, name, declared, not_null, default, _, hidden = row
    return Column(
        name=name,
        type=_type(declared or ""),
        nullable=not not_null and rowid != (name,),
        generated=hidden in GENERATED,
        automatic=automatic and rowid == (name,),
        has_default=default is not None,
        declared=(declared or "").lower(),
    )


def _type(declared: str) -> ColumnType:
    found = TYPE.match(declared.lower().removesuffix(" generated always"))
    if found is None:
        return ColumnType(declared.lower())
    name, first, second, unsigned = found.groups()
    name += unsigned or ""
    if KINDS.get(name) is ColumnKind.DECIMAL and first:
        return ColumnType(name, precision=int(first), scale=int(second or 0))
    return ColumnType(name, length=int(first) if first else None)
