"""Processes that leave a run to others, and say why.

An old password, a missing driver, other settings or another version is the
process's own affair: it ends no run. The process steps aside for a while, so
that others find the lanes free, and then looks again.
"""

from __future__ import annotations

import time
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ..control_database import now_ms
from ..models import Abstention, Chunk, MigrationRun
from ..transfer.errors import CannotServe
from ..transfer.plan import VERSION
from .processes import process_name

# Seconds after which a process looks again whether it can do the work.
ASIDE_SECONDS = 5
# Seconds that a process keeps a call that is not for it: long enough that it
# does not spin through the broker, short beside a slice of those who can.
PASSED_ON_SECONDS = 1

_until: dict[UUID, float] = {}
"""By run, the monotonic time until which this process stands aside."""


def plan_fault(run: MigrationRun) -> CannotServe | None:
    """Return why this process cannot read the run's plan, or None."""
    if run.plan_version == VERSION:
        return None
    return CannotServe(
        _(
            "The process %(process)s knows plans of format %(known)s; this run's has "
            "format %(plan)s."
        )
        % {"process": process_name(), "plan": run.plan_version, "known": VERSION},
        _(
            "Run a worker of the version in which the run was checked, until it has "
            "ended."
        ),
    )


def abstain(run: MigrationRun, error: CannotServe) -> None:
    """Stand aside for a while, and write down why."""
    _until[run.uuid] = time.monotonic() + ASIDE_SECONDS
    Abstention.objects.update_or_create(
        run=run,
        process=process_name()[:200],
        defaults={
            "reason": error.message,
            "remedy": error.remedy,
            "seen_ms": now_ms(),
        },
    )


def is_aside(run: MigrationRun) -> bool:
    """Whether this process has found a moment ago that it cannot do the work."""
    return _until.get(run.uuid, 0.0) > time.monotonic()


def can_again(run: MigrationRun) -> None:
    """Forget that this process could not do the work."""
    if _until.pop(run.uuid, None) is not None:
        Abstention.objects.filter(run=run, process=process_name()[:200]).delete()


def others_work(run: MigrationRun, number: int) -> bool:
    """Whether another lane than this one has work in hand.

    Not what a dead holder left: that is of an older epoch than the lane's.
    """
    lanes = run.lanes.leased().exclude(number=number)
    held = Q(pk__in=())
    for lane, epoch in lanes.values_list("number", "epoch"):
        held |= Q(lane=lane, epoch=epoch)
    chunks = Chunk.objects.of(run).claimed().filter(held)
    return chunks.exists() or run.steps.claimed().filter(held).exists()
