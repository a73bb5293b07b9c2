"""Proves that references are still renumbered as they were when checked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ...models import MigrationRun
from ...planning.natural_keys import changed
from ...planning.renames import Renames, UnknownName, names_of, read
from ...planning.table_selection import tables
from ...transfer.backends.base import Session
from ...transfer.errors import TransferError
from ...transfer.plan import TablePlan


def prove_numbers(
    run: MigrationRun, plans: Sequence[TablePlan], source: Session, destination: Session
) -> None:
    """Raise TransferError where a content type or the like has another number now."""
    taking_part = set(run.tables.values_list("model", flat=True))
    items = [item for item in tables() if item.label in taking_part]
    columns = changed(items, plans, source, destination, _renames(run))
    if columns:
        raise TransferError(
            _(
                "Content types, permissions or sites were numbered anew since the run "
                "was checked: %(columns)s would refer to others."
            )
            % {"columns": ", ".join(columns)},
            _("Plan the run again."),
        )


def _renames(run: MigrationRun) -> Renames:
    """Return what the run's source calls tables and columns."""
    try:
        return read(names_of(run.source, run.renamed))
    except UnknownName as error:
        # The project's models have changed since the run was checked.
        raise TransferError(error.message, error.remedy) from None
