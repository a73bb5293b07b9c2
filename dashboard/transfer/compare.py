"""Prove that two tables hold the same rows, or name what differs.

Both servers add up a hash of every row at the same time. Where the sums
agree nothing else is asked. Where they do not, columns that the servers may
only spell differently are hashed in Python; then the rows are divided by
their key's hash, and what still differs is compared value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby
from operator import itemgetter

from django.utils.translation import gettext as _

from .backends.base import Session
from .backends.comparer import ComparedSide
from .canonical import SPELLING
from .checksums import Checksum, Selection
from .differences import Differences, RowDifference, Rows
from .errors import AnswersDiffer, Unsupported
from .keys import EVERYTHING, KeyRange
from .layouts import Layouts, Trust, decide_layouts
from .pair import Pair
from .plan import TablePlan

# Fewer rows than this are compared value by value at once.
UNDIVIDED_ROWS = 50_000
BUCKET_ROWS = 1_000
MOST_DIGITS = 3
# Every further look at rows that differ takes this many times as many.
GROWTH = 8

Sums = tuple[Checksum, Checksum]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Where ``unverifiable`` gives a reason, nothing is proved by it. ``uncompared``
    names columns without which it was: the differences are those of all others.
    """

    source_rows: int
    destination_rows: int
    differences: tuple[RowDifference, ...] = ()
    differences_count: int = 0
    unverifiable: str = ""
    uncompared: str = ""
    # Of a merge: rows of the destination that are none of the source's, and of which
    # none has changed. None where that is not proved.
    untouched: int | None = None

    @property
    def unproved(self) -> str:
        """What keeps it from proving every column of every row, or ""."""
        return " ".join(filter(None, (self.unverifiable, self.uncompared)))

    @property
    def is_equal(self) -> bool:
        """Whether every row and column was compared and found equal."""
        return not self.differences_count and not self.unproved


def _nothing() -> None:
    pass


def counts(source: ComparedSide, destination: Session, plan: TablePlan) -> Comparison:
    """Compare the numbers of rows."""
    with Pair(source, destination, _nothing) as pair:
        rows = _count_rows(pair, plan)
    return Comparison(*rows, differences_count=abs(rows[0] - rows[1]))


def compare(
    source: ComparedSide,
    destination: Session,
    plan: TablePlan,
    key_range: KeyRange = EVERYTHING,
    *,
    differences_kept: int = 1_000,
    still_working: Callable[[], None] = _nothing,
) -> Comparison:
    """Compare the rows of a range, column by column.

    A range that is not open needs an integer key, which both sides order
    alike. At most ``differences_kept`` differences are returned.
    ``still_working`` is called about every second; what it raises ends both
    sides' statements.
    """
    if key_range != EVERYTHING and not (plan.has_integer_key and plan.keeps_keys):
        raise Unsupported(
            _("Table '%(table)s' was to be compared in parts, by ranges of its key.")
            % {"table": plan.table},
            _(
                "Compare it as a whole: two databases order a key alike only where "
                "it is one integer."
            ),
        )
    with Pair(source, destination, still_working) as pair:
        return _Comparing(pair, plan, (key_range, key_range), differences_kept).run()


def compare_part(
    source: ComparedSide, destination: Session, plan: TablePlan, part: KeyRange
) -> Comparison:
    """Compare a range of the source, in its own order, with all of the destination."""
    with Pair(source, destination, _nothing) as pair:
        return _Comparing(pair, plan, (part, EVERYTHING), 1_000).run()


def compare_keys(
    source: Session,
    destination: Session,
    plan: TablePlan,
    *,
    differences_kept: int,
    still_working: Callable[[], None],
    rows: str = "",
) -> Comparison:
    """Compare the rows of the source with those of their keys in the destination.

    Other rows of the destination are not looked at, and not counted. Its ``rows`` are
    SQL, for FROM, where they have other keys.
    """
    both = (EVERYTHING, EVERYTHING)
    with Pair(source, destination, still_working) as pair:
        comparing = _Comparing(pair, plan, both, differences_kept, by_keys=True)
        comparing.rows = rows
        return comparing.run()


def _count_rows(pair: Pair, plan: TablePlan) -> tuple[int, int]:
    return pair.both(lambda session, side: session.comparer.count(plan, side))


class _Comparing:
    """One comparison, from the sums down to the columns."""

    def __init__(
        self,
        pair: Pair,
        plan: TablePlan,
        key_ranges: tuple[KeyRange, KeyRange],
        differences_kept: int,
        *,
        by_keys: bool = False,
    ) -> None:
        self._by_keys = by_keys
        self._pair = pair
        self._plan = plan
        self._key_ranges = key_ranges
        self._differences_kept = differences_kept
        self._unverifiable = self._uncompared = ""
        # What the destination's rows are, for FROM; "" as they are.
        self.rows = ""

    def run(self) -> Comparison:
        layouts = self._layouts(Trust.FULL)
        if not layouts.has_key:
            rows = _count_rows(self._pair, self._plan)
            reason = layouts.unproved if any(rows) else ""
            return Comparison(*rows, unverifiable=reason)
        sums = self._sums(layouts)
        for trust in (Trust.PROVEN, Trust.LEAST):
            if _agree(sums) or (trust is Trust.LEAST and _complete(sums)):
                break
            careful = self._layouts(trust)
            if careful != layouts:
                layouts, sums = careful, self._sums(careful)
        if _agree(sums):
            return self._result(sums)
        if not _complete(sums):
            return self._incomplete(sums)
        try:
            return self._differing(layouts, sums)
        except AnswersDiffer as error:
            self._unverifiable = error.message
            return self._result(sums)

    def _layouts(self, trust: Trust) -> Layouts:
        layouts = decide_layouts(self._pair.sessions, self._plan, trust)
        self._unverifiable = layouts.unverifiable
        self._uncompared = layouts.uncompared
        there = replace(layouts.destination, rows=self.rows)
        return replace(layouts, destination=there)

    # --- verdicts ---------------------------------------------------------

    def _result(self, sums: Sums, found: Differences | None = None) -> Comparison:
        if not (sums[0].rows or sums[1].rows):
            # Nothing is the same as nothing, whatever its type.
            self._unverifiable = self._uncompared = ""
        if not (found and found.count):
            unproved = self._pair.sessions[0].comparer.unproved
            self._unverifiable = self._unverifiable or unproved
        return Comparison(
            sums[0].rows,
            sums[1].rows,
            tuple(found.kept) if found else (),
            found.count if found else 0,
            self._unverifiable,
            self._uncompared,
        )

    def _incomplete(self, sums: Sums) -> Comparison:
        self._unverifiable = _(
            "The server could not hash %(rows)d of the rows of table '%(table)s': "
            "raise its max_allowed_packet."
        ) % {
            "rows": sum(side.rows - side.hashed for side in sums),
            "table": self._plan.table,
        }
        return self._result(sums)

    def _differing(self, layouts: Layouts, sums: Sums) -> Comparison:
        found = Differences(
            self._plan, self._differences_kept, ignores_extra=self._by_keys
        )
        for prefixes in self._groups(layouts, sums):
            self._compare_rows(layouts, prefixes, found)
            if found.is_full:
                break
        key = layouts.source.key
        spelled = [c.name for c in key if c.canonical_form in SPELLING]
        if spelled and not found.are_apart([column.kind for column in key]):
            self._unverifiable = _(
                "The two engines may spell the key %(key)s differently, so that no "
                "row can be found by it on the other side."
            ) % {"key": ", ".join(spelled)}
            return self._result(sums)
        if self._by_keys:
            return replace(
                self._result(sums, found),
                destination_rows=sums[0].rows - found.missing,
            )
        if not found.count and not _agree(self._sums(layouts)):
            self._unverifiable = _("Rows were written while they were compared.")
        return self._result(sums, found)

    # --- steps ------------------------------------------------------------

    def _sums(self, layouts: Layouts) -> Sums:
        first, second = self._pair.both(
            lambda session, side: session.comparer.checksums(
                layouts.of(side), self._key_ranges[side]
            )
        )
        return first[""], second[""]

    def _groups(self, layouts: Layouts, sums: Sums) -> Iterator[tuple[str, ...]]:
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
        first, second = self._pair.both(
            lambda session, side: session.comparer.checksums(
                layouts.of(side), self._key_ranges[side], digits
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

    def _compare_rows(
        self, layouts: Layouts, prefixes: tuple[str, ...], found: Differences
    ) -> None:
        selections = [Selection(part, prefixes) for part in self._key_ranges]
        first, second = self._pair.streams(
            lambda session, side: session.comparer.rows(
                layouts.of(side), selections[side]
            )
        )
        layout = layouts.source
        names = [c.name for c in (*layout.server_hashed, *layout.python_hashed)]
        rows = merge(
            ((row.key_hash, 0, row) for row in first),
            ((row.key_hash, 1, row) for row in second),
            key=itemgetter(0, 1),
        )
        for __, same in groupby(rows, key=itemgetter(0)):
            by_side: tuple[Rows, Rows] = (Rows(), Rows())
            for __, side, row in same:
                by_side[side].add(row)
            found.add(*by_side, names)
            if found.is_full:
                break


def _agree(sums: Sums) -> bool:
    return sums[0] == sums[1] and _complete(sums)


def _complete(sums: Sums) -> bool:
    return all(side.hashed == side.rows for side in sums)
