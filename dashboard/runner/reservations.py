"""Which databases a run reads and writes: many may read, or one may write."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from django.utils.translation import gettext as _

from ..conf import option
from ..control_database import atomic
from ..models import MigrationRun, Reservation, ReservationLock
from ..models.clock import NowMs
from ..transfer.backends.base import database_of
from .leases import without_terminal
from .refusals import RequestRefused

LOCK = 1
READS, WRITES = Reservation.Role.READS, Reservation.Role.WRITES


def lock() -> None:
    """Let nobody else reserve anything until the open transaction ends.

    The first statement of that transaction: SQLite waits for others only where
    it has not read before, and other engines may show what was there then.
    """
    row = ReservationLock.objects.filter(pk=LOCK)
    if not row.update(taken=F("taken") + 1):
        # Made by a migration; somebody has emptied the table since.
        ReservationLock.objects.get_or_create(pk=LOCK)
        row.update(taken=F("taken") + 1)


@atomic()
def reserve(run: MigrationRun) -> None:
    """Reserve both databases of a run. Raises RequestRefused."""
    lock()
    remove_stale()
    for other in _in_the_way(run):
        raise _taken(run, other)
    Reservation.objects.filter(run=run).delete()
    Reservation.objects.bulk_create(
        Reservation(run=run, identity=identity, role=role)
        for identity, role in _wanted(run).items()
    )


def remove_stale() -> None:
    """Remove what work that is no run has claimed, and not renewed in time."""
    Reservation.objects.filter(run=None, until_ms__lt=NowMs()).delete()


def in_the_way_of_writing(identity: str) -> Iterable[Reservation]:
    """Yield what others have reserved of a database that is to be written into."""
    found = Reservation.objects.select_for_update().filter(identity=identity)
    yield from found.order_by("pk")


def said_of(other: Reservation, alias: str) -> tuple[str, str]:
    """Return what somebody else does in a database, and what to do about it."""
    if other.run is None:
        return (
            _("Files are being loaded into '%(alias)s' at the moment.")
            % {"alias": alias},
            _("Wait until that has ended. If it has died, ask again in %(s)g seconds.")
            % {"s": option("LEASE_SECONDS")},
        )
    message = _("Run %(number)d is using '%(alias)s' at the moment.")
    return (
        message % {"number": other.run_id, "alias": alias},
        _("Wait until that run has ended, or cancel it."),
    )


def _wanted(run: MigrationRun) -> dict[str, str]:
    """Return what the run does to which database, whatever schemas it sees there."""
    return {
        database_of(run.source_identity): READS,
        database_of(run.destination_identity): WRITES if run.copies else READS,
    }


def _in_the_way(run: MigrationRun) -> Iterable[Reservation]:
    """Yield what others have reserved and this run cannot have beside them."""
    wanted = _wanted(run)
    # Locking, so that MySQL shows what is there now in every isolation level.
    found = Reservation.objects.select_for_update().filter(identity__in=wanted)
    for other in found.exclude(run=run).order_by("pk"):
        if WRITES in (other.role, wanted[other.identity]):
            yield other


def _taken(run: MigrationRun, other: Reservation) -> RequestRefused:
    into = other.identity == database_of(run.destination_identity)
    alias = run.destination if into else run.source
    if other.run is None:
        return RequestRefused(*said_of(other, alias))
    if other.role == READS:
        message = _("Run %(number)d is reading from '%(alias)s' at the moment.")
    elif into and run.copies:
        message = _("Run %(number)d is using the destination '%(alias)s'.")
    else:
        message = _("Run %(number)d is writing into '%(alias)s' at the moment.")
    remedy = _("Wait until that run has ended, or cancel it.")
    if other.run.executor == MigrationRun.Executor.TERMINAL:
        silence = _("If its terminal is gone, ask again in %(seconds)g seconds.")
        remedy = f"{remedy} {silence % {'seconds': option('LEASE_SECONDS')}}"
    return RequestRefused(message % {"number": other.run_id, "alias": alias}, remedy)


def abandoned(run: MigrationRun) -> list[MigrationRun]:
    """Return the runs in this one's way whose terminal has died."""
    wanted = _wanted(run)
    found = Reservation.objects.filter(identity__in=wanted).exclude(run=run)
    others = {
        other.run_id
        for other in found
        if other.run_id is not None and WRITES in (other.role, wanted[other.identity])
    }
    runs = MigrationRun.objects.active().filter(pk__in=others)
    return list(without_terminal(runs))
