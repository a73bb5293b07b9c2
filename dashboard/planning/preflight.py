"""Every check before a start, in order; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..transfer.backends.base import Session
from ..transfer.errors import Forbidden
from .accounts import note_accounts
from .asked import Asked
from .change_checks import check_changes
from .checked_plan import CheckedPlan
from .command_checks import check_commands
from .connection_checks import check_pair, opened
from .conversion_checks import check_conversions, note_uncompared
from .deadlines import Deadline
from .destination_checks import check_emptied
from .extra_columns import account_for_columns
from .filter_checks import check_filters
from .foreseen import foresee, foreseen_items
from .hearing import Hears, Stage, nobody
from .left_out import account
from .merge_checks import check_merges, check_merging_engine, check_references_of_merged
from .modes import apply_modes, numbered_apart
from .number_checks import check_numbers
from .only import only_rows
from .orphan_checks import check_orphans
from .policy_checks import check_policies
from .privilege_checks import check_privileges, check_readable
from .reference_checks import check_references
from .renames import Renames, renames_of
from .sequence_checks import check_sequences
from .server_checks import check_server
from .sides import Side
from .table_checks import plan_tables
from .table_selection import Item, UnknownLabel, select, tables
from .together_checks import check_together
from .transform_checks import check_transforms
from .trigger_checks import check_triggers
from .value_checks import Scanning, check_values
from .whole_table_checks import check_whole_tables

# How long somebody at a page waits for the values to be looked through, in seconds.
PAGE_SECONDS = 10


def check_run(
    run: MigrationRun,
    seconds: float | None = None,
    hears: Hears = nobody,
    *,
    structure_only: bool = False,
) -> CheckedPlan:
    """Run every check of a run as it is described, saved or not.

    Values are looked through for so many ``seconds``, None for all of them, and not
    at all for the ``structure_only``. ``hears`` is told which check begins.
    """
    scanning = Scanning(
        is_wanted=run.scan_values,
        seconds=seconds,
        sets_aside=run.on_bad_rows == MigrationRun.OnBadRows.ASIDE,
        hears=hears,
    )
    checked = check(
        run.source,
        run.destination,
        run.labels,
        run.excluded,
        asked=Asked.of(run),
        scanning=None if structure_only else scanning,
        hears=hears,
    )
    check_commands(checked, run)
    return checked


def check(
    source: str,
    destination: str,
    labels: Sequence[str] = (),
    excluded: Sequence[str] = (),
    *,
    asked: Asked | None = None,
    scanning: Scanning | None = None,
    hears: Hears = nobody,
) -> CheckedPlan:
    """Run every check and plan every table.

    ``scanning`` says how values are looked through; without it they are not.
    ``hears`` is told which check begins, and may raise what ends them all.
    """
    checked, asked = CheckedPlan(), asked or Asked()
    excluded = [*excluded, *numbered_apart(asked.modes, labels)]
    chosen = _chosen(checked, labels, excluded)
    renames = renames_of(checked, source, asked.renamed)
    with ExitStack() as stack, _refusals(checked):
        hears(Stage.CONNECTIONS)
        both = _both(checked, stack, source, destination, writes=asked.writes)
        if both is None:
            return checked
        sides = _sides(both, renames, hears, triggers_off=asked.triggers_off)
        _plan(checked, sides, chosen, labels, asked)
        account(checked, sides, labels, excluded)
        if _may_be_looked_at(checked, sides, writes=asked.writes):
            _check_columns(checked, sides, asked)
            if asked.writes:
                hears(Stage.ROWS)
                check_emptied(
                    checked,
                    sides[1].session,
                    asked.modes,
                    empty_first=asked.empty_first,
                )
                _check_writing(checked, sides, scanning, hears)
    return checked


def _plan(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    chosen: Sequence[Item],
    labels: Sequence[str],
    asked: Asked,
) -> None:
    """Plan the chosen tables, with their filters, and what these bring along."""
    pair = checked.source_identity, checked.destination_identity
    rows = only_rows(checked, asked.only, chosen, pair)
    plan_tables(checked, rows.chosen, *sides, labels, writes=asked.writes)
    apply_modes(checked, sides, asked.modes, writes=asked.writes)
    if rows.is_good:
        check_filters(checked, sides, rows, writes=asked.writes)
    account_for_columns(checked, sides[0])


def _check_columns(
    checked: CheckedPlan, sides: tuple[Side, Side], asked: Asked
) -> None:
    """Check what becomes of columns, and whether a comparison can prove it."""
    check_numbers(checked, sides, writes=asked.writes)
    check_changes(checked, sides, asked.changes)
    check_transforms(checked, sides, asked.transforms)
    check_together(checked)
    note_uncompared(checked, sides)


@contextmanager
def _refusals(checked: CheckedPlan) -> Iterator[None]:
    """Make an error of what an account may not do, which ends the checks."""
    try:
        yield
    except Forbidden as error:
        checked.error("E183", error.message, error.remedy)


def _sides(
    both: tuple[Session, Session],
    renames: Renames | None,
    hears: Hears,
    *,
    triggers_off: bool,
) -> tuple[Side, Side]:
    hears(Stage.TABLES)
    taken = {item.table for item in tables()}
    destination = Side(both[1], taken, has_triggers_off=triggers_off)
    return Side(both[0], taken, renames), destination


def _both(
    checked: CheckedPlan,
    stack: ExitStack,
    source: str,
    destination: str,
    *,
    writes: bool,
) -> tuple[Session, Session] | None:
    """Open both databases; None where they cannot be a run's."""
    old = opened(checked, stack, source)
    new = opened(checked, stack, destination)
    if old is None or new is None or checked.is_blocked:
        return None
    check_pair(checked, old, new, writes=writes)
    if checked.is_blocked:
        return None
    checked.one_loader_per_table = new.schema.one_loader_per_table
    checked.one_writer = new.schema.one_writer
    return old, new


def _may_be_looked_at(
    checked: CheckedPlan, sides: tuple[Side, Side], *, writes: bool
) -> bool:
    """Whether the tables, and the rows of both, are there for all other checks."""
    if not checked.is_blocked:
        check_policies(checked, sides, writes=writes)
        check_readable(checked, sides[1], writes=writes)
    return not checked.is_blocked


def _check_writing(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    scanning: Scanning | None,
    hears: Hears,
) -> None:
    """Check what only matters where rows are written."""
    old, new = (side.session for side in sides)
    check_merging_engine(checked, new)
    check_references_of_merged(checked, new)
    hears(Stage.REFERENCES)
    check_sequences(checked, old, new)
    check_references(checked, sides, hears)
    check_triggers(checked, sides)
    check_server(checked, sides[1])
    items = foreseen_items(checked, sides)
    check_privileges(checked, sides[1], items)
    note_accounts(checked, sides[0].alias, sides[1].alias)
    if not checked.is_blocked:
        foresee(checked, old, new, items)
    if scanning is not None:
        _check_rows(checked, sides, scanning)


def _check_rows(
    checked: CheckedPlan, sides: tuple[Side, Side], scanning: Scanning
) -> None:
    """Look for what the destination would refuse or change, as long as is waited."""
    deadline = Deadline(scanning.seconds)
    if scanning.is_wanted:
        # First, and no more than half of the time: one statement for each key.
        check_orphans(checked, sides, deadline.share(1 / 2), scanning.hears)
    check_values(checked, sides, scanning, deadline)
    if scanning.is_wanted:
        check_conversions(checked, sides, scanning, deadline)
    check_whole_tables(checked, sides, scanning, deadline)
    check_merges(checked, sides, scanning, deadline)


def _chosen(
    checked: CheckedPlan, labels: Sequence[str], excluded: Sequence[str]
) -> list[Item]:
    try:
        chosen = select(labels, excluded)
    except UnknownLabel as error:
        checked.error("E010", error.message, error.remedy)
        return []
    if not chosen:
        checked.error(
            "E011", _("No table is left to copy."), _("Choose at least one model.")
        )
    return chosen
