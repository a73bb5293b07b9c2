"""Calls one of the project's commands, and writes down what comes of it."""

from __future__ import annotations

import logging
import signal
import time

from django.utils.translation import gettext as _

from ...commands import ProjectCommand, project_commands
from ...control_database import AWAY, atomic, now_ms, waited
from ...models import CommandCall, MigrationRun, Step
from ...statuses import Status, Verdict
from ...transfer.errors import CannotServe, TransferError
from ...transfer.failpoints import reach
from ...wording import duration
from .. import command_calls
from ..call_process import CallProcess
from ..interruption import InterruptedWorkError
from ..leases import LaneLost, Lease
from ..moves import write_down
from ..own_process import can_start
from ..processes import process_name
from ..sessions import Sessions

logger = logging.getLogger("migration_console")

State = CommandCall.State

# Seconds between two looks at a command that runs, and at what it has written.
LOOK_SECONDS = 1.0
SHOW_SECONDS = 2.0
# How long a control database that is away keeps what came of a command from being
# written down, in seconds.
AWAY_SECONDS = 300


def call_command(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Call a command, once: one that has begun already is not begun again."""
    call = CommandCall.objects.get(pk=step.payload["call"])
    if call.state in (State.DONE, State.TAKEN):
        return
    if call.state != State.WAITING:
        raise _failed(call, run)
    command = _known(call, run)
    _require_module()
    # This process reaches the databases that were checked. Nothing of it is to stand
    # in the way of what the command does there.
    _ = sessions.source, sessions.destination
    sessions.close()
    _Call(call, command, run, lease).make()


def _known(call: CommandCall, run: MigrationRun) -> ProjectCommand:
    """Return the command of this process's settings, if it is what was planned."""
    found = project_commands().get(call.name)
    words = found and found.words_for(run.source, run.destination, run.pk)
    if found is None or words != call.words:
        raise CannotServe(
            _(
                "In the process %(process)s, MIGRATION_CONSOLE['COMMANDS'] has no "
                "'%(name)s', or another one than when the run was planned."
            )
            % {"process": process_name(), "name": call.name},
            _("Give that process the settings of the others, or stop it."),
        )
    return found


def _require_module() -> None:
    if not can_start():
        raise CannotServe(
            _(
                "The settings of the process %(process)s come from no module, so it "
                "can start no command."
            )
            % {"process": process_name()},
            _("Start it with DJANGO_SETTINGS_MODULE, or another process."),
        )


class _Call:
    def __init__(
        self,
        call: CommandCall,
        command: ProjectCommand,
        run: MigrationRun,
        lease: Lease,
    ) -> None:
        self._call = call
        self._command = command
        self._run = run
        self._lease = lease
        self._began = time.monotonic()
        self._shown = 0
        self._next_show = 0.0
        self._is_stopped = False
        self._is_late = False

    def make(self) -> None:
        """Run it to its end. Raises TransferError where it does not succeed."""
        self._begin()
        reach("command begun")
        with self._started() as process:
            while (code := process.wait(LOOK_SECONDS)) is None:
                self._look(process)
                if self._is_stopped or self._is_late:
                    process.end()
                    code = process.wait(0)
                    break
            self._end(process, code)
        if self._call.state == State.STOPPED:
            raise InterruptedWorkError(self._call.error)
        if self._call.state == State.FAILED:
            raise _failed(self._call, self._run)

    def _started(self) -> CallProcess:
        """Start its process; one that cannot be started has not run."""
        run, has_default = self._run, self._command.as_default
        place = (run.destination, run.destination_identity) if has_default else ("", "")
        try:
            return CallProcess(self._call.words, *place)
        except OSError as error:
            self._call.state = State.FAILED
            self._call.error = _("no process could be started (%(error)s).") % {
                "error": error.strerror
            }
            self._call.save(update_fields=["state", "error"])
            raise _failed(self._call, run) from error

    def _begin(self) -> None:
        """Write down that it begins, before it does: once, whoever asks."""
        with atomic():
            self._lease.report_work()
            fields = {
                "state": State.RUNNING,
                "calls": self._call.calls + 1,
                "started_ms": now_ms(),
                "seconds": 0.0,
                "head": "",
                "tail": "",
                "output_bytes": 0,
                "left_out_bytes": 0,
                "error": "",
            }
            free = CommandCall.objects.filter(pk=self._call.pk, state=State.WAITING)
            if not free.update(**fields):
                raise LaneLost
        self._call.refresh_from_db()

    def _look(self, process: CallProcess) -> None:
        """Say that the run is alive, and hear whether anybody wants the end."""
        self._is_late = self._seconds() > (self._command.seconds or float("inf"))
        try:
            self._lease.report_work()
            statuses = MigrationRun.objects.filter(pk=self._run.pk)
            status = statuses.values_list("status", flat=True).get()
            self._is_stopped = status == Status.CANCELLING
            self._show(process)
        except AWAY as error:
            # The command knows nothing of that.
            logger.warning("command not looked after: %s", type(error).__name__)

    def _show(self, process: CallProcess) -> None:
        now, size = time.monotonic(), process.output.size
        if now >= self._next_show and size != self._shown:
            self._write(process, self._seconds())
            self._shown, self._next_show = size, now + SHOW_SECONDS

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _write(self, process: CallProcess, seconds: float, **more: object) -> int:
        head, tail, left_out = process.output.parts()
        return CommandCall.objects.filter(pk=self._call.pk, state=State.RUNNING).update(
            head=head,
            tail=tail,
            left_out_bytes=left_out,
            output_bytes=process.output.size,
            seconds=seconds,
            **more,
        )

    def _end(self, process: CallProcess, code: int | None) -> None:
        """Write down how it ended, as long as this process holds the lane."""
        seconds = self._seconds()
        state, error = self._judged(code)

        def write() -> None:
            with atomic():
                self._lease.renew()
                done = self._write(
                    process,
                    seconds,
                    state=state,
                    exit_code=code if code is not None and code >= 0 else None,
                    error=error,
                )
                if done:
                    self._note(state, code, seconds)

        waited(write, seconds=AWAY_SECONDS)
        self._call.refresh_from_db()

    def _judged(self, code: int | None) -> tuple[State, str]:
        if self._is_stopped:
            return State.STOPPED, _("it was ended because the run was cancelled.")
        if self._is_late:
            said = _("it was ended after %(time)s, the time that it may take.")
            return State.FAILED, said % {"time": duration(self._command.seconds or 0)}
        if code:
            return State.FAILED, _("%(ending)s.") % {"ending": _ending(code)}
        return State.DONE, ""

    def _note(self, state: State, code: int | None, seconds: float) -> None:
        """Add a line to the run's log, without a word of what the command wrote."""
        text = _(
            "Command '%(name)s' (%(when)s the copy): %(state)s after %(time)s."
        ) % {
            "name": self._call.name,
            "when": self._call.get_when_display(),
            "state": str(state.label).lower(),
            "time": duration(seconds),
        }
        if code:
            text = f"{text} {_ending(code).capitalize()}."
        status = MigrationRun.objects.values_list("status", flat=True).get(
            pk=self._run.pk
        )
        hash_ = self._run.plan_hash
        write_down(self._run, "", text, edge=(status, status), plan_hash=hash_)


def _ending(code: int) -> str:
    """Say how a process ended that did not end well."""
    if code >= 0:
        return _("it ended with exit code %(code)d") % {"code": code}
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return _("it was ended by signal %(name)s") % {"name": name}


def _failed(call: CommandCall, run: MigrationRun) -> TransferError:
    """Return the error that ends a run, and says what of its data is done."""
    message = _("'%(name)s' has failed: %(error)s %(data)s") % {
        "name": call.name,
        "error": call.error,
        "data": _data(call, run),
    }
    if call.state == State.UNKNOWN:
        return TransferError(message, command_calls.decide())
    if call.when == CommandCall.When.BEFORE:
        remedy = _(
            "Read what it wrote beside its name, mend that, and retry: it runs again, "
            "and the copy follows. Or take it as done."
        )
    else:
        remedy = _(
            "Read what it wrote beside its name, mend that, and retry: only the "
            "commands that are left are called then. Or take it as done."
        )
    return TransferError(message, remedy)


def _data(call: CommandCall, run: MigrationRun) -> str:
    if call.when == CommandCall.When.BEFORE:
        return _("Nothing was deleted or copied by the run.")
    if run.verdict == Verdict.VERIFIED:
        return _("All data is copied and proved.")
    if run.verdict == Verdict.NOT_VERIFIABLE:
        return _("All data is copied; not all of it could be verified.")
    if run.verify == MigrationRun.Verify.COUNTS:
        return _("All data is copied, and counted on both sides.")
    return _("All data is copied, and not compared.")
