"""What each lane of a run was asked for, and what it has reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from ..models import Chunk, Lane, MigrationRun, Step
from ..statuses import Status
from .contents import Badge, LaneProgress


def read_lanes(run: MigrationRun, now: int) -> tuple[LaneProgress, ...]:
    """Return the lanes of a run that has begun, in their order."""
    held = _held(run)
    lanes = run.lanes.order_by("number")
    found = (_lane(run, lane, held.get(lane.number, ""), now) for lane in lanes)
    return tuple(found)


def _held(run: MigrationRun) -> dict[int, str]:
    """Return by lane what it has in hand."""
    if not run.is_active:
        return {}
    chunks = Chunk.objects.of(run).claimed().order_by("table__position")
    steps = run.steps.claimed().order_by("table__position")
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for lane, model in chunks.values_list("lane", "table__model"):
        found[lane, ""].append(model)
    for lane, action, model in steps.values_list("lane", "action", "table__model"):
        found[lane, action].append(model or "")
    return {lane: in_words(action, models) for (lane, action), models in found.items()}


def in_words(action: str, models: Sequence[str]) -> str:
    """Say what a lane does for one table, or for several small ones at once."""
    if len(models) > 1:
        names = _("%(table)s and %(more)d more") % {
            "table": models[0],
            "more": len(models) - 1,
        }
    else:
        names = models[0]
    if not action:
        return _("copies %(table)s") % {"table": names}
    return f"{Step.Action(action).label} {names}".strip()


def _lane(run: MigrationRun, lane: Lane, held: str, now: int) -> LaneProgress:
    is_leased = lane.is_leased and lane.leased_until_ms > now
    is_surplus = lane.number >= run.lane_count
    return LaneProgress(
        number=lane.number + 1,
        badge=Badge(*_state(run, is_leased, is_surplus, lane.rests_for, held)),
        is_leased=is_leased,
        is_surplus=is_surplus,
        doing=_doing(lane, held) if is_leased else "",
        # Behind the name stands when the process was started; see processes.py.
        holder=lane.leased_by.partition(" ")[0] if is_leased else "",
        waiting_for=lane.waiting_for if lane.is_leased else "",
        rests_for=lane.rests_for if is_leased else "",
        is_taken=lane.epoch > 0,
    )


def _state(
    run: MigrationRun, is_leased: bool, is_surplus: bool, rests_for: str, held: str
) -> Iterable[str]:
    """Return the code of a colour, and the word."""
    if not is_leased:
        if is_surplus:
            return "waiting", _("Not asked for")
        if not run.is_active or run.status == Status.PAUSING:
            return "paused", _("Stopped")
        return "waiting", _("Waits for a process")
    if held and (is_surplus or run.status == Status.PAUSING):
        return "pausing", _("Finishes, then stops")
    if rests_for:
        return "paused", _("Held back")
    return ("running", _("Works")) if held else ("waiting", _("Has nothing to do"))


def _doing(lane: Lane, held: str) -> str:
    return " · ".join(filter(None, (held, lane.waiting_for or lane.rests_for)))
