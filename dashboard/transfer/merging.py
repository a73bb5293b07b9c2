"""Gets rows into a table that holds some already, by their key.

A range is loaded into a temporary table by the same reader and loader as a copy. What
is not there, or differs, goes on into a second one; and from there the rows that
differ are updated and those that are missing inserted, in two statements. All of it
is in the transaction of the range's receipt. No row is deleted, and none is touched
that is the same already: no trigger fires for it.

While that is done sums are kept of what was there and of what is there afterwards. By
them the comparison proves that nothing else has changed; see ``merge_proof.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext as _

from .backends.base import Session
from .checksums import Layout
from .copy import Copied, copy_range, move
from .errors import CountMismatch, KeysUnknown, TransferError
from .failpoints import reach
from .keys import EVERYTHING, KeyRange
from .layouts import layout_of
from .merged import Merged, Sums
from .new_keys import reserve
from .plan import MISSING, PlanColumn, TablePlan
from .receipts import Receipts
from .rekeying import UNKNOWN, Rekeying
from .values import ObjectRoute

# The temporary tables: all rows of a range, those that are written, and those that are
# summed up.
STAGED = "migration_console_staged"
WRITTEN = "migration_console_written"
SUMMED = "migration_console_summed"


def merge_range(
    source: Session,
    destination: Session,
    plan: TablePlan,
    key_range: KeyRange,
    receipts: Receipts,
    item: str,
    epoch: int,
    objects: ObjectRoute | None = None,
    *,
    is_proved: bool = True,
    without: Sequence[KeyRange] = (),
    most_bad: int = 1,
) -> Copied:
    """Merge a range once, whoever else tries; see ``copy_range``.

    Sums are kept where it ``is_proved`` afterwards.
    """
    layout = layout_of(source, destination, plan) if is_proved else None
    with staging(destination, plan, layout, alone=False) as staged:
        merge = partial(
            copy_range,
            *(source, destination, plan, key_range, receipts, item, epoch, objects),
            without=without,
            most_bad=most_bad,
            load=lambda part: staged.merge(source, part, objects),
        )
        try:
            return merge()
        except KeysUnknown:
            # The source has got rows since the numbers were taken.
            reserve(source, destination, plan, part=key_range)
            return merge()


@contextmanager
def staging(
    destination: Session,
    plan: TablePlan,
    layout: Layout | None,
    *,
    alone: bool,
    suffix: str = "",
) -> Iterator[Staging]:
    """Make the temporary tables, outside of a transaction, and drop them.

    A server that keeps GTIDs makes none inside of one. ``suffix`` tells the tables of
    several that are there at once apart.
    """
    names: list[str] = []
    columns = [column.name for column in plan.columns]
    make = destination.schema.make_shadow
    try:
        for name in (STAGED, WRITTEN, *([SUMMED] if layout else [])):
            called = f"{name}{suffix}"
            names.append(make(plan.table, columns, called, alone=alone))
        yield Staging(destination, plan, layout, names)
    finally:
        # A connection that is gone has none any more.
        with suppress(TransferError):
            for name in names:
                destination.schema.drop_shadow(name)


class Found(NamedTuple):
    """How many rows of a range would be inserted, and how many updated."""

    rows: int
    inserted: int
    updated: int


class Staging:
    """The temporary tables of one table that is merged into."""

    def __init__(
        self,
        destination: Session,
        plan: TablePlan,
        layout: Layout | None,
        names: Sequence[str],
    ) -> None:
        self._session = destination
        self._plan = plan
        self._layout = layout
        self._names = names
        self.staged, self.written = names[:2]
        self._is_clear = True
        self._rekeying = Rekeying(destination, plan) if plan.is_rekeyed else None
        self._is_found = False

    # --- what a run does ------------------------------------------------------

    def merge(
        self, source: Session, part: KeyRange, objects: ObjectRoute | None
    ) -> Copied:
        """Merge a range inside the open transaction."""
        copied = self.stage(source, part, objects)
        return replace(copied, merged=self.put(part, copied.rows))

    def put(self, part: KeyRange, staged_rows: int) -> Merged:
        """Write the staged rows of a range inside the open transaction."""
        staged = self._sum(self.staged)
        if self._rekeying:
            self._rekeying.require_known(self._of(self.staged))
            self._rekeying.require_free(self._of(self.staged))
        rows = self._find(part)
        reach("rows staged")
        sums, inserted = Sums(staged, 0, 0, 0), 0
        if rows:
            old = self._sum_there()
            wanted = self._sum(self.written)
            if self._plan.mode != MISSING:
                self._update()
            inserted = self._insert()
            self._require(rows)
            sums = Sums(staged, old, self._sum_there(), wanted)
        if self._rekeying:
            self._rekeying.note_inserted(self._of(self.written))
            self._prove_back(self._rekeying, staged)
        proof = None if self._layout is None else sums
        return Merged(staged_rows, inserted, rows - inserted, proof)

    def stage(
        self, source: Session, part: KeyRange, objects: ObjectRoute | None = None
    ) -> Copied:
        """Load a range into the first temporary table, and nothing else."""
        return move(source, self._session, self.cleared(), part, objects)

    def cleared(self) -> TablePlan:
        """Empty the temporary tables; return the plan that loads into the first."""
        self._clear()
        return replace(
            self._plan,
            table=self.staged,
            table_in_source=self._plan.source_table,
            mode="",
        )

    # --- what is known before -------------------------------------------------

    def find(self, part: KeyRange, rows: int) -> Found:
        """Return what a merge of the staged ``rows`` would do."""
        written = self._find(part)
        sql = f"SELECT count(*) FROM {self._of(self.written)} s WHERE {self._absent()}"  # noqa: S608
        inserted = int(self._session.query(sql)[0][0]) if written else 0
        return Found(rows, inserted, written - inserted)

    # --- statements -----------------------------------------------------------

    def _clear(self) -> None:
        if not self._is_clear:
            for name in self._names:
                self._session.execute(f"DELETE FROM {self._of(name)}")  # noqa: S608
        self._is_clear = self._is_found = False

    def _find(self, part: KeyRange) -> int:
        """Put the rows that are to be written into their table; return how many."""
        plan, session = self._plan, self._session
        if self._is_found:
            session.execute(f"DELETE FROM {self._of(self.written)}")  # noqa: S608
        self._is_found = True
        there = f"d.{session.quote(plan.key[0])} IS NULL"
        conditions = [there]
        if plan.mode != MISSING:
            conditions += [
                session.schema.differs(*self._both(column), column.destination)
                for column in self._compared()
            ]
        rows = self._of(self.staged)
        if self._rekeying:
            rows = self._rekeying.forth(rows)
            if plan.mode != MISSING:
                conditions.append(f"s.{UNKNOWN} = 1")
        joined = " AND ".join([self._same(), *self._within(part)])
        return session.execute(
            f"INSERT INTO {self._of(self.written)} ({self._columns()}) "  # noqa: S608
            f"SELECT {self._columns('s.')} FROM {rows} s "
            f"LEFT JOIN {session.rows_of(plan.table)} d ON {joined} "
            f"WHERE {' OR '.join(conditions)}"
        )

    def _update(self) -> None:
        names = [column.name for column in self._compared()]
        if not names:
            return
        plan, schema = self._plan, self._session.schema
        self._session.execute(
            schema.updating_sql(plan.table, self.written, plan.key, names)
        )

    def _insert(self) -> int:
        session = self._session
        return session.execute(
            f"{session.schema.inserting} {session.quote_table(self._plan.table)} "  # noqa: S608
            f"({self._columns()}) {session.schema.own_numbers}"
            f"SELECT {self._columns('s.')} FROM {self._of(self.written)} s "
            f"WHERE {self._absent()}"
        )

    def _require(self, rows: int) -> None:
        """Raise CountMismatch unless every written row is there."""
        sql = f"SELECT count(*) {self._there()}"
        found = int(self._session.query(sql)[0][0])
        if found != rows:
            raise CountMismatch(
                _(
                    "%(rows)d rows of table '%(table)s' were to be inserted or "
                    "updated, and %(found)d of them are there."
                )
                % {"rows": rows, "table": self._plan.table, "found": found},
                _("Look for a trigger or a rule of the destination that keeps them."),
            )

    # --- sums -----------------------------------------------------------------

    def _sum(self, name: str) -> int:
        if self._layout is None:
            return 0
        layout = replace(self._layout, table=name)
        found = self._session.comparer.checksums(layout, EVERYTHING)[""]
        if found.hashed != found.rows:
            raise CountMismatch(
                _("The server could not hash every row of table '%(table)s'.")
                % {"table": self._plan.table},
                _("Raise its max_allowed_packet, or merge with --verify none."),
            )
        return found.total

    def _sum_there(self) -> int:
        """Sum up the rows that are there under the keys of those that are written."""
        return self._sum_of(self._there())

    def _prove_back(self, rekeying: Rekeying, staged: int) -> None:
        """Look all rows up by their new keys; raise CountMismatch if any differs."""
        if self._layout is None or self._plan.mode == MISSING:
            return
        rows = rekeying.back_of(self._of(self.staged))
        if self._sum_of(f"FROM {rows}") != staged:
            raise rekeying.differs()

    def _sum_of(self, rows: str) -> int:
        """Sum up rows, called d in what follows SELECT."""
        if self._layout is None:
            return 0
        name = self._names[2]
        self._session.execute(f"DELETE FROM {self._of(name)}")  # noqa: S608
        self._session.execute(
            f"INSERT INTO {self._of(name)} ({self._columns()}) "
            f"SELECT {self._columns('d.')} {rows}"
        )
        return self._sum(name)

    # --- parts of statements --------------------------------------------------

    def _of(self, name: str) -> str:
        return self._session.quote_table(name)

    def _columns(self, prefix: str = "") -> str:
        quote = self._session.quote
        return ", ".join(f"{prefix}{quote(c.name)}" for c in self._plan.written)

    def _same(self) -> str:
        names = map(self._session.quote, self._plan.key)
        return " AND ".join(f"d.{name} = s.{name}" for name in names)

    def _there(self) -> str:
        rows = self._session.rows_of(self._plan.table)
        return f"FROM {self._of(self.written)} s JOIN {rows} d ON {self._same()}"

    def _absent(self) -> str:
        rows = self._session.rows_of(self._plan.table)
        return f"NOT EXISTS (SELECT 1 FROM {rows} d WHERE {self._same()})"  # noqa: S608

    def _within(self, part: KeyRange) -> Iterator[str]:
        """Limit the rows of the destination to a range that both order alike.

        A planner may read all of a large table for a part of it otherwise.
        """
        if not (self._plan.has_integer_key and self._plan.keeps_keys):
            return
        name = f"d.{self._session.quote(self._plan.key[0])}"
        for sign, bound in ((">", part.lower), ("<=", part.upper)):
            if bound is not None:
                yield f"{name} {sign} {int(bound[0])}"

    def _both(self, column: PlanColumn) -> tuple[str, str]:
        name = self._session.quote(column.name)
        return f"d.{name}", f"s.{name}"

    def _compared(self) -> list[PlanColumn]:
        """Return the columns in which rows of one key may differ.

        Of the key those that take a text for another one that is spelled otherwise.
        """
        plan, schema = self._plan, self._session.schema
        return [
            column
            for column in plan.written
            if column.name not in plan.key
            or not (
                not column.destination.collation
                or schema.takes_only_the_same(plan.table, column.name)
            )
        ]
