"""Where each column of a comparison is hashed: in the servers or in Python."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from django.utils.translation import gettext as _

from .backends.comparer import ComparedSide
from .canonical import IN_PYTHON, SPELLING, TEXT
from .checksums import HashedColumn, Layout
from .columns import ColumnType
from .plan import MISSING, PlanColumn, TablePlan

Sessions = tuple[ComparedSide, ComparedSide]

# Of the two sides.
SOURCE = 0


class Trust(IntEnum):
    """How much is left to the servers, which hash faster than Python does."""

    FULL = 2
    """Whatever they might spell alike."""
    PROVEN = 1
    """What they are known to spell alike."""
    LEAST = 0
    """The same without long texts, which one of them could not hash."""


@dataclass(frozen=True)
class Layouts:
    """The layouts of both sides, and what keeps them from being complete."""

    source: Layout
    destination: Layout
    # A sentence for each column that cannot be compared, or ""; those of the key, for
    # which no row can be, and the others.
    unverifiable: str
    uncompared: str
    # Whether the servers can hash the whole key, without which nothing is compared.
    has_key: bool = True

    @property
    def unproved(self) -> str:
        """What keeps a comparison from proving every column, or ""."""
        return " ".join(filter(None, (self.unverifiable, self.uncompared)))

    def of(self, side: int) -> Layout:
        """Return the source's layout for 0, the destination's for 1."""
        return (self.source, self.destination)[side]


def decide_layouts(sessions: Sessions, plan: TablePlan, trust: Trust) -> Layouts:
    """Decide for every column whether the servers hash it, Python, or nobody."""
    forms = {
        column.name: _decide_form(sessions, plan, column, trust)
        for column in plan.columns
    }
    # A key has to be hashed by the servers, which divide the rows by it.
    unverifiable, uncompared = (
        " ".join(_no_common_form(sessions, column) for column in found)
        for found in (
            [column for column in plan.key_columns if not forms[column.name]],
            [
                c
                for c in plan.columns
                if c.name not in plan.key and forms[c.name] is None
            ],
        )
    )
    has_key = all(forms[name] for name in plan.key)
    source, destination = (
        _layout(plan, forms, side, has_key=has_key) for side in (0, 1)
    )
    return Layouts(source, destination, unverifiable, uncompared, has_key)


def layout_of(
    source: ComparedSide, destination: ComparedSide, plan: TablePlan
) -> Layout:
    """Return how rows of the destination are summed up for the proof of a merge."""
    return decide_layouts((source, destination), plan, trust_of(plan)).destination


def trust_of(plan: TablePlan) -> Trust:
    """Return how much of the proof of a merge is left to the servers' spelling.

    Where rows are left as they are, nobody could look at single rows afterwards.
    """
    return Trust.PROVEN if plan.mode == MISSING else Trust.FULL


def _layout(
    plan: TablePlan,
    forms: dict[str, str | None],
    side: int,
    *,
    has_key: bool,
) -> Layout:
    columns = {
        column.name: HashedColumn(
            name=column.name,
            kind=column.kind,
            type=_type(column, side),
            canonical_form=form,
            # The source's numbers are looked at as what they become.
            numbers=column.numbers if side == SOURCE else None,
        )
        for column in plan.columns
        if (form := forms[column.name]) is not None
    }
    return Layout(
        table=plan.tables[side],
        key=tuple(columns[name] for name in plan.key) if has_key else (),
        server_hashed=tuple(c for c in columns.values() if c.canonical_form),
        python_hashed=tuple(c for c in columns.values() if not c.canonical_form),
        zone=plan.zone,
        source_columns=plan.source_columns if side == SOURCE else (),
        changed=plan.changed if side == SOURCE else (),
        where=plan.filter.compared(side) if plan.filter else None,
    )


def _decide_form(
    sessions: Sessions,
    plan: TablePlan,
    column: PlanColumn,
    trust: Trust,
) -> str | None:
    """Return the name of a canonical form, "" for Python, None for neither."""
    name = _common_form(sessions, plan, column)
    in_python = column.kind in IN_PYTHON
    if name is None:
        return "" if in_python else None
    doubtful = (trust <= Trust.PROVEN and name in SPELLING) or (
        trust <= Trust.LEAST and name == TEXT
    )
    if doubtful and in_python and column.name not in plan.key:
        return ""
    return name


def _common_form(sessions: Sessions, plan: TablePlan, column: PlanColumn) -> str | None:
    source, destination = (
        session.comparer.canonical_forms(column, _type(column, side), plan.zone)
        for side, session in enumerate(sessions)
    )
    return next((name for name in source if name in destination), None)


def _no_common_form(sessions: Sessions, column: PlanColumn) -> str:
    return _(
        "Column '%(column)s' cannot be compared: %(source)s (%(source_type)s) and "
        "%(destination)s (%(destination_type)s) have no text for it in common."
    ) % {
        "column": column.name,
        "source": sessions[0].vendor,
        "source_type": column.source.name,
        "destination": sessions[1].vendor,
        "destination_type": column.destination.name,
    }


def _type(column: PlanColumn, side: int) -> ColumnType:
    return (column.source, column.destination)[side]
