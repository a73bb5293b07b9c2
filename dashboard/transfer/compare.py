"""Prove that two tables hold the same rows, or name what differs.

Both servers add up a hash of every row at the same time. Where the sums
agree nothing else is asked. Where they do not, columns that the servers may
only spell differently are hashed in Python; then the rows are divided by
their key's hash, and what still differs is compared value by value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from heapq import merge
from itertools import groupby
from operator import itemgetter

from .backends.base import (
    Cell,
    Checksum,
    ComparedRow,
    Layout,
    Selection,
    Session,
)
from .canonical import IN_PYTHON, SPELLING
from .columns import ColumnType, Kind
from .errors import Unsupported
from .keys import KeyRange
from .plan import PlanColumn, TablePlan
from .sides import Sides

MISSING = "missing"
EXTRA = "extra"
DIFFERS = "differs"

MOST = 10_000
"""A count of differences above this means "more than": counting has ended."""

# Fewer rows than this are compared value by value at once.
UNDIVIDED_ROWS = 50_000
BUCKET_ROWS = 1_000
MOST_DIGITS = 3
# Every further look at rows that differ takes this many times as many.
GROWTH = 8


@dataclass(frozen=True)
class RowDifference:
    """A row that only one side has, or that holds something else."""

    kind: str
    key: tuple[str, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Where ``unverifiable`` gives a reason, the differences are those of what
    could be compared.
    """

    source_rows: int
    destination_rows: int
    differences: tuple[RowDifference, ...] = ()
    differences_count: int = 0
    unverifiable: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether every row and column was compared and found equal."""
        return not self.differences_count and not self.unverifiable


def _nothing() -> None:
    pass


def counts(source: Session, destination: Session, plan: TablePlan) -> Comparison:
    """Compare the numbers of rows."""
    with Sides(source, destination, _nothing) as sides:
        rows = sides.both(lambda session, _: session.comparer.count(plan.table))
    return Comparison(*rows, differences_count=abs(rows[0] - rows[1]))


def compare(
    source: Session,
    destination: Session,
    plan: TablePlan,
    chosen: KeyRange = KeyRange(),  # noqa: B008 - frozen
    *,
    kept: int = 1_000,
    alive: Callable[[], None] = _nothing,
) -> Comparison:
    """Compare the rows of a range, column by column.

    A range that is not open needs an integer key, which both sides order
    alike. At most ``kept`` differences are returned. ``alive`` is called about
    every second; what it raises ends both sides' statements.
    """
    if chosen != KeyRange() and not plan.has_integer_key:
        raise Unsupported(
            f"Table '{plan.table}' can only be compared as a whole.",
            "Only integer keys are ordered alike by every engine.",
        )
    with Sides(source, destination, alive) as sides:
        return _Comparing(sides, plan, chosen, kept).run()


class Care(IntEnum):
    """How little is left to the servers."""

    TRUSTING = 0
    """Whatever they might spell alike."""
    EXACT = 1
    """What they are known to spell alike."""
    WARY = 2
    """The same without long texts, which one of them could not hash."""


class _Comparing:
    """One comparison, from the sums down to the columns."""

    def __init__(
        self, sides: Sides, plan: TablePlan, chosen: KeyRange, kept: int
    ) -> None:
        self._sides = sides
        self._plan = plan
        self._chosen = chosen
        self._kept = kept
        self._reason = ""

    def run(self) -> Comparison:
        layouts = self._layouts(Care.TRUSTING)
        if not layouts[0].key:
            return self._count_only()
        sums = self._sums(layouts)
        for care in (Care.EXACT, Care.WARY):
            if _agree(sums) or (care is Care.WARY and _complete(sums)):
                break
            careful = self._layouts(care)
            if careful != layouts:
                layouts, sums = careful, self._sums(careful)
        if _agree(sums):
            return self._result(sums)
        if not _complete(sums):
            return self._incomplete(sums)
        return self._differing(layouts, sums)

    # --- verdicts ---------------------------------------------------------

    def _result(
        self, sums: tuple[Checksum, Checksum], found: _Found | None = None
    ) -> Comparison:
        return Comparison(
            sums[0].rows,
            sums[1].rows,
            tuple(found.kept) if found else (),
            found.count if found else 0,
            self._reason,
        )

    def _count_only(self) -> Comparison:
        rows = self._sides.both(
            lambda session, _: session.comparer.count(self._plan.table)
        )
        return Comparison(*rows, unverifiable=self._reason)

    def _incomplete(self, sums: tuple[Checksum, Checksum]) -> Comparison:
        lacking = sum(side.rows - side.hashed for side in sums)
        self._reason = (
            f"{lacking} rows of table '{self._plan.table}' could not be hashed "
            "by their server: raise its max_allowed_packet."
        )
        return self._result(sums)

    def _differing(
        self, layouts: tuple[Layout, Layout], sums: tuple[Checksum, Checksum]
    ) -> Comparison:
        spelled = [c.name for c in layouts[0].key if c.rendering in SPELLING]
        if spelled:
            self._reason = (
                f"The key {', '.join(spelled)} is spelled differently by the two "
                "engines, so that rows cannot be told apart by it."
            )
            return self._result(sums)
        found = _Found(self._plan, self._kept)
        for prefixes in self._groups(layouts, sums):
            self._look(layouts, prefixes, found)
            if found.is_full:
                break
        if not found.count and not _agree(self._sums(layouts)):
            self._reason = "Rows were written while they were compared."
        return self._result(sums, found)

    # --- steps ------------------------------------------------------------

    def _sums(self, layouts: tuple[Layout, Layout]) -> tuple[Checksum, Checksum]:
        first, second = self._sides.both(
            lambda session, side: session.comparer.checksums(
                layouts[side], self._chosen
            )
        )
        return first[""], second[""]

    def _groups(
        self, layouts: tuple[Layout, Layout], sums: tuple[Checksum, Checksum]
    ) -> Iterator[tuple[str, ...]]:
        """Yield prefixes of keys' hashes: first of few rows, then of more.

        Every group costs a pass over the table.
        """
        rows = max(sums[0].rows, sums[1].rows)
        if rows <= UNDIVIDED_ROWS:
            yield ()
            return
        digits = 1
        while digits < MOST_DIGITS and rows / 16**digits > BUCKET_ROWS:
            digits += 1
        first, second = self._sides.both(
            lambda session, side: session.comparer.checksums(
                layouts[side], self._chosen, digits
            )
        )
        limit, size, group = UNDIVIDED_ROWS, 0, []
        for prefix in sorted(first.keys() | second.keys()):
            one, other = first.get(prefix), second.get(prefix)
            if one == other:
                continue
            group.append(prefix)
            size += max(side.rows for side in (one, other) if side)
            if size >= limit:
                yield tuple(group)
                limit, size, group = limit * GROWTH, 0, []
        if group:
            yield tuple(group)

    def _look(
        self,
        layouts: tuple[Layout, Layout],
        prefixes: tuple[str, ...],
        found: _Found,
    ) -> None:
        selection = Selection(self._chosen, prefixes)
        first, second = self._sides.streams(
            lambda session, side: session.comparer.rows(layouts[side], selection)
        )
        names = [cell.name for cell in (*layouts[0].cells, *layouts[0].raws)]
        rows = merge(
            ((row.place, 0, row) for row in first),
            ((row.place, 1, row) for row in second),
            key=itemgetter(0, 1),
        )
        for _, same in groupby(rows, key=itemgetter(0)):
            pair: tuple[list[ComparedRow], list[ComparedRow]] = ([], [])
            for _, side, row in same:
                pair[side].append(row)
            found.add(*pair, names)
            if found.is_full:
                break

    # --- layouts ----------------------------------------------------------

    def _layouts(self, care: Care) -> tuple[Layout, Layout]:
        """Decide where each column is hashed; without a key nothing is."""
        plan = self._plan
        shared = {column.name: self._rendering(column, care) for column in plan.columns}
        # A key has to be hashed by the servers, which divide the rows by it.
        self._reason = " ".join(
            self._no_common_text(column)
            for column in plan.columns
            if shared[column.name] is None
            or (column.name in plan.key and not shared[column.name])
        )
        first, second = (
            self._layout(shared, side, has_key=all(shared[name] for name in plan.key))
            for side in (0, 1)
        )
        return first, second

    def _layout(
        self, shared: dict[str, str | None], side: int, *, has_key: bool
    ) -> Layout:
        plan = self._plan
        cells = {
            column.name: Cell(column.name, column.kind, _type(column, side), rendering)
            for column in plan.columns
            if (rendering := shared[column.name]) is not None
        }
        return Layout(
            table=plan.table,
            key=tuple(cells[name] for name in plan.key) if has_key else (),
            cells=tuple(cell for cell in cells.values() if cell.rendering),
            raws=tuple(cell for cell in cells.values() if not cell.rendering),
            zone=plan.zone,
            signed_zero=all(s.comparer.has_negative_zero for s in self._sides.sessions),
        )

    def _rendering(self, column: PlanColumn, care: Care) -> str | None:
        """Return the name of a text, "" for Python, None for neither."""
        name = self._common(column)
        in_python = column.kind in IN_PYTHON
        if name is None:
            return "" if in_python else None
        doubtful = (care >= Care.EXACT and name in SPELLING) or (
            care >= Care.WARY and column.kind is Kind.TEXT
        )
        if doubtful and in_python and column.name not in self._plan.key:
            return ""
        return name

    def _common(self, column: PlanColumn) -> str | None:
        source, destination = (
            session.comparer.renderings(column, _type(column, side), self._plan.zone)
            for side, session in enumerate(self._sides.sessions)
        )
        return next((name for name in source if name in destination), None)

    def _no_common_text(self, column: PlanColumn) -> str:
        source, destination = self._sides.sessions
        return (
            f"Column '{column.name}' has no text that {source.vendor} "
            f"({column.source.name}) and {destination.vendor} "
            f"({column.destination.name}) share."
        )


def _type(column: PlanColumn, side: int) -> ColumnType:
    return (column.source, column.destination)[side]


def _agree(sums: tuple[Checksum, Checksum]) -> bool:
    return sums[0] == sums[1] and _complete(sums)


def _complete(sums: tuple[Checksum, Checksum]) -> bool:
    return all(side.hashed == side.rows for side in sums)


class _Found:
    """Differences so far: the first of them, and how many."""

    def __init__(self, plan: TablePlan, most_kept: int) -> None:
        self.kept: list[RowDifference] = []
        self.count = 0
        self._most_kept = most_kept
        self._order = {column.name: i for i, column in enumerate(plan.columns)}

    @property
    def is_full(self) -> bool:
        return self.count > MOST

    def add(
        self,
        source: list[ComparedRow],
        destination: list[ComparedRow],
        names: list[str],
    ) -> None:
        """Compare the rows of one key, more than one where it is not unique."""
        if len(source) == len(destination) == 1:
            if source[0].values != destination[0].values:
                self._differ(source[0], destination[0], names)
            return
        source, destination = _without_equals(source, destination)
        for old, new in zip(source, destination, strict=False):
            self._differ(old, new, names)
        for row in source[len(destination) :]:
            self._keep(RowDifference(MISSING, row.key))
        for row in destination[len(source) :]:
            self._keep(RowDifference(EXTRA, row.key))

    def _differ(self, old: ComparedRow, new: ComparedRow, names: list[str]) -> None:
        columns = [
            name
            for name, one, other in zip(names, old.values, new.values, strict=True)
            if one != other
        ]
        columns.sort(key=self._order.__getitem__)
        self._keep(RowDifference(DIFFERS, old.key, tuple(columns)))

    def _keep(self, difference: RowDifference) -> None:
        self.count += 1
        if len(self.kept) < self._most_kept:
            self.kept.append(difference)


def _without_equals(
    source: list[ComparedRow], destination: list[ComparedRow]
) -> tuple[list[ComparedRow], list[ComparedRow]]:
    old = Counter(row.values for row in source)
    new = Counter(row.values for row in destination)
    return _beyond(source, new), _beyond(destination, old)


def _beyond(
    rows: list[ComparedRow], others: Counter[tuple[bytes | None, ...]]
) -> list[ComparedRow]:
    left = others.copy()
    beyond = []
    for row in rows:
        if left[row.values]:
            left[row.values] -= 1
        else:
            beyond.append(row)
    return beyond
