"""What would change if a file were loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..transfer.backends.base import Session
from ..transfer.backends.schema import TEMPORARY
from ..transfer.compare import compare
from ..transfer.csvfiles.plans import compared_with
from ..transfer.csvfiles.rows import Fault
from ..transfer.differences import DIFFERS, EXTRA, MISSING, MOST_COUNTED, RowDifference
from .imports import Part

PREVIEWED = "migration_console_previewed"
EXAMPLES = 10
"""Keys of each sort that are named."""


@dataclass(frozen=True)
class Preview:
    """A file beside its table: how many rows are new there, changed and so on.

    ``is_more`` says that there are more differences than were counted. Where
    ``unverifiable`` gives a reason, what differs is not all that may.
    """

    part: Part
    rows: int
    # Of the table as it is.
    there: int
    faults: tuple[Fault, ...] = ()
    new: int = 0
    changed: int = 0
    missing: int = 0
    is_more: bool = False
    unverifiable: str = ""
    examples: tuple[RowDifference, ...] = ()

    @property
    def same(self) -> int:
        """How many rows of the file are in the table as they are."""
        return max(self.rows - self.new - self.changed, 0)


def preview(session: Session, reader: Session, part: Part) -> Preview:
    """Load a file into a temporary table, and compare that with the table itself.

    ``session`` may write, ``reader`` is another one of the same database. Nothing is
    left of it. Raises TransferError where the account may have no temporary table.
    """
    faults = part.loading.faults() if part.is_edited else []
    written = [column.name for column in part.plan.written]
    name, drop = _temporary(session, part, written)
    try:
        lines = {fault.line for fault in faults}
        shadow = replace(part.plan, table=name)
        with session.transaction():
            rows, refused = part.loading.try_in(session, shadow, lines)
        found = compare(
            session,
            reader,
            compared_with(part.plan, name),
            differences_kept=MOST_COUNTED + 1,
        )
    finally:
        drop(name)
    every = [*faults, *refused]
    counted = Counter(one.problem for one in found.differences)
    return Preview(
        part,
        rows,
        found.destination_rows,
        tuple(_named(fault, name, part.table) for fault in sorted(every)),
        counted[MISSING],
        counted[DIFFERS],
        counted[EXTRA],
        found.differences_count > MOST_COUNTED,
        found.unverifiable.replace(name, part.table),
        tuple(_examples(found.differences)),
    )


def _temporary(
    session: Session, part: Part, written: list[str]
) -> tuple[str, Callable[[str], None]]:
    """Make a temporary table, and return what drops it.

    Where the table numbers its rows itself there are no numbers beside, so that one
    without any constraint has to do.
    """
    schema = session.schema
    table = part.found.table
    if all(c.name in written for c in table.columns if c.name in table.key):
        return schema.make_temporary(part.table, written), schema.drop_temporary
    made = schema.make_shadow(part.table, written, PREVIEWED, alone=False)
    return made, schema.drop_shadow


def _examples(differences: tuple[RowDifference, ...]) -> list[RowDifference]:
    found: list[RowDifference] = []
    for problem in (DIFFERS, MISSING, EXTRA):
        of_it = (one for one in differences if one.problem == problem)
        found += [one for one, __ in zip(of_it, range(EXAMPLES), strict=False)]
    return found


def _named(fault: Fault, name: str, table: str) -> Fault:
    said = fault.reason.replace(name, table).replace(TEMPORARY, table)
    return replace(fault, reason=said)
