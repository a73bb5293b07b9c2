"""The contract of the part of a session that looks at what stands around the rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..schema_items import SchemaItem


@dataclass(frozen=True)
class Needs:
    """What a run does to a database, by the names of its tables there.

    ``read`` and ``written`` are columns by table. Tables are ``emptied`` by
    ``Loader.empty``, or their rows ``deleted`` or ``updated`` by
    a statement; ``items`` come off and
    go back, and of ``numbered`` tables a column's next number is set. ``makes_tables``
    are those of receipts, and the temporary ones of a search for a refused column;
    with ``stages`` rows go through temporary ones before they are written.
    """

    read: Mapping[str, Sequence[str]] = field(default_factory=dict)
    written: Mapping[str, Sequence[str]] = field(default_factory=dict)
    emptied: Collection[str] = ()
    deleted: Collection[str] = ()
    updated: Collection[str] = ()
    items: Sequence[SchemaItem] = ()
    numbered: Collection[str] = ()
    makes_tables: bool = False
    stages: bool = False

    @property
    def tables(self) -> list[str]:
        """Every table that is named, in the order of its first use."""
        of_items = [name for one in self.items for name in (one.table, one.to_table)]
        return list(dict.fromkeys(filter(None, [*self.read, *self.written, *of_items])))


@dataclass(frozen=True)
class Lacking:
    """A privilege that the account lacks: of ``tables``, or of the database.

    ``why`` is a sentence on what needs it; ``statements`` grant it. Where it is not
    ``needed``, a run does without.
    """

    privilege: str
    tables: tuple[str, ...]
    why: str
    statements: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True)
class Obstacle:
    """What keeps every account, or this one, from writing: a sentence and a remedy."""

    why: str
    remedy: str


@dataclass(frozen=True)
class RowSecurity:
    """Row-level security of a table, and whether it holds for the account."""

    table: str
    holds: bool
    why: str
    remedy: str


@dataclass(frozen=True)
class Rule:
    """A rule of PostgreSQL's: ``event`` is INSERT, UPDATE or DELETE."""

    table: str
    name: str
    event: str


class Surroundings(ABC):
    """Privileges, policies, rules and the state of the server.

    Nothing is changed. What an engine does not have, or does not tell, is nothing.
    """

    def lacking(self, needs: Needs) -> list[Lacking]:
        """Return the privileges that the session's account lacks."""
        return []

    def hidden(self, tables: Sequence[str]) -> list[Lacking]:
        """Return what is lacking where the catalogue hides columns for want of it."""
        return []

    @abstractmethod
    def obstacles(self) -> list[Obstacle]:
        """Return what would keep a session from writing into the database."""

    def row_security(self, tables: Sequence[str]) -> list[RowSecurity]:
        """Return the tables that have row-level security."""
        return []

    def rules(self, tables: Sequence[str]) -> list[Rule]:
        """Return the rules that rewrite what is done to these tables."""
        return []

    def is_pooled(self) -> bool:
        """Whether the connection leads to a pooler, and not to the server itself."""
        return False

    def shares_with(self, other: Surroundings) -> bool:
        """Whether a server's session serves this connection and another by turns.

        Then nothing that one of them sets holds for its next transaction. ``other`` is
        of another session of the same alias.
        """
        return False

    def free_bytes(self) -> int | None:
        """Return how much more the database may grow, in bytes; None if unknown."""
        return None
