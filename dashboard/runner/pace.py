"""How fast a run may go, and with how many lanes: also while it works."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections
from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import Lane, MigrationRun
from ..statuses import ACTIVE, Status
from ..transfer.backends import is_a_file
from ..wording import count
from .dispatch import wake_at_once
from .moves import write_down
from .refusals import RequestRefused

MOST_LANES = 32
# What the control database can write down.
MOST_ROWS = 2_000_000_000

CHANGEABLE = (
    *(Status.RUNNING, Status.PAUSING, Status.PAUSED),
    *(Status.FAILED, Status.CANCELLED),
)
"""Statuses of a run that works, or may again."""


@dataclass(frozen=True)
class Pace:
    """What a person asks for; how far it is reached, the lanes show."""

    lanes: int
    rows_per_second: int | None
    """Over all lanes and hosts; None is no limit."""

    @classmethod
    def of(cls, run: MigrationRun) -> Pace:
        """Return what is asked of a run by now."""
        return cls(run.lane_count, run.rows_per_second)


def require(pace: Pace) -> None:
    """Raise RequestRefused for a pace that makes no sense."""
    if not 1 <= pace.lanes <= MOST_LANES:
        raise RequestRefused(
            _("A run cannot have %(number)d lanes.") % {"number": pace.lanes},
            _("Use 1 to %(most)d.") % {"most": MOST_LANES},
        )
    rows = pace.rows_per_second
    if rows is not None and not 1 <= rows <= MOST_ROWS:
        raise RequestRefused(
            _("A run cannot be limited to %(number)d rows a second.")
            % {"number": rows},
            _("Use 1 to %(most)d, or no limit.") % {"most": MOST_ROWS},
        )


def change(
    run: MigrationRun, actor: str, pace: Pace, *, shown: Pace | None = None
) -> None:
    """Let a run that was started go faster or slower, from the next piece on.

    Lanes that are too many finish what they hold and rest; what is missing is
    begun. ``shown`` is the pace that was seen by whoever asks, if any was. Raises
    RequestRefused where that is another by now, or no change is possible.
    """
    require(pace)
    if pace.lanes > 1 and _has_one_writer(run):
        raise RequestRefused(
            _("The destination is a file, which has one writer at a time."),
            _("Leave the run its one lane."),
        )
    with atomic():
        asked = MigrationRun.objects.filter(pk=run.pk, status__in=CHANGEABLE)
        # Locked where the engine can: of two who ask at once, the second is told
        # what the first has made of it.
        before = MigrationRun.objects.select_for_update().get(pk=run.pk)
        _require_seen(Pace.of(before), pace, shown)
        # What an old limit has put off does not hold under another one.
        changed = asked.exclude(started_at=None).update(
            lane_count=pace.lanes,
            rows_per_second=pace.rows_per_second,
            throttled_until_ms=0,
        )
        if not changed:
            raise RequestRefused(
                _("The run is %(status)s, so its speed cannot be changed.")
                % {"status": str(Status(before.status).label).lower()},
                _("It can be while the run works, is paused, or can be retried."),
            )
        if Pace.of(before) != pace:
            _note(before, actor, pace)
        _make_lanes(run, pace.lanes)
    run.lane_count, run.rows_per_second = pace.lanes, pace.rows_per_second
    if Status(before.status) in ACTIVE:
        wake_at_once(run)


def _require_seen(now: Pace, asked: Pace, shown: Pace | None) -> None:
    """Let nobody undo a change of somebody else's that was not seen."""
    if shown is None or now in (shown, asked):
        return
    raise RequestRefused(
        _("The speed was changed since it was shown: lanes %(lanes)d, %(limit)s.")
        % {"lanes": now.lanes, "limit": limit_text(now.rows_per_second)},
        _("Nothing was changed now. Look at it again, then ask again."),
    )


def _has_one_writer(run: MigrationRun) -> bool:
    known = run.destination in connections.settings
    return known and is_a_file(connections[run.destination].vendor)


def _note(run: MigrationRun, actor: str, pace: Pace) -> None:
    said = []
    if run.lane_count != pace.lanes:
        said.append(
            _("Lanes: %(new)d instead of %(old)d.")
            % {"old": run.lane_count, "new": pace.lanes}
        )
    if run.rows_per_second != pace.rows_per_second:
        said.append(
            _("Limit: %(new)s instead of %(old)s.")
            % {
                "old": limit_text(run.rows_per_second),
                "new": limit_text(pace.rows_per_second),
            }
        )
    edge = (run.status, run.status)
    write_down(run, actor, " ".join(said), edge=edge, plan_hash=run.plan_hash)


def limit_text(rows: int | None) -> str:
    """Say a limit."""
    if rows is None:
        return _("no limit")
    return _("%(rows)s rows a second") % {"rows": count(rows)}


def _make_lanes(run: MigrationRun, count: int) -> None:
    there = set(run.lanes.values_list("number", flat=True))
    missing = set(range(count)) - there
    Lane.objects.bulk_create(Lane(run=run, number=number) for number in sorted(missing))
