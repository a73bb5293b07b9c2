"""Every check before a start, in order; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from .accounts import note_accounts
from .checked_plan import CheckedPlan
from .connection_checks import check_pair, opened
from .destination_checks import check_emptied
from .extra_columns import account_for_columns
from .foreseen import foresee
from .left_out import account
from .number_checks import check_numbers
from .reference_checks import check_references
from .renames import renames_of
from .sequence_checks import check_sequences
from .sides import Side
from .table_checks import plan_tables
from .table_selection import Item, UnknownLabel, select, tables


def check(
    source: str,
    destination: str,
    labels: Sequence[str] = (),
    excluded: Sequence[str] = (),
    *,
    renamed: Mapping[str, str] | None = None,
    empty_first: bool = False,
    writes: bool = True,
) -> CheckedPlan:
    """Run every check and plan every table.

    ``renamed`` says of models and fields what the source calls them.
    ``writes`` is False for a comparison, which needs no empty destination.
    """
    checked = CheckedPlan()
    chosen = _chosen(checked, labels, excluded)
    renames = renames_of(checked, source, renamed or {})
    with ExitStack() as stack:
        old = opened(checked, stack, source)
        new = opened(checked, stack, destination)
        if old is None or new is None or checked.is_blocked:
            return checked
        check_pair(checked, old, new, writes=writes)
        if checked.is_blocked:
            return checked
        taken = {item.table for item in tables()}
        sides = Side(old, taken, renames), Side(new, taken)
        plan_tables(checked, chosen, *sides, labels, writes=writes)
        account_for_columns(checked, sides[0])
        account(checked, sides, labels, excluded)
        if not checked.is_blocked:
            check_numbers(checked, old, new, writes=writes)
            if writes:
                check_emptied(checked, new, empty_first=empty_first)
                check_sequences(checked, old, new)
                check_references(checked, sides)
                note_accounts(checked, source, destination)
        if writes and not checked.is_blocked:
            foresee(checked, old, new)
        _note_limits(checked, new)
    return checked


def _note_limits(checked: CheckedPlan, destination: Session) -> None:
    checked.one_loader_per_table = destination.schema.one_loader_per_table
    checked.one_writer = destination.schema.one_writer


def _chosen(
    checked: CheckedPlan, labels: Sequence[str], excluded: Sequence[str]
) -> list[Item]:
    try:
        chosen = select(labels, excluded)
    except UnknownLabel as error:
        some = sorted({item.label for item in tables()})[:3]
        checked.error(
            "E010",
            _("'%(label)s' is neither an app nor a model of this project.")
            % {"label": error},
            _("Use app or app.Model, for instance: %(labels)s.")
            % {"labels": ", ".join(some)},
        )
        return []
    if not chosen:
        checked.error(
            "E011", _("No table is left to copy."), _("Choose at least one model.")
        )
    return chosen
