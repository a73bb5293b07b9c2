"""The checks of a run while they are made: a sign of life, and one last word.

Whoever began the checks last says what they found. A process that dies meanwhile
falls silent, and the run can be checked again or discarded a lease later.
"""

from __future__ import annotations

import logging
import threading

from django.db import connections
from django.db.models import F
from django.utils.translation import gettext as _

from ..conf import option
from ..control_database import atomic
from ..models import MigrationRun, Preflight
from ..models.clock import NowMs
from ..statuses import Status
from .leases import lease_ms
from .refusals import RequestRefused

logger = logging.getLogger("migration_console")


def is_silent(run: MigrationRun) -> bool:
    """Whether a whole lease has heard nothing of a run's checks."""
    return MigrationRun.objects.filter(
        pk=run.pk, status=Status.CHECKING, alive_ms__lt=NowMs() - lease_ms()
    ).exists()


def waits_for_worker(run: MigrationRun) -> bool:
    """Whether workers were asked for the checks, and none has begun."""
    asked = Preflight.objects.waiting().filter(run=run, kind=Preflight.Kind.CHECKS)
    return asked.exists()


def require_silence(run: MigrationRun) -> None:
    """Raise RequestRefused where somebody is checking the run."""
    status = MigrationRun.objects.values_list("status", flat=True).get(pk=run.pk)
    if status == Status.CHECKING and not (is_silent(run) or waits_for_worker(run)):
        raise RequestRefused(
            _("The run is being checked at the moment."),
            _("Wait for the checks. If they have stopped, ask again in %(seconds)g s.")
            % {"seconds": option("LEASE_SECONDS")},
        )


class Checks(threading.Thread):
    """The right to say what the checks found, kept alive while they are made.

    Uses a database connection of its own and closes it at the end.
    """

    def __init__(self, run: MigrationRun) -> None:
        super().__init__(name="migration-console-checks", daemon=True)
        MigrationRun.objects.filter(pk=run.pk).update(
            check_number=F("check_number") + 1, alive_ms=NowMs()
        )
        run.refresh_from_db(fields=["check_number", "alive_ms"])
        self._run_id, self._number = run.pk, run.check_number
        self._over = threading.Event()

    def __enter__(self) -> Checks:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.join()

    @property
    def _ours(self) -> dict[str, object]:
        found = {"status": Status.CHECKING, "check_number": self._number}
        return {"pk": self._run_id, **found}

    def are_ours(self) -> bool:
        """Whether nobody has begun the checks again, or discarded the run.

        Inside a transaction, nobody can before it ends.
        """
        mine = MigrationRun.objects.filter(**self._ours)
        return bool(mine.update(alive_ms=NowMs()))

    def require(self) -> None:
        """Raise RequestRefused where somebody else has taken the checks over."""
        if not self.are_ours():
            raise RequestRefused(
                _("The run was checked again, or discarded, by somebody else.")
            )

    def run(self) -> None:
        try:
            while not self._over.wait(option("LEASE_SECONDS") / 4):
                self._report()
        finally:
            connections.close_all()

    def _report(self) -> None:
        try:
            with atomic():
                self.are_ours()
        except Exception as error:
            logger.warning("checks not reported: %s", type(error).__name__)
            connections.close_all()
