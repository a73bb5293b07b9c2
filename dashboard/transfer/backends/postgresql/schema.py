"""What comes off a PostgreSQL table before a load and goes back after it.

Everything here works for the ordinary owner of the tables: the triggers of foreign
keys and ``session_replication_role`` would need a superuser and would leave foreign
keys marked valid that nobody has checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import starmap
from typing import TYPE_CHECKING

from ...columns import ColumnType, Table
from ...demands import Demands, Entry, Exclusion
from ...keys import Key
from ...schema_items import Hindrance, ObjectType, SchemaItem
from ...sequences import NumberSequence, UnknownSource
from ..schema import SHADOW
from ..sql import SQLSchema
from . import merging, reserving, triggers
from .demands import demands, make_shadow, without_room
from .exclusions import excluded
from .schema_queries import (
    ARE_VALID,
    AUTOVACUUM,
    BLURRED,
    DETERMINISTIC,
    FOREIGN_KEYS,
    INDEXES,
    IS_INDEX,
    PARTITIONS,
)
from .sequences import advance, advancing_sql, sequences, unknown_sources
from .temporary import make_temporary

if TYPE_CHECKING:
    from .session import PostgreSQLSession

AUTOVACUUM_OPTION = "autovacuum_enabled"

# How long a lock is waited for while those of other tables are held.
TOGETHER_MS = 100


class Schema(SQLSchema):
    """Constraints and indexes as an ordinary owner."""

    checks_are_off_in_session = False
    # SHARE ROW EXCLUSIVE lets readers be.
    keys_wait_for_readers = False
    keys_are_proved_apart = True
    indexes_go_back_together = False
    one_loader_per_table = False
    one_writer = False
    _session: PostgreSQLSession

    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        names = [self._session.regclass(name) for name in tables]
        found = self._session.query(FOREIGN_KEYS, (names,))
        return [
            SchemaItem(
                object_type=ObjectType.FOREIGN_KEY,
                table=table,
                name=name,
                columns=tuple(columns),
                definition={
                    "sql": sql,
                    "valid": "yes" if valid else "",
                    "partitioned": "yes" if partitioned else "",
                },
                to_table=to_table,
            )
            for table, name, to_table, sql, valid, partitioned, columns in found
        ]

    def indexes(self, table: str, source: Table | None) -> list[SchemaItem]:
        known = {frozenset(columns) for columns in source.uniques} if source else set()
        found = []
        for row in self._session.query(INDEXES, (self._session.regclass(table),)):
            name, unique, sql, constraint, constraint_sql, plain, columns = row
            if unique and not (plain and frozenset(columns) in known):
                continue
            definition = {"sql": constraint_sql or sql, "constraint": constraint or ""}
            object_type = ObjectType.UNIQUE if unique else ObjectType.INDEX
            found.append(
                SchemaItem(object_type, table, name, tuple(columns), definition)
            )
        return found

    def settings(self, table: str) -> list[SchemaItem]:
        """Return autovacuum.

        It comes to a table that is being loaded. The server ends it for an
        index or a key that waits for its lock, but only after deadlock_timeout,
        a second, and then it goes on with the next table.
        """
        found = self._session.query(AUTOVACUUM, (self._session.regclass(table),))
        if not found or found[0][1] is False:
            return []
        value = found[0][0]
        change = f"SET ({AUTOVACUUM_OPTION} = {value})"
        sql = f"RESET ({AUTOVACUUM_OPTION})" if value is None else change
        return [
            SchemaItem(ObjectType.SETTING, table, AUTOVACUUM_OPTION, (), {"sql": sql})
        ]

    def triggers(
        self,
        tables: Sequence[str],
        emptied: Collection[str] = (),
        deleted: Collection[str] = (),
        updated: Collection[str] = (),
    ) -> list[SchemaItem]:
        return triggers.triggers(self._session, tables, {*emptied, *deleted}, updated)

    def hindrances(self, items: Sequence[SchemaItem]) -> list[Hindrance]:
        return triggers.hindrances(self._session, items)

    def is_as_before(self, item: SchemaItem) -> bool:
        return triggers.is_as_before(self._session, item)

    def is_there(self, item: SchemaItem) -> bool:
        if item.is_trigger:
            return triggers.is_enabled(self._session, item)
        if item.object_type == ObjectType.SETTING:
            return bool(self.settings(item.table))
        if item.object_type == ObjectType.FOREIGN_KEY:
            return self._are_valid([item])[0] is not None
        name = self._session.regclass(self._index_name(item))
        return bool(self._session.query(IS_INDEX, (name,))[0][0])

    def _index_name(self, item: SchemaItem) -> str:
        """Return an index's name with its schema, which is always its table's."""
        schema, _ = self._session.schema_and_name(item.table)
        return f"{schema}{self._session.separator}{item.name}" if schema else item.name

    def _are_valid(self, items: Sequence[SchemaItem]) -> list[bool | None]:
        """Return of each constraint whether it is valid; None where it is off."""
        places = [self._session.regclass(item.table) for item in items]
        names = [item.name for item in items]
        return [valid for (valid,) in self._session.query(ARE_VALID, (places, names))]

    def needs_table(self, item: SchemaItem) -> bool:
        # CREATE INDEX takes SHARE, of which a table has any number. To validate
        # a foreign key takes SHARE UPDATE EXCLUSIVE, and a constraint of its
        # own ACCESS EXCLUSIVE (PostgreSQL manual, Explicit Locking).
        return not item.is_index or bool(item.definition["constraint"])

    def remove(self, item: SchemaItem) -> None:
        self._session.execute(self._removing_sql(item))

    def remove_together(self, items: Sequence[SchemaItem]) -> None:
        # All of their tables are locked to the end: nobody is made to wait for that.
        with self._session.transaction():
            self._session.execute(f"SET LOCAL lock_timeout = '{TOGETHER_MS}ms'")
            self._session.execute("; ".join(self._removing_all(items)))

    def _removing_all(self, items: Sequence[SchemaItem]) -> Iterator[str]:
        """Yield a statement for each table's foreign keys, and each other item."""
        keys: dict[str, list[str]] = defaultdict(list)
        for item in items:
            if item.is_foreign_key:
                name = self._session.quote(item.name)
                keys[item.table].append(f"DROP CONSTRAINT IF EXISTS {name}")
            else:
                yield self._removing_sql(item)
        yield from starmap(self._altering, keys.items())

    def _removing_sql(self, item: SchemaItem) -> str:
        if item.is_trigger:
            return triggers.removing_sql(self._session, item)
        table, name = (
            self._session.quote_table(item.table),
            self._session.quote(item.name),
        )
        if item.object_type == ObjectType.SETTING:
            return f"ALTER TABLE {table} SET ({item.name} = false)"
        if item.object_type == ObjectType.FOREIGN_KEY or item.definition["constraint"]:
            return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"
        return (
            f"DROP INDEX IF EXISTS {self._session.quote_table(self._index_name(item))}"
        )

    def restore(self, item: SchemaItem, *, validated: bool = True) -> bool:
        if item.object_type == ObjectType.FOREIGN_KEY:
            return self._restore_keys([item], validated=validated)[0]
        if not self.is_there(item):
            self._session.execute(self._restoring_sql(item))
        return True

    def _restoring_sql(self, item: SchemaItem) -> str:
        if item.is_trigger:
            return triggers.restoring_sql(self._session, item)
        table, name = (
            self._session.quote_table(item.table),
            self._session.quote(item.name),
        )
        sql = item.definition["sql"].replace("%", "%%")
        if item.object_type == ObjectType.SETTING:
            return f"ALTER TABLE {table} {sql}"
        if not item.definition["constraint"]:
            return sql
        return f"ALTER TABLE {table} ADD CONSTRAINT {name} {sql}"

    def restore_keys_together(
        self, items: Sequence[SchemaItem], *, validated: bool
    ) -> list[bool]:
        with self._session.transaction():
            self._session.execute(f"SET LOCAL lock_timeout = '{TOGETHER_MS}ms'")
            return self._restore_keys(items, validated=validated)

    def _restore_keys(
        self, items: Sequence[SchemaItem], *, validated: bool
    ) -> list[bool]:
        changes: dict[str, list[str]] = defaultdict(list)
        states = []
        for item, valid in zip(items, self._are_valid(items), strict=True):
            wanted = bool(item.definition["valid"])
            prove = validated and wanted
            if valid is None and item.definition.get("partitioned"):
                self._restore_partitioned(item, prove)
            elif change := self._key_change(item, valid, prove):
                changes[item.table].append(change)
            states.append(bool(valid) or prove or not wanted)
        if changes:
            self._session.execute("; ".join(starmap(self._altering, changes.items())))
        return states

    def _altering(self, table: str, changes: Sequence[str]) -> str:
        return f"ALTER TABLE {self._session.quote_table(table)} {', '.join(changes)}"

    def _key_change(self, item: SchemaItem, valid: bool | None, prove: bool) -> str:
        """Return what puts a foreign key back, "" where it is; None: it is off."""
        name = self._session.quote(item.name)
        if valid is None:
            sql = item.definition["sql"].replace("%", "%%").removesuffix(" NOT VALID")
            return f"ADD CONSTRAINT {name} {sql}{'' if prove else ' NOT VALID'}"
        return f"VALIDATE CONSTRAINT {name}" if prove and not valid else ""

    def _restore_partitioned(self, item: SchemaItem, validated: bool) -> None:
        """Put a partitioned table's foreign key back, as far as it may be.

        Before PostgreSQL 18 such a key is valid or not there at all. So one that
        is not validated is kept by the partitions, until the table takes it over.
        """
        name = self._session.quote(item.name)
        sql = item.definition["sql"].replace("%", "%%").removesuffix(" NOT VALID")
        place = (self._session.regclass(item.table),)
        for (partition,) in self._session.query(PARTITIONS, place):
            target = f"ALTER TABLE {self._session.quote_table(partition)}"
            self._session.execute(f"{target} DROP CONSTRAINT IF EXISTS {name}")
            if not validated:
                self._session.execute(f"{target} ADD CONSTRAINT {name} {sql} NOT VALID")
        if validated:
            target = f"ALTER TABLE {self._session.quote_table(item.table)}"
            self._session.execute(f"{target} ADD CONSTRAINT {name} {sql}")

    def sequences(self, tables: Sequence[str]) -> list[NumberSequence]:
        return sequences(self._session, tables)

    def unknown_sources(self, tables: Sequence[str]) -> list[UnknownSource]:
        return unknown_sources(self._session, tables)

    def advance(self, sequence: NumberSequence, beyond: int) -> None:
        advance(self._session, sequence, beyond)

    def advancing_sql(self, sequence: NumberSequence, beyond: int) -> str:
        return advancing_sql(sequence, beyond)

    def takes_only_the_same(self, table: str, column: str) -> bool:
        known = self._session.catalog.table(table)
        real = known.column(column) if known else None
        if real is None or real.type.name not in ("text", "varchar"):
            return False
        if self._session.version < DETERMINISTIC:
            return True
        values = self._session.regclass(table), column
        return not self._session.query(BLURRED, values)

    def exact_text(self, text: str) -> str:
        return f'{text}::text COLLATE "C"'

    def make_temporary(self, table: str, written: Collection[str]) -> str:
        return make_temporary(self._session, table, written)

    def drop_temporary(self, name: str) -> None:
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
        return make_shadow(self._session, table, columns, name)

    def without_room(
        self, shadow: str, entry: Entry, key: Sequence[str], most: int
    ) -> tuple[int, list[Key]]:
        return without_room(self._session, shadow, entry, key, most)

    def excluded(
        self, shadow: str, exclusion: Exclusion, key: Sequence[str], most: int
    ) -> tuple[int, list[list[Key]]]:
        return excluded(self._session, shadow, exclusion, key, most)

    def drop_shadow(self, name: str) -> None:
        self.drop_temporary(name)

    def differs(self, one: str, other: str, column_type: ColumnType) -> str:
        return merging.differs(one, other, column_type)

    def updating_sql(
        self, table: str, rows: str, key: Sequence[str], written: Sequence[str]
    ) -> str:
        return merging.updating_sql(self._session, table, rows, key, written)

    # An identity column that is always generated takes values only so.
    own_numbers = "OVERRIDING SYSTEM VALUE "

    draws = True

    def reserve(self, sequence: NumberSequence, rows: int) -> str:
        return reserving.reserve(self._session, sequence, rows)

    def as_number(self, text: str) -> str:
        return reserving.as_number(text)

    def as_text(self, number: str) -> str:
        return reserving.as_text(number)

    def analyze(self, table: str) -> None:
        self._session.execute(f"ANALYZE {self._session.quote_table(table)}")
