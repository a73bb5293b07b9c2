"""Steps of small tables that are done and recorded together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from ..control_database import atomic
from ..models import MigrationRun, Step
from ..transfer.errors import TransferError
from ..transfer.failpoints import reach
from .actions import TOGETHER
from .bundles import MOST_SECONDS
from .leases import Lease
from .sessions import Sessions
from .steps import mark_done, prove_lane

Done = tuple[float, Any]
"""The seconds that a step took, and what it has to tell."""


def perform(
    bundle: list[Step], run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Do steps in their order until the time is up, and record them.

    Those that are done are taken out of the bundle, also where the next one fails.
    """
    reach(f"step {bundle[0].action}")
    prove_lane(bundle[0], lease, sessions)
    done: list[Done] = []
    try:
        for found in _each(bundle, run, lease, sessions):
            done += found
            if sum(seconds for seconds, _ in done) >= MOST_SECONDS:
                break
    except TransferError:
        _record(bundle, done, run, lease)
        raise
    _record(bundle, done, run, lease)


def _each(
    bundle: Sequence[Step], run: MigrationRun, lease: Lease, sessions: Sessions
) -> Iterator[list[Done]]:
    began = time.perf_counter()
    action = TOGETHER[Step.Action(bundle[0].action)]
    for found in action.each(bundle, run, lease, sessions):
        ended = time.perf_counter()
        yield [((ended - began) / len(found), one) for one in found]
        began = ended


def _record(
    bundle: list[Step], done: Sequence[Done], run: MigrationRun, lease: Lease
) -> None:
    if not done:
        return
    steps = bundle[: len(done)]
    with atomic():
        lease.report_work()
        for step, (seconds, _) in zip(steps, done, strict=True):
            mark_done(step, lease, seconds)
        record = TOGETHER[Step.Action(steps[0].action)].record
        if record:
            record(run, [found for _, found in done])
    del bundle[: len(done)]
