"""Proves a merge: every row of the source is there, and nothing else has changed.

Three sums are looked at, each of the hashes of whole rows.

- Of the source's rows now, and of those that were staged in the destination: what was
  written is what the source holds.
- Of the rows that were written, as they are and as they were meant to be: no trigger
  made something else of them.
- Of the whole table as it was before the first row was written, and as it is: what it
  was, without the rows that were updated as they had been, and with all that were
  written as they are, is what it is now. So no other row has changed.

Where the first does not hold rows are compared one by one, as after a copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from django.utils.translation import gettext as _

from .backends.base import Session
from .backends.changed_rows import count_rows
from .checksums import Checksum
from .compare import Comparison, compare_keys
from .differences import DIFFERS
from .keys import EVERYTHING
from .layouts import Layouts, decide_layouts, layout_of, trust_of
from .merged import MODULUS, Merged
from .pair import Pair
from .plan import MISSING, TablePlan
from .rekeying import Rekeying


def measure(
    source: Session, destination: Session, plan: TablePlan, *, is_proved: bool
) -> Checksum:
    """Return how many rows a table holds and, where it ``is_proved``, their sum."""
    if not is_proved:
        return Checksum(destination.catalog.count(plan.table), 0, 0)
    layout = layout_of(source, destination, plan)
    return destination.comparer.checksums(layout, EVERYTHING)[""]


def count(
    source: Session,
    destination: Session,
    plan: TablePlan,
    before: int,
    merged: Merged,
) -> Comparison:
    """Compare the numbers of rows alone; ``before`` were there before the merge."""
    rows = count_rows(source, plan)
    there = destination.catalog.count(plan.table) - _others(before, merged)
    return Comparison(rows, there, differences_count=abs(rows - there))


def _others(before: int, merged: Merged) -> int:
    """Return how many rows of the destination are none of the source's."""
    return before - (merged.rows - merged.inserted)


@dataclass(frozen=True)
class _Seen:
    """Both sides as they are, and as they were before and while rows were merged."""

    source: Checksum
    there: Checksum
    before: Checksum
    merged: Merged

    @property
    def is_as_staged(self) -> bool:
        """Whether the source holds what was staged."""
        sums, source = self.merged.sums, self.source
        return (
            sums is not None
            and (source.rows, source.total) == (self.merged.rows, sums.staged)
            and source.hashed == source.rows
        )

    @property
    def is_as_wanted(self) -> bool:
        """Whether what was written is what was meant."""
        return self.merged.sums is not None and (
            self.merged.sums.new == self.merged.sums.wanted
        )

    @property
    def is_otherwise_untouched(self) -> bool:
        """Whether nothing has changed but the rows that were written."""
        sums, there = self.merged.sums, self.there
        if sums is None or there.hashed != there.rows:
            return False
        total = (self.before.total - sums.old + sums.new) % MODULUS
        rows = self.before.rows + self.merged.inserted
        return (there.rows, there.total) == (rows, total)


def prove(
    source: Session,
    destination: Session,
    plan: TablePlan,
    before: Checksum | None,
    merged: Merged,
    *,
    differences_kept: int = 1_000,
    still_working: Callable[[], None] = lambda: None,
) -> Comparison:
    """Return what became of the source's rows; see ``compare``.

    ``before`` is what ``measure`` gave before the first row was written, None where
    nobody knows; ``merged`` is what all ranges together have done. The rows of the
    destination that are counted are those of the source's keys.
    """
    layouts = decide_layouts((source, destination), plan, trust_of(plan))
    with Pair(source, destination, still_working) as pair:
        sums = pair.both(
            lambda session, side: session.comparer.checksums(
                layouts.of(side), EVERYTHING
            )[""]
        )
    by_rows = partial(
        _by_rows, source, destination, plan, differences_kept, still_working
    )
    if before is None or merged.sums is None:
        return _without_before(plan, by_rows())
    seen = _Seen(*sums, before, merged)
    found = _of_source(layouts, plan, seen, by_rows)
    if not seen.is_otherwise_untouched:
        return _touched(plan, found, seen)
    return replace(found, untouched=_others(before.rows, merged))


def _of_source(
    layouts: Layouts, plan: TablePlan, seen: _Seen, by_rows: Callable[[], Comparison]
) -> Comparison:
    """Return what became of the source's rows, by the sums where they say so."""
    if seen.is_as_staged and seen.is_as_wanted:
        there = seen.there.rows - _others(seen.before.rows, seen.merged)
        return _as_wanted(layouts, seen.source.rows, there)
    if seen.is_as_staged and plan.mode == MISSING:
        return _altered(plan, seen)
    return by_rows()


def _as_wanted(layouts: Layouts, rows: int, there: int) -> Comparison:
    if not rows:
        # Nothing is the same as nothing, whatever its type.
        return Comparison(rows, there)
    return Comparison(
        rows,
        there,
        unverifiable=layouts.unverifiable,
        uncompared=layouts.uncompared,
    )


def _altered(plan: TablePlan, seen: _Seen) -> Comparison:
    """Say that rows which were inserted are others than they were meant to be."""
    return Comparison(
        seen.source.rows,
        seen.there.rows - _others(seen.before.rows, seen.merged),
        differences_count=1,
        unverifiable=_(
            "Rows that were inserted into table '%(table)s' are not what they were "
            "meant to be: look for a trigger of the destination that changes them."
        )
        % {"table": plan.table},
    )


def _without_before(plan: TablePlan, found: Comparison) -> Comparison:
    """Say that nobody knows what became of the other rows."""
    reason = _(
        "The record of what table '%(table)s' held before the merge is lost, so that "
        "nobody can say whether its other rows are as they were."
    ) % {"table": plan.table}
    return replace(found, unverifiable=reason)


def _by_rows(
    source: Session,
    destination: Session,
    plan: TablePlan,
    differences_kept: int,
    still_working: Callable[[], None],
) -> Comparison:
    """Compare the rows of the source one by one with those under their keys."""
    found = compare_keys(
        source,
        destination,
        plan,
        differences_kept=differences_kept,
        still_working=still_working,
        rows=_rows(destination, plan),
    )
    if plan.mode != MISSING:
        return found
    kept = tuple(one for one in found.differences if one.problem != DIFFERS)
    missing = max(found.source_rows - found.destination_rows, len(kept))
    return replace(
        found,
        differences=kept,
        differences_count=missing,
        unverifiable=_(
            "The source does not hold what was read of table '%(table)s' any more, so "
            "that nobody can say which rows were there before and may differ."
        )
        % {"table": plan.table},
    )


def _rows(destination: Session, plan: TablePlan) -> str:
    """Return the destination's rows under the keys of the source, "" as they are."""
    return Rekeying(destination, plan).back(generated=True) if plan.is_rekeyed else ""


def _touched(plan: TablePlan, found: Comparison, seen: _Seen) -> Comparison:
    """Say that rows have changed which the merge has not written."""
    reason = _(
        "Rows of table '%(table)s' have changed that the merge did not write: it held "
        "%(before)d rows, %(inserted)d were inserted, and it holds %(now)d now. "
        "Somebody else writes there, or a trigger does."
    ) % {
        "table": plan.table,
        "before": seen.before.rows,
        "inserted": seen.merged.inserted,
        "now": seen.there.rows,
    }
    return replace(
        found,
        differences_count=max(found.differences_count, 1),
        unverifiable=found.unverifiable or reason,
    )
