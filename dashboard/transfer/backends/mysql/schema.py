"""What comes off a MySQL table before a load and goes back after it.

Foreign keys are unchecked in the loading session and stay, but for those of
tables whose indexes come off: a foreign key needs its index. No engine checks
them afterwards by itself, so all are proved by anti-join.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from ...columns import Column, ColumnType, Table
from ...demands import Demands
from ...errors import DataRefused
from ...schema_items import Hindrance, ObjectType, SchemaItem
from ...sequences import NumberSequence
from ..schema import SHADOW
from ..sql import SQLSchema
from . import merging, reserving, triggers
from .demands import demands, make_shadow
from .sequences import advance, advancing_sql, sequences
from .temporary import make_temporary

if TYPE_CHECKING:
    from .session import MySQLSession

INTERLEAVED = 2

# A line of SHOW CREATE TABLE: the server's own spelling, which ALTER TABLE ADD
# takes back. FULLTEXT and SPATIAL ones begin with that word and stay.
INDEX = re.compile(r"(?:UNIQUE KEY|KEY) `((?:[^`]|``)+)` \(.*")
# The server makes an index of the same name where there is none to use.
FOREIGN_KEY = re.compile(r"CONSTRAINT `((?:[^`]|``)+)` FOREIGN KEY .*")

INDEXES = """
    SELECT index_name, non_unique, column_name, coalesce(sub_part, 0)
    FROM information_schema.statistics
    WHERE table_schema = %s AND table_name = %s
    ORDER BY index_name, seq_in_index
"""

IS_INDEX = """
    SELECT count(*) FROM information_schema.statistics
    WHERE table_schema = %s AND table_name = %s AND index_name = %s
"""

IS_FOREIGN_KEY = """
    SELECT count(*) FROM information_schema.table_constraints
    WHERE constraint_schema = %s AND table_name = %s
      AND constraint_name = %s AND constraint_type = 'FOREIGN KEY'
"""


class Schema(SQLSchema):
    """Indexes, with the foreign keys that need them, and the auto-increment."""

    checks_are_off_in_session = True
    # For the metadata locks of both tables.
    keys_wait_for_readers = True
    keys_are_proved_apart = False
    indexes_go_back_together = True
    one_writer = False
    # The longest key of a text with four octets a character has 191 of them.
    key_text_type = "varchar(191) CHARACTER SET ascii"
    table_suffix = " ENGINE=InnoDB"
    # A million groups in a table on disk took 18 s, and sorted 0.8 s. A weight takes up
    # to four octets of what ``max_sort_length`` lets a sort see.
    sorted_groups = ("SQL_BIG_RESULT", 1_024)
    _session: MySQLSession
    collates_by_name = True

    @property
    def one_loader_per_table(self) -> bool:  # type: ignore[override]
        """Whether the auto-increment lock lets one bulk load in at a time.

        In InnoDB's "interleaved" mode, MySQL 8's default, there is none.
        """
        mode = self._session.query("SELECT @@GLOBAL.innodb_autoinc_lock_mode")[0][0]
        return int(mode) != INTERLEAVED

    # --- what comes off ---------------------------------------------------

    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        wanted = set(tables)
        keys = [k for k in self._session.catalog.foreign_keys() if k.table in wanted]
        definitions = {k.table: self._definitions(k.table, FOREIGN_KEY) for k in keys}
        return [
            SchemaItem(
                object_type=ObjectType.FOREIGN_KEY,
                table=key.table,
                name=key.name,
                columns=key.columns,
                definition={"sql": definitions[key.table][key.name], "valid": "yes"},
                to_table=key.to_table,
                to_columns=key.to_columns,
            )
            for key in keys
            if key.name in definitions[key.table]
        ]

    def indexes(self, table: str, source: Table | None) -> list[SchemaItem]:
        here = self._session.catalog.table(table)
        if here is None:
            return []
        definitions = self._definitions(table, INDEX)
        return [
            SchemaItem(
                object_type=ObjectType.UNIQUE if unique else ObjectType.INDEX,
                table=table,
                name=name,
                columns=tuple(columns),
                definition={"sql": definitions[name]},
            )
            for name, unique, columns in self._indexes(table)
            if name in definitions
            and not self._is_needed(here, columns)
            and (not unique or _is_unique_there(here, columns, source))
        ]

    def _indexes(self, table: str) -> Iterator[tuple[str, bool, list[str]]]:
        """Yield name, whether unique, and columns; "" for an expression.

        A prefix counts as an expression where it has to be unique.
        """
        found: dict[str, tuple[bool, list[str]]] = {}
        for name, repeats, column, prefix in self._session.query(
            INDEXES, self._session.place(table)
        ):
            unique = not int(repeats)
            _, columns = found.setdefault(name, (unique, []))
            columns.append("" if column is None or (unique and prefix) else column)
        for name, (unique, columns) in found.items():
            if name != "PRIMARY":
                yield name, unique, columns

    def _is_needed(self, table: Table, columns: Sequence[str]) -> bool:
        """Whether the server would not do without the index."""
        automatic = {column.name for column in table.columns if column.automatic}
        if automatic & set(columns) and not automatic & set(table.key[:1]):
            return True
        return any(
            key.to_table == table.name
            and set(key.to_columns) == set(columns[: len(key.to_columns)])
            for key in self._session.catalog.foreign_keys()
        )

    def _definitions(self, table: str, wanted: re.Pattern[str]) -> dict[str, str]:
        sql = f"SHOW CREATE TABLE {self._session.quote_table(table)}"
        text = str(self._session.query(sql)[0][1])
        lines = [line.strip().removesuffix(",") for line in text.splitlines()]
        found = map(wanted.fullmatch, lines)
        return {match[1].replace("``", "`"): match[0] for match in found if match}

    def triggers(
        self,
        tables: Sequence[str],
        emptied: Collection[str] = (),
        deleted: Collection[str] = (),
        updated: Collection[str] = (),
    ) -> list[SchemaItem]:
        return triggers.triggers(self._session, tables, deleted, updated)

    def hindrances(self, items: Sequence[SchemaItem]) -> list[Hindrance]:
        return triggers.hindrances(self._session, items)

    # --- off and on -------------------------------------------------------

    def is_as_before(self, item: SchemaItem) -> bool:
        return triggers.is_as_before(self._session, item)

    def is_there(self, item: SchemaItem) -> bool:
        if item.is_trigger:
            return triggers.is_there(self._session, item)
        sql = IS_FOREIGN_KEY if item.object_type == ObjectType.FOREIGN_KEY else IS_INDEX
        place = (*self._session.place(item.table), item.name)
        return bool(self._session.query(sql, place)[0][0])

    def remove(self, item: SchemaItem) -> None:
        if not self.is_there(item):
            return
        if item.is_trigger:
            triggers.remove(self._session, item)
            return
        kind = "FOREIGN KEY" if item.object_type == ObjectType.FOREIGN_KEY else "KEY"
        self._alter(item.table, [f"DROP {kind} {self._session.quote(item.name)}"])

    def restore(self, item: SchemaItem, *, validated: bool = True) -> bool:
        if self.is_there(item):
            return True
        if item.is_trigger:
            triggers.restore(self._session, item)
        else:
            self._alter(item.table, [_addition(item)])
        return True

    def restore_together(self, items: Sequence[SchemaItem]) -> None:
        missing = [item for item in items if not self.is_there(item)]
        if not missing:
            return
        try:
            self._alter(missing[0].table, list(map(_addition, missing)))
        except DataRefused:
            # One of them keeps none of the others from coming back.
            super().restore_together(missing)

    def _alter(self, table: str, changes: Sequence[str]) -> None:
        sql = f"ALTER TABLE {self._session.quote_table(table)} {', '.join(changes)}"
        self._session.execute(sql)

    # --- numbers, statistics, proofs ----------------------------------------

    def sequences(self, tables: Sequence[str]) -> list[NumberSequence]:
        return sequences(self._session, tables)

    def advance(self, sequence: NumberSequence, beyond: int) -> None:
        advance(self._session, sequence, beyond)

    def advancing_sql(self, sequence: NumberSequence, beyond: int) -> str:
        return advancing_sql(self._session, sequence, beyond)

    def takes_only_the_same(self, table: str, column: str) -> bool:
        known = self._session.catalog.table(table)
        real = known.column(column) if known else None
        if real is None:
            return False
        # All others ignore at least spaces behind a text, utf8mb4_bin too.
        name = real.type.collation
        return real.type.holds_octets or name.endswith(("_nopad_bin", "_0900_bin"))

    def exact_text(self, text: str) -> str:
        return f"CAST(CONVERT({text} USING utf8mb4) AS BINARY)"

    def same_text(
        self, one: tuple[str, ColumnType], other: tuple[str, ColumnType]
    ) -> str:
        text, wanted = one[0], other[1].collation
        if wanted and one[1].collation and one[1].collation != wanted:
            # Two columns of different collations are not compared at all.
            charset = wanted.partition("_")[0]
            text = f"CONVERT({one[0]} USING {charset}) COLLATE {wanted}"
        exact = f"{self.exact_text(one[0])} = {self.exact_text(other[0])}"
        return f"{text} = {other[0]} AND {exact}"

    def make_temporary(self, table: str, written: Collection[str]) -> str:
        return make_temporary(self._session, table, written)

    def drop_temporary(self, name: str) -> None:
        self._session.execute(f"DROP TEMPORARY TABLE {self._session.quote(name)}")

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
        return make_shadow(self._session, table, columns, name)

    def drop_shadow(self, name: str) -> None:
        self.drop_temporary(name)

    def differs(self, one: str, other: str, column_type: ColumnType) -> str:
        return merging.differs(one, other, column_type)

    def updating_sql(
        self, table: str, rows: str, key: Sequence[str], written: Sequence[str]
    ) -> str:
        return merging.updating_sql(self._session, table, rows, key, written)

    def reserve(self, sequence: NumberSequence, rows: int) -> str:
        return reserving.reserve(self._session, sequence, rows)

    def marking_sql(self, name: str, rows: str, key: str) -> str:
        return reserving.marking_sql(name, rows, key)

    def as_number(self, text: str) -> str:
        return reserving.as_number(text)

    def as_text(self, number: str) -> str:
        return reserving.as_text(number)

    def analyze(self, table: str) -> None:
        self._session.query(f"ANALYZE TABLE {self._session.quote_table(table)}")


def _addition(item: SchemaItem) -> str:
    return "ADD " + item.definition["sql"].replace("%", "%%")


def _is_unique_there(here: Table, columns: Sequence[str], source: Table | None) -> bool:
    """Whether the source keeps these columns unique by the same comparison.

    A text that is unique in one collation is not in another.
    """
    if source is None or frozenset(columns) not in map(frozenset, source.uniques):
        return False
    pairs = [(here.column(name), source.column(name)) for name in columns]
    return all(one and other and _compares_alike(one, other) for one, other in pairs)


def _compares_alike(here: Column, there: Column) -> bool:
    return not here.type.collation or here.type.collation == there.type.collation
