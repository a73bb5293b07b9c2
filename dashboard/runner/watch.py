"""What the sessions of a slice wait for, seen from a second thread.

A statement may take hours on a server that is well; a server that has stopped
takes for ever. What tells them apart is whether the server answers anybody: it is
asked by a connection of its own, which also says who holds a lock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from types import TracebackType

from django.db import connections
from django.utils.translation import gettext as _

from ..control_database import AWAY, close_connections
from ..databases import database
from ..models import Lane, MigrationRun
from ..models.clock import NowMs
from ..transfer.activity import Activity, activities
from ..transfer.backends import connect
from ..transfer.backends.base import Session
from ..transfer.errors import ConnectionLost, TransferError, Unreachable
from .leases import Lease

logger = logging.getLogger("migration_console")

LOOK_SECONDS = 1.0
# How long a call lasts before its server is asked.
PATIENCE_SECONDS = 2.0
# How long the connection that asks is kept for the next one.
KEPT_SECONDS = 20.0
# How long a server has not answered before that is said, and before the connection
# to it is broken off: the piece is given back then. The kernel notices by itself
# when another host is gone; here it is a server whose kernel still answers.
SILENT_SECONDS = 6.0
BROKEN_SECONDS = 60.0
# So often what is said of a silence is renewed, and the run said to be alive.
SAID_SECONDS = 5.0
PROBE = "-p"


class _Probe(threading.Thread):
    """Asks one server again and again whether it answers, and who blocks whom."""

    def __init__(self, alias: str, zone: str, label: str) -> None:
        super().__init__(name="migration-console-probe", daemon=True)
        self._alias = alias
        self._zone = zone
        self.label = f"{label}{PROBE}{alias[:1]}"
        self._over = threading.Event()
        self._asked: list[Activity] = []
        self._needed = self._answered = time.monotonic()
        # Whether the server has answered since there is something to ask.
        self.answers = False
        # By label of the sessions that are waiting, what they wait for.
        self.blocked: dict[str, str] = {}

    def ask_about(self, waiting: list[Activity]) -> None:
        """Say which sessions there is to ask about from now on."""
        if waiting:
            self._needed = time.monotonic()
            if not self._asked:
                self._answered = self._needed
                self.answers = False
                self.blocked = {}
        self._asked = waiting

    @property
    def silent_seconds(self) -> float:
        """How long the server has been asked without an answer."""
        return time.monotonic() - self._answered if self._asked else 0.0

    @property
    def is_needed(self) -> bool:
        """Whether anybody has asked of late."""
        return time.monotonic() - self._needed < KEPT_SECONDS

    def stop(self) -> None:
        self._over.set()
        for activity in activities(self.label):
            activity.break_off()

    def run(self) -> None:
        try:
            while not self._over.is_set():
                self._ask()
                self._over.wait(LOOK_SECONDS)
        finally:
            connections.close_all()

    def _ask(self) -> None:
        """Ask until something goes wrong, or nobody wants to know any more."""
        try:
            with connect(database(self._alias, self._zone), self.label) as session:
                self._go_on_asking(session)
        except (Unreachable, ConnectionLost):
            # Not answered: no news.
            pass
        except TransferError:
            # Refused, by a server that is full or has another password by now: it
            # answers, and what it is at for others goes on.
            self._heard()
        except Exception as error:
            logger.warning("probe failed: %s", type(error).__name__)

    def _heard(self) -> None:
        self._answered = time.monotonic()
        self.answers = True

    def _go_on_asking(self, session: Session) -> None:
        while not self._over.is_set():
            found = {}
            for other in self._asked:
                waits = session.lock_wait(other)
                self._heard()
                if waits is not None:
                    found[other.label] = waits.described(self._alias)
            self.blocked = found
            self._over.wait(LOOK_SECONDS)


class SessionWatch(threading.Thread):
    """Says on the page what a lane waits for in the middle of a piece.

    Uses connections of its own, to the control database only where there is
    something to say.
    """

    def __init__(self, run: MigrationRun, lease: Lease) -> None:
        super().__init__(name="migration-console-watch", daemon=True)
        self._run = run
        self._lease = lease
        self._over = threading.Event()
        self._probes: dict[str, _Probe] = {}
        self._said = ""
        self._said_at = 0.0
        # The last lock that was waited for, for whoever has to give up on it.
        self._lock = ""
        self._locked_at = 0.0

    def __enter__(self) -> SessionWatch:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()

    @property
    def lock(self) -> str:
        """Who held the lock that was waited for just now, or ""."""
        is_fresh = time.monotonic() - self._locked_at < PATIENCE_SECONDS * 2
        return self._lock if is_fresh else ""

    def run(self) -> None:
        try:
            while not self._over.wait(LOOK_SECONDS):
                try:
                    self._look()
                except AWAY:
                    # The page cannot be told; frozen servers are looked for still.
                    close_connections()
            self._say("")
        except Exception as error:
            # What is said is not what is done: the slice goes on.
            logger.warning("watch ended: %s", type(error).__name__)
        finally:
            for probe in self._probes.values():
                probe.stop()
            connections.close_all()

    def _look(self) -> None:
        waiting = [
            one
            for one in activities(self._lease.label)
            if one.seconds > PATIENCE_SECONDS and PROBE not in one.label
        ]
        by_alias: dict[str, list[Activity]] = {}
        for one in waiting:
            if one.has_server:
                by_alias.setdefault(one.alias, []).append(one)
        for alias in set(self._probes) - set(by_alias):
            self._probes[alias].ask_about([])
            if not self._probes[alias].is_needed:
                self._probes.pop(alias).stop()
        said = [self._about(alias, found) for alias, found in by_alias.items()]
        text = " ".join(filter(None, said))
        if text != self._said:
            self._say(text)
        elif waiting and not text and self._all_answer(by_alias):
            self._is_alive()

    def _all_answer(self, aliases: Iterable[str]) -> bool:
        """Whether the servers of these aliases have answered since they were asked."""
        return all(self._probes[alias].answers for alias in aliases)

    def _about(self, alias: str, waiting: list[Activity]) -> str:
        """Return what sessions of one server wait for; "" where it works."""
        probe = self._probes.get(alias)
        if probe is None:
            probe = _Probe(alias, self._run.time_zone, self._lease.label)
            self._probes[alias] = probe
            probe.start()
        probe.ask_about(waiting)
        silent = probe.silent_seconds
        if silent > SILENT_SECONDS:
            if silent > BROKEN_SECONDS:
                for one in waiting:
                    one.break_off()
            return self._silence(alias, silent)
        found = [probe.blocked.get(one.label, "") for one in waiting]
        text = next(filter(None, found), "")
        if text:
            self._lock, self._locked_at = text, time.monotonic()
        return text

    def _silence(self, alias: str, seconds: float) -> str:
        names = {"alias": alias, "seconds": int(seconds // SAID_SECONDS * SAID_SECONDS)}
        if alias == self._run.source:
            return _("The source '%(alias)s' has not answered for %(seconds)d s.") % (
                names
            )
        return _("The destination '%(alias)s' has not answered for %(seconds)d s.") % (
            names
        )

    def _say(self, text: str) -> None:
        """Write what the lane waits for, unless it is somebody else's by now."""
        if text == self._said:
            return
        lane = Lane.objects.filter(pk=self._lease.lane_id, epoch=self._lease.epoch)
        lane.update(waiting_for=text)
        connections.close_all()
        self._said, self._said_at = text, time.monotonic()

    def _is_alive(self) -> None:
        """Say that a statement goes on in a server that answers."""
        if time.monotonic() - self._said_at < SAID_SECONDS:
            return
        self._said_at = time.monotonic()
        MigrationRun.objects.filter(pk=self._run.pk).update(alive_ms=NowMs())
        connections.close_all()
