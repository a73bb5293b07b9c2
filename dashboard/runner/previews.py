"""The first rows of a table, and what its transform makes of them; nothing is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ..models import MigrationRun
from ..transfer.columns import ColumnKind
from ..transfer.keys import KeyRange, readable
from ..transfer.plan import PlanColumn, TablePlan
from ..transfer.transform_route import TransformRoute
from ..transfer.transformed_rows import Octets, RawRow
from .sessions import Sessions

ROWS = 10
MOST_CHARACTERS = 80


@dataclass(frozen=True)
class ChangedValue:
    """A column of a row, and its value before and after; None is NULL."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class PreviewedRow:
    """A row of the source by its key, and what becomes of it.

    ``made`` has an entry for each row that is made of it, with what changes.
    """

    key: str
    made: tuple[tuple[ChangedValue, ...], ...]


def preview(run: MigrationRun, plan: TablePlan, most: int = ROWS) -> list[PreviewedRow]:
    """Return the first rows of a table that has a transform.

    Raises TransferError where the source cannot be read or the function fails.
    """
    with Sessions(run, f"migration-console-preview-{os.getpid()}") as sessions:
        route = sessions.objects(plan)
        assert isinstance(route, TransformRoute)
        source = sessions.source
        upper = None
        if plan.is_divisible:
            upper = source.reader.upper_bound(plan, None, most)
        found = route.first(source, KeyRange(None, upper), most)
    return [_row(plan, raw, made) for raw, made in found]


def _row(plan: TablePlan, raw: RawRow, made: Sequence[RawRow]) -> PreviewedRow:
    values = dict(zip((c.name for c in plan.written), raw, strict=True))
    key = " / ".join(readable(_shown(values[name]) or "") for name in plan.key)
    return PreviewedRow(key, tuple(tuple(_changed(plan, raw, one)) for one in made))


def _changed(plan: TablePlan, raw: RawRow, made: RawRow) -> list[ChangedValue]:
    return [
        ChangedValue(column.name, _shown(old, column), _shown(new, column))
        for column, old, new in zip(plan.written, raw, made, strict=True)
        if old != new
    ]


def _shown(octets: Octets, column: PlanColumn | None = None) -> str | None:
    if octets is None:
        return None
    if column is not None and column.kind is ColumnKind.BINARY:
        text = octets[:MOST_CHARACTERS].hex()
    else:
        text = readable(octets.decode("utf-8", "replace"))
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
