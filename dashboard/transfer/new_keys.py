"""Takes numbers of the destination for rows that are to come under new keys.

Before any row is merged every key of the source's has its number, so that references
are known in whatever order tables are copied, in circles, too. A number is taken once:
what has one keeps it, in this run and in all that follow. Nobody uses one that is taken
and not used: not the destination, whose sequence is beyond it.

Objects that a generic relation leads to and that nobody has any more get numbers as
well: under their old ones they would be other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from .backends.base import Session
from .columns import ColumnKind
from .copy import move
from .errors import TransferError
from .failpoints import reach
from .keys import KeyRange
from .plan import TEXT, PlanColumn, TablePlan
from .rekeying import require_free
from .sequences import NumberSequence
from .whole_table import ranges

KEYS = "migration_console_keys_read"
"""The temporary table of keys that were read."""


@dataclass(frozen=True)
class Holder:
    """A table of the source that holds keys, in a column.

    With a ``type_column`` only where that holds the destination's ``content_type``.
    """

    plan: TablePlan
    column: PlanColumn
    type_column: str = ""
    content_type: int = 0


def holders(plan: TablePlan, others: Iterable[TablePlan]) -> Iterator[Holder]:
    """Yield what holds keys of a table: itself, and generic relations of others."""
    yield Holder(plan, plan.key_columns[0])
    for other in others:
        for column in other.written:
            for one in column.key_maps:
                if one.table == plan.key_map and one.type_column:
                    yield Holder(other, column, one.type_column, one.content_type)


def make_map(session: Session, name: str) -> None:
    """Make the table of a map; nothing where it is there."""
    session.execute(
        f"CREATE TABLE IF NOT EXISTS {session.quote(name)} "
        "(old_key bigint NOT NULL PRIMARY KEY, new_key bigint NOT NULL UNIQUE, "
        f"is_there smallint NOT NULL){session.schema.table_suffix}"
    )


def reserve(
    source: Session,
    destination: Session,
    plan: TablePlan,
    others: Iterable[TablePlan] = (),
    go_on: Callable[[], None] = lambda: None,
    part: KeyRange | None = None,
) -> int:
    """Take a number for every key of a table that has none; return how many.

    Of all rows, or of a ``part``; ``others`` are searched for generic relations. It is
    safe to repeat, whoever died in it: numbers that were taken for nothing stay unused.
    Raises TransferError where the destination has begun to number anew.
    """
    make_map(destination, plan.key_map)
    require_going_on(destination, plan)
    taken = 0
    for holder in holders(plan, others):
        with _keys_of(source, destination, plan, holder) as keys:
            for one in [part] if part else ranges(source, keys.read):
                go_on()
                taken += keys.reserve(one)
    if taken:
        # Every chunk is joined with it.
        destination.schema.analyze(plan.key_map)
    require_free(destination, plan)
    return taken


@contextmanager
def _keys_of(
    source: Session, destination: Session, plan: TablePlan, holder: Holder
) -> Iterator[_Keys]:
    """Make the temporary table for a holder's keys, and drop it."""
    schema, held = destination.schema, holder.plan
    wanted = {*held.key, holder.column.name, holder.type_column}
    columns = tuple(column for column in held.written if column.name in wanted)
    names = [column.name for column in columns]
    name = schema.make_shadow(held.table, names, KEYS, alone=False)
    try:
        read = replace(
            held,
            table=name,
            table_in_source=held.source_table,
            columns=columns,
            mode="",
            route=TEXT,
        )
        yield _Keys(source, destination, plan, holder, read)
    finally:
        # A connection that is gone has none any more.
        with suppress(TransferError):
            schema.drop_shadow(name)


class _Keys:
    """The keys of a holder, on their way into the map."""

    def __init__(
        self,
        source: Session,
        destination: Session,
        plan: TablePlan,
        holder: Holder,
        read: TablePlan,
    ) -> None:
        self._source = source
        self._session = destination
        self._plan = plan
        self._holder = holder
        self.read = read
        self._rows = destination.quote_table(read.table)
        self._map = destination.quote(plan.key_map)

    def reserve(self, part: KeyRange) -> int:
        """Give a number to what has none in a range; return how many."""
        session = self._session
        with session.transaction():
            session.execute(f"DELETE FROM {self._rows}")  # noqa: S608
            move(self._source, session, self.read, part)
        new = self._new()
        count = int(session.query(f"SELECT count(*) FROM ({new}) o")[0][0])  # noqa: S608
        if not count:
            return 0
        number = session.schema.reserve(_sequence(session, self._plan), count)
        reach("keys reserved")
        with session.transaction():
            session.execute(
                f"INSERT INTO {self._map} (old_key, new_key, is_there) "  # noqa: S608
                f"SELECT o.old_key, {number}, 0 FROM ({new}) o"
            )
        return count

    def _new(self) -> str:
        """Return the keys without a number, each once."""
        session, holder = self._session, self._holder
        name = f"x.{session.quote(holder.column.name)}"
        if holder.column.kind is not ColumnKind.INTEGER:
            name = session.schema.as_number(name)
        given = f"{name} IS NOT NULL"
        if holder.type_column:
            kind = session.quote(holder.type_column)
            given += f" AND x.{kind} = {int(holder.content_type)}"
        return (
            f"SELECT DISTINCT {name} AS old_key FROM {self._rows} x "  # noqa: S608
            f"LEFT JOIN {self._map} k ON k.old_key = {name} "
            f"WHERE {given} AND k.old_key IS NULL"
        )


def numbering(session: Session, plan: TablePlan) -> NumberSequence | None:
    """Return what numbers a table's key, or None where nothing does by itself."""
    for one in session.schema.sequences([plan.table]):
        if one.is_required and one.column.casefold() == plan.key[0].casefold():
            return one
    return None


def _sequence(session: Session, plan: TablePlan) -> NumberSequence:
    found = numbering(session, plan)
    if found is None:
        raise TransferError(
            _("Nothing numbers the rows of table '%(table)s' any more.")
            % {"table": plan.table},
            _("Plan the run again."),
        )
    return found


def last_taken(session: Session, plan: TablePlan) -> int:
    """Return the highest number that was taken so far, 0 where none was."""
    if session.catalog.table(plan.key_map) is None:
        return 0
    name = session.quote(plan.key_map)
    return int(session.query(f"SELECT max(new_key) FROM {name}")[0][0] or 0)  # noqa: S608


def require_going_on(session: Session, plan: TablePlan) -> None:
    """Raise where the destination gives numbers again that were taken.

    As after TRUNCATE: what the map calls rows of the source's may be anybody's.
    """
    taken, sequence = last_taken(session, plan), _sequence(session, plan)
    if sequence.last is not None and sequence.last < taken:
        raise TransferError(numbered_anew(plan), remedy_of(plan))


def numbered_anew(plan: TablePlan) -> str:
    """Say that a table's numbers have begun anew."""
    return _(
        "Table '%(table)s' of the destination numbers its rows anew, and gives numbers "
        "again that '%(map)s' keeps for rows of the source."
    ) % {"table": plan.table, "map": plan.key_map}


def remedy_of(plan: TablePlan) -> str:
    """Say what helps where numbers have begun anew."""
    return _(
        "Where the rows of earlier merges are gone, drop '%(map)s'; else let the "
        "numbers go on where they were."
    ) % {"map": plan.key_map}
