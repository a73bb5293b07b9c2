"""How far each phase of a run is, and the bar over all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Q

from ..models import MigrationRun, Step
from ..statuses import ENDED, Phase, Status
from .contents import Bar, Stage, TableProgress
from .lanes import in_words


def whole(
    run: MigrationRun, tables: Iterable[TableProgress], stages: Iterable[Stage]
) -> Bar:
    """Return the bar over all phases: each row copied, each row compared.

    Steps count one each, so that a run without rows moves too. A comparison of
    the counts alone looks at no row.
    """
    tables = tuple(tables)
    stages = tuple(stages)
    bars = [stage.bar for stage in stages if not stage.counts_rows]
    for stage in stages:
        if stage.counts_rows:
            copying = stage.phase == Phase.COPYING
            bars += [t.copied if copying else t.compared for t in tables]
    return Bar(
        # A table that turned out smaller than estimated counts as estimated.
        value=sum(bar.total if bar.done else min(bar.value, bar.total) for bar in bars),
        total=sum(bar.total for bar in bars),
        exact=all(bar.exact for bar in bars),
        done=_is_done(run, tables),
    )


def _is_done(run: MigrationRun, tables: tuple[TableProgress, ...]) -> bool:
    """Tell whether nothing is left to do, whatever the outcome."""
    if run.status == Status.SUCCEEDED:
        return True
    return (
        run.status == Status.FAILED
        and run.phase in (Phase.VERIFYING, Phase.AFTER)
        and bool(tables)
        and all(t.compared.done for t in tables)
    )


@dataclass(frozen=True)
class _Steps:
    done: dict[str, int]
    total: dict[str, int]
    doing: tuple[str, ...]


def _steps(run: MigrationRun) -> _Steps:
    done: dict[str, int] = {}
    total: dict[str, int] = {}
    counted = (
        Step.objects.filter(run=run)
        .order_by()
        .values_list("phase")
        .annotate(n=Count("id"), done=Count("id", filter=Q(state=Step.State.DONE)))
    )
    for phase, of, ready in counted:
        total[phase], done[phase] = of, ready
    # Also of the phase that follows: some begin while this one goes on.
    claimed = run.steps.claimed().order_by("lane", "action", "table__position")
    found = claimed.values_list("lane", "action", "table__model")
    doing = tuple(
        in_words(action, [model or "" for *_, model in same])
        for (_, action), same in groupby(found, key=itemgetter(0, 1))
    )
    return _Steps(done, total, doing)


def read_stages(
    run: MigrationRun, tables: tuple[TableProgress, ...]
) -> Iterable[Stage]:
    """Yield the phases of a run in their order."""
    steps = _steps(run)
    order = run.phases
    at = order.index(Phase(run.phase)) if run.phase in order else -1
    for number, phase in enumerate(order):
        state = _stage_state(run, number, at)
        rows = _counts_rows(run, phase)
        bar = _rows_bar(phase, tables) if rows else _steps_bar(steps, phase)
        yield Stage(
            phase=phase,
            bar=bar if state != "done" else Bar(bar.value, bar.total, done=True),
            counts_rows=rows,
            state=state,
            doing=steps.doing if state == "current" else (),
        )


def _counts_rows(run: MigrationRun, phase: Phase) -> bool:
    if phase == Phase.VERIFYING:
        return run.verify == MigrationRun.Verify.FULL
    return phase == Phase.COPYING


def _stage_state(run: MigrationRun, number: int, at: int) -> str:
    if run.status == Status.SUCCEEDED or number < at:
        return "done"
    if number > at:
        return "waiting"
    return "stopped" if run.status in ENDED else "current"


def _rows_bar(phase: Phase, tables: tuple[TableProgress, ...]) -> Bar:
    bars = [t.copied if phase == Phase.COPYING else t.compared for t in tables]
    return Bar(
        value=sum(bar.value for bar in bars),
        total=sum(bar.total for bar in bars),
        exact=all(bar.exact for bar in bars),
        done=bool(bars) and all(bar.done for bar in bars),
    )


def _steps_bar(steps: _Steps, phase: Phase) -> Bar:
    done, total = steps.done.get(phase, 0), steps.total.get(phase, 0)
    return Bar(done, total, done=bool(total) and done == total)
