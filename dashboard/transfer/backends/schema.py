"""The contract of the part of a session that takes off, puts back and numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

from ..columns import ColumnType, ForeignKey, Table
from ..demands import Demands, Entry, Exclusion
from ..keys import Key
from ..schema_items import Hindrance, SchemaItem
from ..sequences import NumberSequence, UnknownSource

TEMPORARY = "migration_console_dry_run"
"""What a temporary table is called; a session has one at a time."""

SHADOW = "migration_console_shadow"
"""What that of ``make_shadow`` is called, if nobody says otherwise."""


class Numbered(ABC):
    """What numbers the rows of tables; a schema is one."""

    @abstractmethod
    def sequences(self, tables: Sequence[str]) -> list[NumberSequence]:
        """Return what numbers the rows of these tables, as it is now."""

    def unknown_sources(self, tables: Sequence[str]) -> list[UnknownSource]:
        """Return the columns that are numbered by nobody knows what."""
        return []

    @abstractmethod
    def advance(self, sequence: NumberSequence, beyond: int) -> None:
        """Let the next number lie beyond another one; it never goes back."""

    @abstractmethod
    def advancing_sql(self, sequence: NumberSequence, beyond: int) -> str:
        """Return statements that do what ``advance`` does, for people to read and run.

        "" where the sequence lies beyond it already, or cannot.
        """


class Schema(Numbered):
    """What comes off before a load and goes back after it."""

    # Whether foreign keys are off for the session rather than taken off.
    checks_are_off_in_session: bool
    # Whether to add a foreign key waits until nobody reads its tables.
    keys_wait_for_readers: bool
    # Whether a foreign key goes back in a moment, and is proved by itself then.
    keys_are_proved_apart: bool
    # Whether a table is read once for all its indexes, if they are made together.
    indexes_go_back_together: bool
    # Whether a table with an auto-increment takes one loader at a time.
    one_loader_per_table: bool
    # Whether the whole database takes one writer at a time.
    one_writer: bool
    # The type of a text of up to 191 characters that can be a primary key.
    key_text_type = "text"
    # What lets a statement sort for its groups and not look each of them up, and how
    # many octets of a value such a sort looks at; "" where the engine decides well.
    sorted_groups: tuple[str, int] = ("", 0)
    # What CREATE TABLE ends with, for a table that can roll back.
    table_suffix = ""

    @abstractmethod
    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        """Return the foreign keys of these tables that have to come off."""

    @abstractmethod
    def indexes(self, table: str, source: Table | None) -> list[SchemaItem]:
        """Return the indexes that can come off and are known to go back.

        A unique one only where the ``source`` keeps its columns unique, too.
        """

    def settings(self, table: str) -> list[SchemaItem]:
        """Return the settings of a table that are better off during a load."""
        return []

    @abstractmethod
    def triggers(
        self,
        tables: Sequence[str],
        emptied: Collection[str] = (),
        deleted: Collection[str] = (),
        updated: Collection[str] = (),
    ) -> list[SchemaItem]:
        """Return the triggers that fire for what a load does, as they fire.

        Of all ``tables`` those for rows that are loaded; of those that are ``emptied``
        by ``Loader.empty``, or whose rows are ``deleted`` or ``updated`` by a
        statement, those for that too.
        """

    def hindrances(self, items: Sequence[SchemaItem]) -> list[Hindrance]:
        """Return which triggers could not be put back as they are, and why."""
        return []

    @abstractmethod
    def is_as_before(self, item: SchemaItem) -> bool:
        """Whether a trigger is there and is in everything as it was written down."""

    @abstractmethod
    def is_there(self, item: SchemaItem) -> bool:
        """Whether the item is in place, valid or not."""

    def needs_table(self, item: SchemaItem) -> bool:
        """Whether nothing else is done to the table while the item goes back.

        Two that need it would wait for each other's lock, however long.
        """
        return True

    @abstractmethod
    def remove(self, item: SchemaItem) -> None:
        """Take the item off; nothing happens where it is off already."""

    def remove_together(self, items: Sequence[SchemaItem]) -> None:
        """Take items off that may be of many tables, as long as nobody is in the way.

        Raises TransferError where any of them was not taken off; others may be.
        """
        for item in items:
            self.remove(item)

    @abstractmethod
    def restore(self, item: SchemaItem, *, validated: bool = True) -> bool:
        """Put the item back; nothing happens where it is back already.

        A foreign key that is not ``validated`` holds for new rows only. Returns
        whether the item is now as valid as it was before it came off.
        """

    def restore_keys_together(
        self, items: Sequence[SchemaItem], *, validated: bool
    ) -> list[bool]:
        """Put foreign keys back that may be of many tables, as ``restore`` does one.

        As long as nobody is in the way. Raises TransferError where any is not put
        back; others may be.
        """
        return [self.restore(item, validated=validated) for item in items]

    @abstractmethod
    def restore_together(self, items: Sequence[SchemaItem]) -> None:
        """Put indexes of one table back; what fails keeps none of the others off.

        Raises the first failure, when all others are back.
        """

    # Whether two columns of one collation's name compare alike in any database.
    collates_by_name = False

    @abstractmethod
    def takes_only_the_same(self, table: str, column: str) -> bool:
        """Whether a foreign key to a text takes no other text for it, to the octet."""

    @abstractmethod
    def exact_text(self, text: str) -> str:
        """Return SQL for what two texts share only if they are the same to the octet.

        Whatever their collations and types; of what holds octets it is the octets.
        """

    def same_text(
        self, one: tuple[str, ColumnType], other: tuple[str, ColumnType]
    ) -> str:
        """Return the condition that two texts, with their types, are the very same.

        An index of the second one's collation serves it.
        """
        exact = f"{self.exact_text(one[0])} = {self.exact_text(other[0])}"
        return f"{one[0]} = {other[0]} AND {exact}"

    @abstractmethod
    def make_temporary(self, table: str, written: Collection[str]) -> str:
        """Make an empty temporary table of a table's shape and return its name.

        With types, collations, generated columns, CHECKs and unique keys, without
        foreign keys and triggers. Columns that are not ``written`` draw on no sequence.
        It ends with the session, whatever becomes of the process. Raises
        TransferError where the account may not, or the engine cannot.
        """

    @abstractmethod
    def drop_temporary(self, name: str) -> None:
        """Drop what ``make_temporary`` has made, and never another table."""

    @abstractmethod
    def demands(self, tables: Sequence[str]) -> dict[str, Demands]:
        """Return what these tables demand of their rows together, by their names.

        Of whatever is in force: unique keys, CHECKs, and what indexes have room for.
        However many tables there are, the engine is asked a few times, and of those
        with a CHECK or an expression once more.
        """

    @abstractmethod
    def make_shadow(
        self,
        table: str,
        columns: Collection[str],
        name: str = SHADOW,
        *,
        alone: bool = True,
    ) -> str:
        """Make an empty temporary table with some columns of a table; return its name.

        It is called ``name``, and is ``alone`` where no other table is written while it
        is there: then nobody is kept waiting.

        With their types, collations and generated values, and without anything that
        would refuse a row: no key, index, default, CHECK, domain or NOT NULL. Like
        ``make_temporary`` it ends with the session, and may raise TransferError.
        """

    def without_room(
        self, shadow: str, entry: Entry, key: Sequence[str], most: int
    ) -> tuple[int, list[Key]]:
        """Count the rows of such a table for which an index has no room.

        With their keys, of the ``most`` longest. Nothing is left of it.
        """
        return 0, []

    def excluded(
        self, shadow: str, exclusion: Exclusion, key: Sequence[str], most: int
    ) -> tuple[int, list[list[Key]]]:
        """Count up to ``most`` pairs of its rows that exclude each other.

        With their keys. An index may be left on it.
        """
        return 0, []

    @abstractmethod
    def drop_shadow(self, name: str) -> None:
        """Drop what ``make_shadow`` has made, and never another table."""

    @abstractmethod
    def differs(self, one: str, other: str, column_type: ColumnType) -> str:
        """Return the condition that two values of a column are not the very same.

        NULL is the same as NULL. What an engine only takes for equal, as texts of a
        collation that are spelled in two ways, differs.
        """

    @abstractmethod
    def updating_sql(
        self, table: str, rows: str, key: Sequence[str], written: Sequence[str]
    ) -> str:
        """Return the statement that gives rows of a table the values of others.

        ``rows`` is a temporary table with the same columns; ``key`` says which rows
        belong together, ``written`` what is given.
        """

    def updating_hindrance(self) -> tuple[str, str]:
        """Say why that statement is not known here, and what helps, or ("", "")."""
        return "", ""

    # How an INSERT of rows begins.
    inserting = "INSERT INTO"
    # Whether numbers are drawn from a sequence; else they are the table's own.
    draws = False

    @abstractmethod
    def reserve(self, sequence: NumberSequence, rows: int) -> str:
        """Take so many numbers of a column, which nobody else gets from then on.

        Outside of a transaction: what is taken stays taken. Returns SQL for the number
        of each of so many rows ``o`` with a column ``old_key``, to be used once. Raises
        TransferError where there are not as many left.
        """

    @abstractmethod
    def marking_sql(self, name: str, rows: str, key: str) -> str:
        """Return the statement that sets ``is_there`` of a map's rows to 1.

        Of those whose ``new_key`` is the ``key`` of some ``rows``, of a temporary table
        without an index; all three are SQL.
        """

    @abstractmethod
    def as_number(self, text: str) -> str:
        """Return SQL for the whole number that a text is, NULL for any other text."""

    @abstractmethod
    def as_text(self, number: str) -> str:
        """Return SQL for the digits of a whole number, without leading zeros."""

    # What an INSERT of rows with numbers of their own has before its SELECT.
    own_numbers = ""

    @abstractmethod
    def analyze(self, table: str) -> None:
        """Refresh the optimizer's statistics."""

    @abstractmethod
    def orphans(self, key: ForeignKey, most: int) -> tuple[int, list[Key]]:
        """Count rows that refer to nothing, and return the keys of the first.

        Their own keys, at most ``most``, and none of a table without a key: what
        they refer to may be anybody's name.
        """
