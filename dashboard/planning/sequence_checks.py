"""Checks of what numbers the rows that come after a run."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.numbering import Reach, given_out, places_of, reaches, read_from
from ..transfer.sequences import NumberSequence
from .checked_plan import CheckedPlan, listed

BOUND = 2**63 - 1
"""No key of 64 bits is greater, or further below zero."""


def check_sequences(
    checked: CheckedPlan, source: Session, destination: Session
) -> None:
    """Check that every sequence of the destination can go on after the source's."""
    labels = {planned.plan.table: planned.item.label for planned in checked.tables}
    places = places_of(planned.plan for planned in checked.tables)
    tables = dict.fromkeys(one.plan.source_table for one in checked.tables)
    theirs = source.schema.sequences(list(tables))
    ours = destination.schema.sequences(list(labels))
    needed = [one for one in ours if one.is_required]
    _note_unreadable(checked, theirs)
    for one in needed:
        if one.last is None or not one.settable:
            _say_not_allowed(checked, one, labels[one.table])
    bounded = [one for one in needed if not one.reaches(_bound(one))]
    used = given_out(theirs, places)
    for reach in reaches(source, bounded, used, read_from(places)):
        if not reach.sequence.reaches(reach.beyond):
            _say_too_small(checked, reach, labels)
    for unknown in destination.schema.unknown_sources(list(labels)):
        checked.warning(
            "W130",
            _(
                "Column '%(column)s' of table '%(table)s' is numbered by function "
                "'%(function)s', in which no sequence is found: none is set."
            )
            % {
                "column": unknown.column,
                "table": unknown.table,
                "function": unknown.function,
            },
            _("After the run, set what that function counts with."),
            labels[unknown.table],
        )


def _bound(sequence: NumberSequence) -> int:
    return -BOUND if sequence.descends else BOUND


def _note_unreadable(checked: CheckedPlan, theirs: Iterable[NumberSequence]) -> None:
    unreadable = [one for one in theirs if one.is_required and one.last is None]
    if unreadable:
        checked.note(
            "I131",
            _(
                "The account may not read these sequences of the source: %(names)s. "
                "Numbers that were given out to rows deleted since may be given again."
            )
            % {"names": listed(sorted({one.name for one in unreadable}))},
            unreadable[0].to_grant,
        )


def _say_not_allowed(checked: CheckedPlan, one: NumberSequence, label: str) -> None:
    checked.error(
        "E132",
        _(
            "The account may not read and set sequence '%(name)s' of the destination, "
            "which numbers column '%(column)s' of table '%(table)s'."
        )
        % {"name": one.name, "column": one.column, "table": one.table},
        _("As its owner: %(sql)s") % {"sql": one.to_grant},
        label,
    )


def _say_too_small(checked: CheckedPlan, reach: Reach, labels: dict[str, str]) -> None:
    one = reach.sequence
    table, column = reach.places[0]
    names = {
        "name": one.name,
        "column": column,
        "table": table,
        "number": reach.beyond,
        "most": one.least if one.descends else one.most,
    }
    if one.name:
        message = _(
            "Sequence '%(name)s' of the destination, which numbers column '%(column)s' "
            "of table '%(table)s', ends at %(most)d; the source has used %(number)d."
        )
        remedy = _("Make it larger: %(sql)s") % {"sql": one.to_enlarge}
    else:
        message = _(
            "Column '%(column)s' of table '%(table)s' numbers its rows up to %(most)d "
            "in the destination; the source has used %(number)d."
        )
        remedy = _("Give the column a wider type, such as bigint.")
    checked.error("E133", message % names, remedy, labels[table])
