"""How far a run is: value, total, rate, time left, and what holds it up.

Everything is computed from rows, with the same number of queries for every size
of run, and nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .conf import option
from .lifecycle import ENDED, PHASES, Phase, Status
from .models import Chunk, Lane, MigrationRun, Step, TableCopy, Worker
from .runner.clock import now_ms
from .wording import duration

WINDOW = 30_000  # milliseconds that the rate looks back
SPAN = 3_000  # milliseconds before which no rate is told
CHUNKS = 3  # chunks before which no rate is told
WORKER_SILENT = 30_000  # milliseconds
RUN_STALLED = 45_000  # milliseconds
RUN_NOT_TAKEN = 60_000  # milliseconds


@dataclass(frozen=True)
class Bar:
    """A value on its way to a total that may be an estimate."""

    value: int
    total: int
    exact: bool = True
    done: bool = False

    @property
    def fraction(self) -> float:
        """Between 0 and 1, and 1 only when it is done."""
        if self.done:
            return 1.0
        if self.total <= 0:
            return 0.0
        return min(max(self.value / self.total, 0.0), 0.999)

    @property
    def percent(self) -> int:
        """Rounded down, so 100 only when it is done."""
        return int(self.fraction * 100)

    @property
    def width(self) -> str:
        """The percentage with a decimal, for an attribute: never localised."""
        return f"{int(self.fraction * 1000) / 10}"


@dataclass(frozen=True)
class TableProgress:
    id: int
    model: str
    table: str
    route: str
    state: str
    late: bool
    copied: Bar
    compared: Bar
    verdict: str
    verdict_reason: str
    differences: int
    error: str
    compares_only: bool

    @property
    def bar(self) -> Bar:
        """The bar that the run is about."""
        return self.compared if self.compares_only else self.copied


@dataclass(frozen=True)
class Stage:
    """A phase of a run and how far that phase is."""

    phase: Phase
    bar: Bar
    counts_rows: bool
    state: str  # waiting, current, done, stopped
    doing: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return str(self.phase.label)


@dataclass(frozen=True)
class Condition:
    """What a person has to know to understand why a run does not move."""

    code: str
    level: str  # info or warning
    message: str
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True)
class Snapshot:
    run: MigrationRun
    bar: Bar
    stages: tuple[Stage, ...]
    tables: tuple[TableProgress, ...]
    rows_copied: int
    rows_compared: int
    rows_total: int
    total_exact: bool
    rate: float | None
    seconds_left: float | None
    seconds: float | None
    workers: int
    lanes_held: int
    conditions: tuple[Condition, ...]
    retrying: tuple[str, ...]

    @property
    def stage(self) -> Stage | None:
        """The phase that the run is in, or stopped in."""
        return next((s for s in self.stages if s.state in ("current", "stopped")), None)

    @property
    def condition(self) -> Condition | None:
        """The weightiest condition."""
        return self.conditions[0] if self.conditions else None

    @property
    def tables_copied(self) -> int:
        return sum(table.copied.done for table in self.tables)

    @property
    def tables_compared(self) -> int:
        return sum(table.compared.done for table in self.tables)


def snapshot(run: MigrationRun, *, now: int | None = None) -> Snapshot:
    """Compute how far a run is, at ``now`` in database milliseconds."""
    now = now_ms() if now is None else now
    tables = tuple(_tables(run))
    steps = _steps(run)
    stages = tuple(_stages(run, tables, steps))
    lanes = Lane.objects.filter(run=run).aggregate(
        held=Count("id", filter=Q(held=True, until__gt=now)), epoch=Max("epoch")
    )
    workers = Worker.objects.filter(seen_at__gte=now - WORKER_SILENT).count()
    rate = _rate(run, tables, lanes["held"], now)
    stage = next((s for s in stages if s.state == "current"), None)
    return Snapshot(
        run=run,
        bar=whole(run, tables, stages),
        stages=stages,
        tables=tables,
        rows_copied=sum(t.copied.value for t in tables),
        rows_compared=sum(t.compared.value for t in tables),
        rows_total=sum(t.bar.total for t in tables),
        total_exact=all(t.bar.exact for t in tables),
        rate=rate,
        seconds_left=_seconds_left(stage, rate),
        seconds=elapsed(run.started_at, run.finished_at),
        workers=workers,
        lanes_held=lanes["held"],
        conditions=tuple(_conditions(run, workers, lanes, now)),
        retrying=tuple(_retrying(run)),
    )


def elapsed(started: datetime | None, finished: datetime | None) -> float | None:
    if started is None:
        return None
    return max(((finished or timezone.now()) - started).total_seconds(), 0.0)


def phases(run: MigrationRun) -> tuple[Phase, ...]:
    """Return the phases that a run goes through."""
    if run.kind == MigrationRun.Kind.COMPARE:
        return (Phase.VERIFYING,)
    return PHASES if _verify(run) != "none" else PHASES[:-1]


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
        and run.phase == Phase.VERIFYING
        and bool(tables)
        and all(t.compared.done for t in tables)
    )


def _verify(run: MigrationRun) -> str:
    return str(run.options.get("verify", "full"))


# Named and not whole rows: the plan and the keys are large and say nothing here.
_COLUMNS = (
    "id",
    "model",
    "table",
    "route",
    "state",
    "late",
    "rows_total",
    "total_exact",
    "rows_copied",
    "rows_compared",
    "source_rows",
    "verdict",
    "verdict_reason",
    "differences_count",
    "error",
)


def _tables(run: MigrationRun) -> Iterable[TableProgress]:
    compares_only = run.kind == MigrationRun.Kind.COMPARE
    rows = TableCopy.objects.filter(run=run).values_list(*_COLUMNS, named=True)
    for row in rows.order_by("position"):
        yield TableProgress(
            id=row.id,
            model=row.model,
            table=row.table,
            route=row.route,
            state=row.state,
            late=row.late,
            copied=_copied(row),
            compared=_compared(row, compares_only=compares_only),
            verdict=row.verdict,
            verdict_reason=row.verdict_reason,
            differences=row.differences_count,
            error=row.error,
            compares_only=compares_only,
        )


def _copied(row: Any) -> Bar:
    if row.state == TableCopy.State.COPIED:
        return Bar(row.rows_copied, row.rows_copied, done=True)
    # More than was estimated: the estimate was wrong, and still is one.
    total = max(row.rows_total, row.rows_copied)
    return Bar(row.rows_copied, total, row.total_exact and total == row.rows_total)


def _compared(row: Any, *, compares_only: bool) -> Bar:
    if row.source_rows is not None:
        total, exact = row.source_rows, True
    elif compares_only:
        total, exact = row.rows_total, row.total_exact
    else:
        copied = _copied(row)
        total, exact = copied.total, copied.exact
    total = max(total, row.rows_compared)
    return Bar(row.rows_compared, total, exact, done=bool(row.verdict))


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
    claimed = Step.objects.filter(run=run, phase=run.phase, state=Step.State.CLAIMED)
    doing = tuple(
        f"{Step.Kind(kind).label} {model or ''}".strip()
        for kind, model in claimed.values_list("kind", "table__model")[:8]
    )
    return _Steps(done, total, doing)


def _stages(
    run: MigrationRun, tables: tuple[TableProgress, ...], steps: _Steps
) -> Iterable[Stage]:
    order = phases(run)
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
        return _verify(run) == "full"
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


def _rate(
    run: MigrationRun, tables: tuple[TableProgress, ...], lanes: int, now: int
) -> float | None:
    """Return rows a second in this phase, or None while nobody can know."""
    if run.status != Status.RUNNING:
        return None
    if run.phase == Phase.COPYING:
        return _copy_rate(run, now)
    if run.phase == Phase.VERIFYING:
        return _compare_rate(run, lanes)
    return None


def _copy_rate(run: MigrationRun, now: int) -> float | None:
    recent = Chunk.objects.filter(
        table__run=run, state=Chunk.State.COPIED, finished_at__gt=now - WINDOW
    ).aggregate(n=Count("id"), rows=Sum("rows"), begun=Min("started_at"))
    if recent["n"] < CHUNKS:
        return None
    span = min(now - recent["begun"], WINDOW)
    return recent["rows"] * 1000 / span if span >= SPAN else None


def _compare_rate(run: MigrationRun, lanes: int) -> float | None:
    """Return the mean of what a lane compared in a second, times the lanes.

    Comparisons leave no chunks behind, so there is no window to look at.
    """
    compared = TableCopy.objects.filter(run=run, rows_compared__gt=0).aggregate(
        rows=Sum("rows_compared"), seconds=Sum("verify_seconds")
    )
    if not compared["rows"] or compared["seconds"] * 1000 < SPAN:
        return None
    return float(compared["rows"] / compared["seconds"] * max(lanes, 1))


def _seconds_left(stage: Stage | None, rate: float | None) -> float | None:
    if stage is None or not rate or not stage.counts_rows:
        return None
    return max(stage.bar.total - stage.bar.value, 0) / rate


def _retrying(run: MigrationRun) -> Iterable[str]:
    """Yield what went wrong and is being tried again."""
    if not run.is_active:
        return
    chunks = Chunk.objects.filter(
        table__run=run, state__in=[Chunk.State.WAITING, Chunk.State.CLAIMED]
    ).exclude(error="")
    for model, attempts, error in chunks.values_list(
        "table__model", "attempts", "error"
    )[:3]:
        yield _again(model, attempts, error)
    steps = Step.objects.filter(
        run=run, state__in=[Step.State.WAITING, Step.State.CLAIMED]
    ).exclude(error="")
    for kind, attempts, error in steps.values_list("kind", "attempts", "error")[:3]:
        yield _again(str(Step.Kind(kind).label), attempts, error)


def _again(what: str, attempts: int, error: str) -> str:
    return _("%(what)s, attempt %(attempts)d: %(error)s") % {
        "what": what,
        "attempts": attempts,
        "error": error,
    }


def worker_command() -> str:
    """Return the command that starts a worker for this project."""
    # Works for every project; one with a Celery application of its own may
    # name that instead.
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    setting = f"DJANGO_SETTINGS_MODULE={module} " if module else ""
    return f"{setting}celery -A migration_console worker -Q {option('QUEUE')}"


def _conditions(
    run: MigrationRun, workers: int, lanes: dict[str, int | None], now: int
) -> Iterable[Condition]:
    if run.is_active:
        if run.origin == MigrationRun.Origin.TERMINAL:
            yield from _terminal_condition(run, now)
        elif not workers:
            yield _no_worker()
        else:
            yield from _silence(run, lanes["epoch"] or 0, now)
    yield from _asked_for(run, lanes["held"] or 0)


def _no_worker() -> Condition:
    return Condition(
        code="no-worker",
        level="warning",
        message=_("No worker answers. The run waits; nothing is lost."),
        remedy=_("Start a worker; it goes on with the run by itself:"),
        command=worker_command(),
    )


def _terminal_condition(run: MigrationRun, now: int) -> Iterable[Condition]:
    silent = now - run.alive_at
    if run.alive_at and silent > RUN_STALLED:
        yield Condition(
            code="terminal-silent",
            level="warning",
            message=_("The terminal that does this run has been silent for %(time)s.")
            % {"time": duration(silent // 1000)},
            remedy=_(
                "Look whether the command still runs. If it does not, cancel the run:"
                " workers put the destination's indexes and keys back."
            ),
        )


def _silence(run: MigrationRun, epoch: int, now: int) -> Iterable[Condition]:
    silent = now - run.alive_at
    if not run.alive_at:
        return
    if epoch == 0 and silent > RUN_NOT_TAKEN:
        yield Condition(
            code="not-taken",
            level="warning",
            message=_("Workers answer, but none has taken this run for %(time)s.")
            % {"time": duration(silent // 1000)},
            remedy=_(
                "They may be busy with other tasks, or their settings name another"
                " database. The log of a worker says which."
            ),
        )
    elif epoch and silent > RUN_STALLED:
        yield Condition(
            code="stalled",
            level="warning",
            message=_("The run has stalled: no sign of work for %(time)s.")
            % {"time": duration(silent // 1000)},
            remedy=_(
                "Workers answer and are asked again every ten seconds. If this"
                " stays, the log of a worker says what holds them up."
            ),
        )


def _asked_for(run: MigrationRun, held: int) -> Iterable[Condition]:
    waits = ngettext(
        "Waiting for %(lanes)d lane to finish what it holds.",
        "Waiting for %(lanes)d lanes to finish what they hold.",
        held,
    ) % {"lanes": held}
    if run.status == Status.PAUSING:
        yield Condition("pausing", "info", waits if held else _("About to pause."))
    elif run.status == Status.CANCELLING:
        back = _("Putting the indexes and keys of the destination back.")
        yield Condition("cancelling", "info", waits if held else back)
    elif run.status == Status.PAUSED:
        yield Condition(
            "paused",
            "info",
            _("Paused. Nothing is being written; resuming goes on where it stopped."),
        )
