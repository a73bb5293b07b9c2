"""The commands of a run: planned, made into steps, in doubt, and decided about."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..commands import project_commands
from ..control_database import atomic
from ..models import CommandCall, MigrationRun, Step
from ..statuses import Phase
from . import endings
from .moves import write_down
from .refusals import RequestRefused

State = CommandCall.State
When = CommandCall.When

PHASES = {Phase.BEFORE: When.BEFORE, Phase.AFTER: When.AFTER}
"""The phases that consist of commands, with when that is."""

AGAIN = {"state": State.WAITING, "error": "", "exit_code": None}
"""What a call becomes that is to be made once more; what it wrote stays till then."""


def planned(run: MigrationRun) -> list[tuple[When, str, list[str]]]:
    """Return when a run calls which command, and by which words, as things are."""
    known = project_commands()
    return [
        (when, name, known[name].words_for(run.source, run.destination, run.pk or "N"))
        for when, names in (
            (When.BEFORE, run.commands_before),
            (When.AFTER, run.commands_after),
        )
        for name in names
        if name in known
    ]


def record(run: MigrationRun) -> None:
    """Replace what was planned before, in the transaction that writes the plan."""
    run.calls.all().delete()
    CommandCall.objects.bulk_create(
        CommandCall(run=run, when=when, position=position, name=name, words=words)
        for position, (when, name, words) in enumerate(planned(run))
    )


def steps_of(run: MigrationRun, phase: Phase) -> Iterator[Step]:
    """Yield a step for each call that is left, one after the other."""
    calls = run.calls.filter(when=PHASES[phase]).undone().order_by("position")
    for call in calls:
        yield Step(
            run=run,
            phase=phase,
            stage=call.position,
            action=Step.Action.COMMAND,
            payload={"call": call.pk},
        )


def is_next(run: MigrationRun, step: Step) -> bool:
    """Whether all that are called before it are done, or taken as done."""
    call = run.calls.get(pk=step.payload["call"])
    earlier = run.calls.filter(when=call.when, position__lt=call.position)
    return not earlier.undone().exists()


def lost(step: Step) -> bool:
    """Deal with a step whose worker died: True where its command had begun.

    It may have run, in whole or in part: nobody but a person lets it run again.
    """
    if step.action != Step.Action.COMMAND:
        return False
    with atomic():
        begun = CommandCall.objects.filter(pk=step.payload["call"], state=State.RUNNING)
        if not begun.update(state=State.UNKNOWN, error=_unknown()):
            return False
        Step.objects.filter(pk=step.pk, epoch=step.epoch).update(
            state=Step.State.FAILED, error=_unknown()
        )
    call = CommandCall.objects.get(pk=step.payload["call"])
    said = _("'%(name)s': %(said)s") % {"name": call.name, "said": _unknown()}
    endings.fail(step.run, f"{step}: {said}", decide())
    return True


def shut_out(run: MigrationRun) -> None:
    """Say of a run that is forced to its end what nobody waits for any more."""
    run.calls.filter(state=State.RUNNING).update(state=State.UNKNOWN, error=_unknown())


def _unknown() -> str:
    return _("its worker died meanwhile, so it may have run, in whole or in part.")


def decide() -> str:
    """Say what helps where a call is in doubt."""
    return _(
        "Find out how far it came, then let it run again or take it as done: by the "
        "buttons beside it, or by --command-again or --command-done with --resume."
    )


def require_decided(run: MigrationRun) -> None:
    """Raise RequestRefused where a command may have run and nobody says what of it."""
    call = run.calls.in_doubt().first()
    if call is not None:
        raise RequestRefused(
            _("Command '%(name)s' may have run, in whole or in part.")
            % {"name": call.name},
            decide(),
        )


def let_again(run: MigrationRun, *, all_after: bool) -> None:
    """Let calls that failed, or were stopped, be made again by a retry.

    ``all_after`` says that rows are copied first, after which all of those are due.
    """
    ended = [State.FAILED, State.STOPPED]
    run.calls.filter(state__in=ended).update(**AGAIN)
    if all_after:
        run.calls.filter(when=When.AFTER).exclude(state=State.WAITING).update(**AGAIN)


def is_decidable(call: CommandCall) -> bool:
    """Whether a person may say of a call that it is done."""
    states = (State.FAILED, State.STOPPED, State.UNKNOWN)
    return call.state in states and call.run.is_ended


def settle(run: MigrationRun, actor: str, name: str, *, done: bool) -> None:
    """Say of a command that did not succeed that it is done, or is to run again.

    ``name`` is its name, or its number among the run's. A retry goes on with the rest.
    Raises RequestRefused where there is nothing to say.
    """
    call = _find(run, name)
    said = (
        _("Command '%(name)s' is taken as done.")
        if done
        else _("Command '%(name)s' is to run again.")
    )
    changes = {"state": State.TAKEN, "error": ""} if done else AGAIN
    with atomic():
        found = run.calls.filter(pk=call.pk, state=call.state)
        if not run.is_ended or not found.update(**changes):
            raise RequestRefused(
                _("The run has changed since it was shown."),
                _("Look at it again, then ask again."),
            )
        text = said % {"name": call.name}
        edge = (run.status, run.status)
        write_down(run, actor, text, edge=edge, plan_hash=run.plan_hash)


def _find(run: MigrationRun, name: str) -> CommandCall:
    run.refresh_from_db()
    for call in run.calls.select_related("run"):
        if name in (call.name, str(call.pk)) and is_decidable(call):
            return call
    raise RequestRefused(
        _("Run %(number)d has no command '%(name)s' to decide about.")
        % {"number": run.pk, "name": name},
        _("Name one that failed, was stopped or may have run, once the run is over."),
    )
