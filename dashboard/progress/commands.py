"""The commands of a run as they are shown: their states, and what they have written."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import CommandCall, MigrationRun
from ..wording import count, duration
from .contents import Badge

# A state with the badge whose colours it has.
LOOKS: dict[str, str] = {
    CommandCall.State.DONE: "succeeded",
    CommandCall.State.TAKEN: "succeeded",
    CommandCall.State.STOPPED: "cancelled",
    CommandCall.State.UNKNOWN: "not-verifiable",
}
OUTPUT = ("head", "tail")


@dataclass(frozen=True)
class CommandState:
    """One command of a run."""

    id: int
    name: str
    when: str
    when_label: str
    words: str
    badge: Badge
    look: str
    calls: int
    seconds: float
    exit_code: int | None
    output_bytes: int
    error: str
    # "" also for those who may not see it.
    output: str
    is_decidable: bool

    @property
    def is_begun(self) -> bool:
        return self.badge.code != CommandCall.State.WAITING

    @property
    def is_running(self) -> bool:
        return self.badge.code == CommandCall.State.RUNNING

    @property
    def moment(self) -> str:
        """Which call of it this is, and how far it is."""
        return f"command {self.id} {self.calls} {self.badge.code}"

    @property
    def size(self) -> str:
        """How much it has written in all."""
        return _("%(bytes)s bytes") % {"bytes": count(self.output_bytes)}

    @property
    def sentence(self) -> str:
        """How it stands, in a line of a terminal."""
        said = _("Command '%(name)s' (%(when)s the copy): %(state)s") % {
            "name": self.name,
            "when": self.when_label,
            "state": self.badge.label.lower(),
        }
        if self.is_running:
            return f"{said}: {self.words}"
        took = _("%(time)s, %(size)s written") % {
            "time": duration(self.seconds),
            "size": self.size,
        }
        # The error is the end of another sentence, too.
        error = f"{self.error[:1].upper()}{self.error[1:]}"
        return f"{said} ({took}). {error}".strip()


def command_lines(run: MigrationRun, *, with_output: bool) -> list[CommandState]:
    """Return the commands of a run in their order; one query, or none."""
    if not (run.commands_before or run.commands_after):
        return []
    calls = run.calls.order_by("position")
    if not with_output:
        calls = calls.defer(*OUTPUT)
    decidable = run.is_ended and run.started_at is not None
    return [_line(one, decidable, with_output=with_output) for one in calls]


def _line(call: CommandCall, decidable: bool, *, with_output: bool) -> CommandState:
    state = CommandCall.State
    open_states = (state.FAILED, state.STOPPED, state.UNKNOWN)
    return CommandState(
        id=call.pk,
        name=call.name,
        when=call.when,
        when_label=str(call.get_when_display()),
        words=" ".join(call.words),
        badge=Badge(call.state, str(call.get_state_display())),
        look=LOOKS.get(call.state, call.state),
        calls=call.calls,
        seconds=call.seconds,
        exit_code=call.exit_code,
        output_bytes=call.output_bytes,
        error=call.error,
        output=_output(call) if with_output else "",
        is_decidable=decidable and call.state in open_states,
    )


def _output(call: CommandCall) -> str:
    if not call.left_out_bytes:
        return f"{call.head}{call.tail}"
    gap = _("[… %(bytes)s bytes are left out here …]") % {
        "bytes": count(call.left_out_bytes)
    }
    return f"{call.head.rstrip()}\n{gap}\n{call.tail.lstrip()}"
