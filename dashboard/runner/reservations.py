"""A destination belongs to one run at a time."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from ..conf import option
from ..control_database import atomic
from ..models import MigrationRun, Reservation
from .leases import without_terminal
from .refusals import RequestRefused


def reserve(run: MigrationRun) -> None:
    """Keep every other run out of the destination. Raises RequestRefused."""
    for other in Reservation.objects.exclude(run=run).select_related("run"):
        if other.identity == run.source_identity:
            message = _("Run %(number)d is writing into '%(alias)s' at the moment.")
            alias = run.source
        elif other.run.source_identity == run.destination_identity:
            message = _("Run %(number)d is reading from '%(alias)s' at the moment.")
            alias = run.destination
        else:
            continue
        raise RequestRefused(
            message % {"number": other.run_id, "alias": alias},
            _("Wait until it has ended."),
        )
    try:
        with atomic():
            Reservation.objects.create(identity=run.destination_identity, run=run)
    except IntegrityError:
        raise _taken(run) from None


def _taken(run: MigrationRun) -> RequestRefused:
    found = Reservation.objects.filter(identity=run.destination_identity)
    other = found.select_related("run").first()
    remedy = _("Wait until that run has ended, or cancel it.")
    if other is None:
        message = _("Another run is using the destination '%(alias)s'.")
        return RequestRefused(message % {"alias": run.destination}, remedy)
    if other.run.executor == MigrationRun.Executor.TERMINAL:
        silence = _("If its terminal is gone, ask again in %(seconds)g seconds.")
        remedy = f"{remedy} {silence % {'seconds': option('LEASE_SECONDS')}}"
    message = _("Run %(number)d is using the destination '%(alias)s'.")
    found_in = {"number": other.run_id, "alias": run.destination}
    return RequestRefused(message % found_in, remedy)


def abandoned(run: MigrationRun) -> list[MigrationRun]:
    """Return the runs in this one's way whose terminal has died."""
    identities = [run.destination_identity, run.source_identity]
    in_the_way = Q(identity__in=identities) | Q(
        run__source_identity=run.destination_identity
    )
    others = Reservation.objects.filter(in_the_way).exclude(run=run)
    runs = MigrationRun.objects.active().filter(reservation__in=others)
    return list(without_terminal(runs))
