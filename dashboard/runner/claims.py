"""Claims on a database by work that is no run, such as an import of files.

A claim is a reservation without a run. Its holder renews it; one that has not been
renewed for LEASE_SECONDS counts no more, and whoever reserves next removes it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..conf import option
from ..control_database import AWAY, atomic, close_connections, control_alias, patience
from ..models import Reservation
from ..models.clock import NowMs
from .leases import lease_ms
from .refusals import RequestRefused
from .reservations import in_the_way_of_writing, lock, remove_stale, said_of

logger = logging.getLogger("migration_console")


class Claim:
    """The right to write into a database, as long as it is renewed."""

    def __init__(self, alias: str, identity: str) -> None:
        self._alias = alias
        self._holder = uuid4().hex
        self._identity = identity

    @atomic()
    def take(self) -> None:
        """Take it; raises RequestRefused where somebody else uses the database."""
        lock()
        remove_stale()
        for other in in_the_way_of_writing(self._identity):
            raise RequestRefused(*said_of(other, self._alias))
        Reservation.objects.create(
            identity=self._identity,
            role=Reservation.Role.WRITES,
            holder=self._holder,
            until_ms=NowMs() + lease_ms(),
        )

    def renew(self) -> bool:
        """Renew it; False where it is gone."""
        return bool(self._rows.update(until_ms=NowMs() + lease_ms()))

    def require(self) -> None:
        """Raise RequestRefused where it has been lost, before anything is committed.

        In the control database itself an SQLite import locks out who might take it.
        """
        try:
            is_held = self._rows.exists()
        except AWAY:
            is_held = self._alias == control_alias()
        if not is_held:
            raise RequestRefused(
                _("The claim on '%(alias)s' was lost: it had not been renewed.")
                % {"alias": self._alias},
                _("Look at the console's own database, then call again."),
            )

    def let_go(self) -> None:
        self._rows.delete()

    @property
    def _rows(self) -> QuerySet[Reservation]:
        return Reservation.objects.filter(run=None, holder=self._holder)


@contextmanager
def claimed(alias: str, identity: str) -> Iterator[Claim]:
    """Hold a claim on a database, renewed from a thread of its own.

    Raises RequestRefused where a run or somebody else uses the database.
    """
    claim = Claim(alias, identity)
    claim.take()
    over = threading.Event()
    thread = threading.Thread(
        target=_renew, args=(claim, over), name="migration-console-claim", daemon=True
    )
    thread.start()
    try:
        yield claim
    finally:
        over.set()
        thread.join()
        try:
            claim.let_go()
        except AWAY:
            logger.warning("a claim was not let go; it ends by itself")


def _renew(claim: Claim, over: threading.Event) -> None:
    try:
        with patience():
            while not over.wait(option("LEASE_SECONDS") / 4):
                try:
                    close_old_connections()
                    claim.renew()
                except AWAY:
                    logger.warning("a claim on a database was not renewed")
                    close_connections()
    finally:
        close_connections()
