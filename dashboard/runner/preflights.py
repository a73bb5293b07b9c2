"""The checks and dry runs that are asked of workers: who is at one, and how far.

A row of each kind for a run. Asking raises its number; a worker takes it once at that
number, and says what it found only while the number is the newest. A call that is lost
is sent again, and one whose worker is gone is stopped, by whoever looks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from django.db import connections
from django.db.models import F
from django.utils.translation import gettext as _

from ..conf import option
from ..control_database import atomic, now_ms
from ..models import MigrationRun, Preflight
from ..models.clock import NowMs
from ..models.preflight import PreflightQuerySet
from ..planning.hearing import Stage
from ..statuses import Status
from .dispatch import RUN_PREFLIGHT, send_task
from .leases import lease_ms
from .moves import move
from .processes import is_dead, process_mark
from .refusals import RequestRefused

logger = logging.getLogger("migration_console")

Kind = Preflight.Kind
State = Preflight.State

# Seconds between two notes of how far it is, unless another check begins.
NOTE_SECONDS = 1.0


class Overtaken(Exception):
    """It was asked for again, stopped or discarded: what was found counts no more."""


def found(run: MigrationRun, kind: Kind) -> Preflight | None:
    """Return what is known of the last request of a kind."""
    return Preflight.objects.filter(run=run, kind=kind).first()


def ask(run: MigrationRun, kind: Kind, actor: str) -> Preflight:
    """Write down that workers are asked; call ``send`` once that is committed."""
    asked, _made = Preflight.objects.get_or_create(run=run, kind=kind)
    Preflight.objects.filter(pk=asked.pk).update(
        number=F("number") + 1,
        state=State.WAITING,
        asked_by=actor[:150],
        asked_ms=NowMs(),
        sent_ms=NowMs(),
        began_ms=0,
        ended_ms=0,
        taken_by="",
        stage="",
        table="",
        done=0,
        total=0,
        plan_hash=run.plan_hash,
        error="",
        remedy="",
    )
    asked.refresh_from_db()
    return asked


def send(asked: Preflight) -> None:
    """Call a worker, within moments or not at all; a later look calls again."""
    what = f"preflight not sent run={asked.run_id}"
    send_task(RUN_PREFLIGHT, (asked.pk, asked.number), what)


def take(pk: int, number: int) -> Preflight | None:
    """Take what was asked for; None where another has, or nobody wants it any more."""
    mine = Preflight.objects.waiting().filter(pk=pk, number=number)
    taken = mine.update(
        state=State.WORKING,
        began_ms=NowMs(),
        alive_ms=NowMs(),
        taken_by=process_mark()[:200],
    )
    if not taken:
        return None
    return Preflight.objects.select_related("run").get(pk=pk)


def void(run: MigrationRun, *kinds: Kind) -> bool:
    """Let nothing come of what workers were asked for; whether something was.

    Without ``kinds`` of either kind.
    """
    wanted = Preflight.objects.open().filter(run=run, kind__in=kinds or list(Kind))
    return bool(
        wanted.update(state=State.STOPPED, number=F("number") + 1, ended_ms=NowMs())
    )


class Working(threading.Thread):
    """The right to say what comes of it: kept alive, and how far it is noted down.

    Uses a database connection of its own and closes it at the end.
    """

    def __init__(self, taken: Preflight) -> None:
        super().__init__(name="migration-console-preflight", daemon=True)
        self._mine = {"pk": taken.pk, "number": taken.number, "state": State.WORKING}
        self._over = threading.Event()
        self._noted = 0.0
        self._stage: Stage | None = None

    def __enter__(self) -> Working:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.join()

    def hear(
        self, stage: Stage, table: str = "", done: int = 0, total: int = 0
    ) -> None:
        """Note how far it is, once a second. Raises Overtaken where nobody wants it."""
        now = time.monotonic()
        if stage == self._stage and now - self._noted < NOTE_SECONDS:
            return
        self._stage, self._noted = stage, now
        place = {"stage": stage, "table": table[:255], "done": done, "total": total}
        if not self._write(**place):
            raise Overtaken

    def end(self, error: str = "", remedy: str = "") -> bool:
        """Write down the end; False where it is no longer one's own."""
        state = State.STOPPED if error else State.DONE
        return self._write(state=state, error=error, remedy=remedy, ended_ms=NowMs())

    def _write(self, **changes: object) -> bool:
        mine = Preflight.objects.filter(**self._mine)
        return bool(mine.update(alive_ms=NowMs(), **changes))

    def run(self) -> None:
        try:
            while not self._over.wait(option("LEASE_SECONDS") / 4):
                self._report()
        finally:
            connections.close_all()

    def _report(self) -> None:
        try:
            self._write()
        except Exception as error:
            logger.warning("preflight not reported: %s", type(error).__name__)
            connections.close_all()


# --- looking ------------------------------------------------------------------


def look() -> None:
    """Call again for what no worker has begun, and stop what has lost its worker."""
    for one, now in _open():
        if one.state == State.WAITING and now - one.sent_ms > lease_ms():
            _send_again(one)
        elif one.state == State.WORKING:
            _stop_if_dead(one, now)


def look_for_the_dead() -> None:
    """Stop what is silent for a lease, or whose process died on this host."""
    for one, now in _open():
        if one.state == State.WORKING:
            _stop_if_dead(one, now)


def _open() -> Iterator[tuple[Preflight, int]]:
    """Yield what is open, with the time; one question, for pages ask every second."""
    found = Preflight.objects.open().select_related("run").annotate(now=NowMs())
    for one in found:
        yield one, vars(one)["now"]


def _send_again(asked: Preflight) -> None:
    # Whoever moves the time sends: of many that look, one.
    seen = Preflight.objects.waiting().filter(pk=asked.pk, sent_ms=asked.sent_ms)
    if seen.update(sent_ms=NowMs()):
        send(asked)


def _stop_if_dead(one: Preflight, now: int) -> None:
    if now - one.alive_ms > lease_ms() or is_dead(one.taken_by):
        _stop(one)


def _stop(lost: Preflight) -> None:
    same: PreflightQuerySet = Preflight.objects.working()
    same = same.filter(pk=lost.pk, number=lost.number, alive_ms=lost.alive_ms)
    message = _("The process that was at it is gone.")
    with atomic():
        if not same.update(
            state=State.STOPPED,
            number=F("number") + 1,
            ended_ms=now_ms(),
            error=message,
            remedy=_("Ask for it again. If it happens again, read the worker's log."),
        ):
            return
        if lost.kind == Kind.CHECKS and lost.run.status == Status.CHECKING:
            say_stopped(lost.run, "", message)


def say_stopped(run: MigrationRun, actor: str, message: str) -> None:
    """Take a run whose checks have ended too early back to its draft."""
    # Whoever is at them, and comes back, is not the last that began.
    MigrationRun.objects.filter(pk=run.pk).update(check_number=F("check_number") + 1)
    try:
        move(run, Status.DRAFT, actor, message, only_from=[Status.CHECKING])
    except RequestRefused:
        logger.info("run=%s has moved on meanwhile", run.pk)
