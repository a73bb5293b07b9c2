"""What a command says of its run when it ends before the run has."""

from __future__ import annotations

import time
from contextlib import suppress

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext as _

from ..models import MigrationRun, SchemaObject
from ..runner.schema_state import restoring_command, said
from ..statuses import ACTIVE, ENDED, Status

# Seconds between two looks at what would have to be said.
LEARN_SECONDS = 2.0


class LastWords:
    """The run's number, the state of the schema, and the command that mends it.

    Known beforehand: when they are wanted, the control database may be away.
    """

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._run: MigrationRun | None = None
        self._off = 0
        self._not_valid = 0
        self._next = 0.0

    def learn(self, run: MigrationRun) -> None:
        """Look at the run, not more often than is of use."""
        if time.monotonic() >= self._next:
            self.look(run)
            self._next = time.monotonic() + LEARN_SECONDS

    def look(self, run: MigrationRun) -> None:
        """Look at what there is to say of the run now."""
        self._run = MigrationRun.objects.defer("labels", "excluded").get(pk=run.pk)
        states = list(run.schema_objects.off().values_list("state", flat=True))
        self._off = len(states)
        self._not_valid = states.count(SchemaObject.State.NOT_VALID.value)

    def say(self) -> None:
        """Say them, as they are now or, without a control database, were last."""
        is_now = False
        if self._run is not None:
            with suppress(Exception):
                self.look(self._run)
                is_now = True
        self._say(is_now=is_now)

    def say_known(self) -> None:
        """Say them as they were last; waits for nothing."""
        self._say(is_now=False)

    def _say(self, *, is_now: bool) -> None:
        if self._run is None or not self.are_needed:
            return
        # There may be nobody who reads them.
        with suppress(OSError, ValueError):
            self._out.write("\n".join(self.lines(is_now=is_now)))
            self._out.flush()

    @property
    def are_needed(self) -> bool:
        """Whether somebody has to do something about the run."""
        run = self._run
        if run is None or run.started_at is None:
            return False
        return run.status not in ENDED or self._off > 0

    def lines(self, *, is_now: bool = True) -> list[str]:
        """Return what there is to say, a sentence or a command a line.

        Without ``is_now`` more may have come off since somebody looked.
        """
        run = self._run
        assert run is not None
        state = said(run, self._off, self._not_valid)
        if not (is_now or self._off or run.status in ENDED):
            state = _("Keys and indexes of '%(alias)s' may be off.")
            state %= {"alias": run.destination}
        found = [_status(run), state]
        if run.status in ENDED:
            values = {"command": restoring_command(run)}
            return [*found, _("Put it back: %(command)s") % values]
        if run.status != Status.CANCELLING:
            values = {"command": _command(run, "resume")}
            found.append(_("Go on: %(command)s") % values)
        values = {"command": _command(run, "cancel")}
        text = _("Cancel it and put the schema back: %(command)s")
        return [*found, text % values]


def _command(run: MigrationRun, option: str) -> str:
    name = "copydata" if run.copies else "verifydata"
    return f"manage.py {name} --{option} {run.pk}"


def _status(run: MigrationRun) -> str:
    values = {"number": run.pk, "status": str(Status(run.status).label).lower()}
    if run.status == Status.PAUSED:
        return _("Run %(number)d is paused.") % values
    if run.status in ACTIVE and run.executor == MigrationRun.Executor.TERMINAL:
        said = _(
            "Run %(number)d is not finished (%(status)s), and nobody works for it."
        )
        return said % values
    return _("Run %(number)d: %(status)s.") % values
