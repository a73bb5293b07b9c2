"""What comes off an SQLite table before a load, and its autoincrement."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...columns import ColumnType, Table
from ...demands import Demands
from ...errors import Unsupported
from ...schema_items import ObjectType, SchemaItem
from ...sequences import NumberSequence
from ..schema import SHADOW, TEMPORARY
from ..sql import SQLSchema
from . import merging, reserving
from .demands import demands, make_shadow
from .triggers import is_as_before, triggers

if TYPE_CHECKING:
    from .session import SQLiteSession

# Indexes that belong to a constraint have no statement, and cannot come off.
INDEXES = """
    SELECT name, sql FROM sqlite_master
    WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name
"""

STATEMENT = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
# A name in one of the four ways in which SQLite takes one, or bare.
NAME = r"(?:\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|'(?:[^']|'')*'|\[[^\]]*\]|[^\s(\"`'\[]+)"
MADE = re.compile(rf"\s*CREATE\s+TABLE\s*{NAME}\s*(?P<rest>\(.*)", re.I | re.S)
UNIQUE = re.compile(
    rf"\s*CREATE\s+UNIQUE\s+INDEX\s*{NAME}\s*ON\s*{NAME}\s*(?P<rest>\(.*)", re.I | re.S
)

IS_THERE = "SELECT count(*) FROM sqlite_master WHERE type = ? AND name = ?"


class Schema(SQLSchema):
    """Foreign keys are unchecked for the session; indexes come off."""

    checks_are_off_in_session = True
    keys_wait_for_readers = False
    keys_are_proved_apart = False
    indexes_go_back_together = False
    one_loader_per_table = True
    one_writer = True
    _session: SQLiteSession

    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        return []

    def indexes(self, table: str, source: Table | None) -> list[SchemaItem]:
        found = []
        for name, sql in self._session.query(INDEXES, (table,)):
            unique, columns = self._index(table, name)
            if unique and not (columns and _is_unique_there(columns, source)):
                continue
            object_type = ObjectType.UNIQUE if unique else ObjectType.INDEX
            found.append(SchemaItem(object_type, table, name, columns, {"sql": sql}))
        return found

    def _index(self, table: str, name: str) -> tuple[bool, tuple[str, ...]]:
        """Return whether an index is unique, and its columns.

        There are none where it is partial, of expressions, or compares otherwise
        than byte by byte: then no other engine knows whether rows are unique in it.
        """
        quote = self._session.quote
        unique, partial = next(
            (bool(row[2]), bool(row[4]))
            for row in self._session.query(f"PRAGMA index_list({quote(table)})")
            if row[1] == name
        )
        info = self._session.query(f"PRAGMA index_xinfo({quote(name)})")
        keys = [(column, collation) for _, _, column, _, collation, key in info if key]
        plain = all(column and collation == "BINARY" for column, collation in keys)
        columns = tuple(column for column, _ in keys) if plain and not partial else ()
        return unique, columns

    def triggers(
        self,
        tables: Sequence[str],
        emptied: Collection[str] = (),
        deleted: Collection[str] = (),
        updated: Collection[str] = (),
    ) -> list[SchemaItem]:
        return triggers(self._session, tables, {*emptied, *deleted}, updated)

    def is_as_before(self, item: SchemaItem) -> bool:
        return is_as_before(self._session, item)

    def is_there(self, item: SchemaItem) -> bool:
        kind = "trigger" if item.is_trigger else "index"
        return bool(self._session.query(IS_THERE, (kind, item.name))[0][0])

    def remove(self, item: SchemaItem) -> None:
        # A source that is attached may have an index of the same name.
        name = self._session.quote(item.name)
        kind = "TRIGGER" if item.is_trigger else "INDEX"
        self._session.execute(f"DROP {kind} IF EXISTS main.{name}")

    def restore(self, item: SchemaItem, *, validated: bool = True) -> bool:
        if not self.is_there(item):
            self._session.execute(item.definition["sql"])
        return True

    def sequences(self, tables: Sequence[str]) -> list[NumberSequence]:
        known = self._session.catalog.tables(tables)
        places = [
            (name, column.name)
            for name in tables
            if name in known
            for column in known[name].columns
            if column.automatic
        ]
        if not places:
            # Nor is there a table of their last numbers.
            return []
        last = dict(self._session.query("SELECT name, seq FROM sqlite_sequence"))
        return [
            NumberSequence(name, column, last=int(last.get(name) or 0))
            for name, column in places
        ]

    def advance(self, sequence: NumberSequence, beyond: int) -> None:
        table = sequence.table
        with self._session.transaction():
            changed = self._session.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?",
                (beyond, table),
            )
            if not changed and beyond > 0:
                self._session.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                    (table, beyond),
                )

    def advancing_sql(self, sequence: NumberSequence, beyond: int) -> str:
        if sequence.is_beyond(beyond):
            return ""
        name = sequence.table.replace("'", "''")
        # The table has no line of its own before its first row.
        change = f"UPDATE sqlite_sequence SET seq = max(seq, {beyond})"  # noqa: S608
        columns, values = "(name, seq)", f"'{name}', {beyond}"
        return (
            f"{change} WHERE name = '{name}'; "
            f"INSERT INTO sqlite_sequence {columns} SELECT {values} "
            "WHERE changes() = 0;"
        )

    def takes_only_the_same(self, table: str, column: str) -> bool:
        # The column's own collation is that of the unique index which a key needs.
        asked = self._session.query(
            "SELECT x.name, x.coll FROM pragma_index_list(?) i, "
            'pragma_index_xinfo(i.name) x WHERE i."unique" AND x.key',
            (table,),
        )
        found = {coll for name, coll in asked if str(name).lower() == column.lower()}
        return found == {"BINARY"}

    def exact_text(self, text: str) -> str:
        return f"{text} COLLATE BINARY"

    def make_temporary(self, table: str, written: Collection[str]) -> str:
        quote, session = self._session.quote, self._session
        found = session.query(STATEMENT, (table,))
        made = MADE.match(str(found[0][0])) if found else None
        if made is None:
            raise Unsupported(
                _("Table '%(table)s' has no statement to make one like it by.")
                % {"table": table}
            )
        # What is left of one that could not be finished.
        session.execute(f"DROP TABLE IF EXISTS temp.{quote(TEMPORARY)}")
        session.execute(f"CREATE TEMPORARY TABLE {quote(TEMPORARY)} {made['rest']}")
        for number, (_name, sql) in enumerate(session.query(INDEXES, (table,))):
            if unique := UNIQUE.match(sql):
                name = quote(f"{TEMPORARY}_{number}")
                session.execute(
                    f"CREATE UNIQUE INDEX temp.{name} ON {quote(TEMPORARY)} "
                    f"{unique['rest']}"
                )
        # Nothing is written into the file: whoever writes there is not kept waiting.
        session.begin = "BEGIN"
        # As between the quotes of Django's db_table.
        return f'temp"."{TEMPORARY}'

    def drop_temporary(self, name: str) -> None:
        self._session.begin = type(self._session).begin
        self._session.execute(f"DROP TABLE {self._session.quote_table(name)}")

    def demands(self, tables: Sequence[str]) -> dict[str, Demands]:
        return demands(self._session, tables)

    def make_shadow(
        self,
        table: str,
        columns: Collection[str],
        name: str = SHADOW,
        *,
        alone: bool = True,
    ) -> str:
        return make_shadow(self._session, table, columns, name, alone=alone)

    def drop_shadow(self, name: str) -> None:
        self.drop_temporary(name)

    def differs(self, one: str, other: str, column_type: ColumnType) -> str:
        return merging.differs(one, other, column_type)

    def updating_sql(
        self, table: str, rows: str, key: Sequence[str], written: Sequence[str]
    ) -> str:
        return merging.updating_sql(self._session, table, rows, key, written)

    def updating_hindrance(self) -> tuple[str, str]:
        return merging.hindrance(sqlite3.sqlite_version_info)

    # Whatever a table's own ON CONFLICT says, no row takes the place of another.
    inserting = "INSERT OR FAIL INTO"

    def reserve(self, sequence: NumberSequence, rows: int) -> str:
        return reserving.reserve(self._session, sequence, rows)

    def as_number(self, text: str) -> str:
        return reserving.as_number(text)

    def as_text(self, number: str) -> str:
        return reserving.as_text(number)

    def analyze(self, table: str) -> None:
        # Without an ANALYZE before, the planner's defaults are what the
        # project runs on; statistics of one table alone change its plans.
        return


def _is_unique_there(columns: Sequence[str], source: Table | None) -> bool:
    uniques = source.uniques if source else ()
    return frozenset(columns) in map(frozenset, uniques)
