"""Sequences that go on after the last number, and fresh statistics."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ...models import MigrationRun, Step
from ...transfer.errors import TransferError
from ...transfer.numbering import given_out, places_of, reaches, short_of
from ..leases import Lease, now_and_then
from ..plan_records import plans_in_parts
from ..sessions import Sessions


def set_sequences(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Let every sequence of the destination go on after the source's.

    Raises TransferError where the next number of one is in use all the same.
    """
    plans = [plan for part in plans_in_parts(run) for plan in part]
    names = [plan.table for plan in plans]
    theirs = dict.fromkeys(plan.source_table for plan in plans)
    found_there = sessions.source.schema.sequences(list(theirs))
    used = given_out(found_there, places_of(plans))
    destination = sessions.destination
    lease.renew()
    found = reaches(destination, destination.schema.sequences(names), used)
    renew = now_and_then(lease)
    for reach in found:
        destination.schema.advance(reach.sequence, reach.beyond)
        renew()
    # Read again from the catalogue: this is what the next row gets.
    for reach in short_of(found, destination.schema.sequences(names)):
        table, column = reach.places[0]
        raise TransferError(
            _(
                "The next number of column '%(column)s' of table '%(table)s' would be "
                "one that is in use: its sequence does not lie beyond %(number)d."
            )
            % {"column": column, "table": table, "number": reach.beyond},
            _("Set the sequence by hand, or let the account set it, then retry."),
        )


def refresh_statistics(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Analyze the step's tables."""
    renew = now_and_then(lease)
    for name in step.payload["tables"]:
        sessions.destination.schema.analyze(name)
        renew()
