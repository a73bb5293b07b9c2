"""A run as the templates show it: every number already a text.

Formatting here and not in the templates keeps the poll of a run with 300 tables
within its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import MigrationRun, SchemaObject, TableCopy
from ..progress import Bar, Condition, Snapshot, Stage, TableProgress
from ..report import FORMS
from ..statuses import Phase, Status, Verdict
from ..wording import about, count, duration, estimate

POLL = 1_000  # milliseconds between two looks at a run that works
POLL_PAUSED = 5_000  # milliseconds; somebody else may resume it
EVENTS = 30
SCHEMA = 100

Url = Callable[..., str]


@dataclass(frozen=True)
class Badge:
    code: str
    label: str


@dataclass(frozen=True)
class TableView:
    anchor: str
    model: str
    percent: str
    width: str
    rows: str
    total: str
    badge: Badge
    note: str
    error: str
    differences: str
    has_more: bool


@dataclass(frozen=True)
class StageView:
    label: str
    state: str
    text: str


@dataclass(frozen=True)
class Action:
    """A button: what it asks for, and a sentence where it needs a second look."""

    name: str
    label: str
    url: str
    confirm: str = ""
    confirm_label: str = ""


@dataclass(frozen=True)
class SchemaView:
    kind: str
    name: str
    table: str
    state: str


@dataclass(frozen=True)
class EventView:
    at: datetime
    actor: str
    message: str


@dataclass(frozen=True)
class RunView:
    badge: Badge
    verdict: Badge | None
    polls: bool
    interval: int
    milestone: str
    page_title: str
    percent: int
    width: str
    phase: str
    doing: tuple[str, ...]
    rows: str
    rows_label: str
    rate: str
    left: str
    seconds: str
    tables_done: str
    lanes: str
    workers: str
    stages: tuple[StageView, ...]
    conditions: tuple[Condition, ...]
    retrying: tuple[str, ...]
    tables: tuple[TableView, ...]
    actions: tuple[Action, ...]
    schema: tuple[SchemaView, ...]
    events: tuple[EventView, ...]
    poll_url: str
    report_url: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PlanRow:
    """A table of the plan."""

    model: str
    table: str
    rows: str
    rows_before: str
    holds_rows: bool
    emptied: bool
    replaced_last: bool
    route: str
    reason: str

    @classmethod
    def of(cls, table: TableCopy, run: MigrationRun) -> PlanRow:
        copies = run.mode == MigrationRun.Mode.COPY
        return cls(
            model=table.model,
            table=table.table,
            rows=estimate(table.rows_total, exact=table.rows_total_exact),
            rows_before=estimate(table.rows_before, exact=table.rows_before_exact),
            holds_rows=bool(table.rows_before),
            # Rows that migrate made go without being asked for.
            emptied=copies and bool(table.rows_before),
            replaced_last=table.replaced_last,
            route=table.route,
            reason=table.route_reason,
        )


def present(shot: Snapshot, *, url: Url, may_start: bool, may_control: bool) -> RunView:
    run = shot.run
    compares = run.mode == MigrationRun.Mode.COMPARE
    bar = Bar(
        shot.rows_compared if compares else shot.rows_copied,
        shot.rows_total,
        exact=shot.total_exact,
    )
    stage = shot.stage
    return RunView(
        badge=Badge(run.status, str(Status(run.status).label)),
        verdict=Badge(_code(run.verdict), str(Verdict(run.verdict).label))
        if run.verdict
        else None,
        polls=not run.is_ended,
        interval=POLL_PAUSED if run.status == Status.PAUSED else POLL,
        milestone=_milestone(shot),
        page_title=_page_title(shot),
        percent=shot.bar.percent,
        width=shot.bar.width,
        phase=_phase(stage),
        doing=stage.doing if stage else (),
        rows=_of(bar),
        rows_label=_("rows compared") if compares else _("rows copied"),
        rate=_rate(shot),
        left=_left(shot),
        seconds=duration(shot.seconds),
        tables_done=_tables_done(shot, compares=compares),
        lanes=count(shot.lanes_held),
        workers=count(shot.workers),
        stages=tuple(_stage(stage) for stage in shot.stages),
        conditions=shot.conditions,
        retrying=shot.retrying,
        tables=tuple(_table(table, run) for table in shot.tables),
        actions=tuple(_actions(run, url, may_start=may_start, may_control=may_control)),
        schema=_schema(run),
        events=_events(run),
        poll_url=url("progress"),
        report_url=url("report"),
        files=tuple((form.upper(), url("report_file", form)) for form in FORMS),
    )


def _code(verdict: str) -> str:
    return verdict.replace(" ", "-")


def _of(bar: Bar) -> str:
    return _("%(value)s of %(total)s") % {
        "value": count(bar.value),
        "total": estimate(bar.total, exact=bar.exact),
    }


def _phase(stage: Stage | None) -> str:
    if stage is None:
        return ""
    if not stage.bar.total:
        return stage.label
    unit = _("rows") if stage.counts_rows else _("steps")
    return _("%(phase)s: %(amount)s %(unit)s") % {
        "phase": stage.label,
        "amount": _of(stage.bar),
        "unit": unit,
    }


def _stage(stage: Stage) -> StageView:
    text = ""
    if stage.state in ("current", "stopped"):
        text = f"{stage.bar.percent} %" if stage.bar.total else ""
    return StageView(label=stage.label, state=stage.state, text=text)


def _rate(shot: Snapshot) -> str:
    if shot.rate is None:
        return "–"
    return _("%(rows)s rows/s") % {"rows": count(round(shot.rate))}


def _left(shot: Snapshot) -> str:
    stage = shot.stage
    if shot.seconds_left is None or stage is None:
        return "–"
    return about(shot.seconds_left)


def _tables_done(shot: Snapshot, *, compares: bool) -> str:
    done = shot.tables_compared if compares else shot.tables_copied
    return _("%(done)s of %(total)s") % {
        "done": count(done),
        "total": count(len(shot.tables)),
    }


def _milestone(shot: Snapshot) -> str:
    """Return what is worth being read aloud: it changes a dozen times a run."""
    status = str(Status(shot.run.status).label)
    if shot.run.is_ended:
        verdict = shot.run.verdict
        return f"{status}. {Verdict(verdict).label}." if verdict else f"{status}."
    if shot.condition:
        return shot.condition.message
    stage = shot.stage
    if stage is None:
        return status
    return _("%(phase)s, %(percent)d %%") % {
        "phase": stage.label,
        "percent": stage.bar.percent // 25 * 25,
    }


def _page_title(shot: Snapshot) -> str:
    run = shot.run
    front = f"{shot.bar.percent} %" if run.is_active else str(Status(run.status).label)
    return f"{front} · {run.source} → {run.destination}"


def _table(table: TableProgress, run: MigrationRun) -> TableView:
    bar = table.bar
    return TableView(
        anchor=f"table-{table.id}",
        model=table.model,
        percent=str(bar.percent),
        width=bar.width,
        rows=count(bar.value),
        total=estimate(bar.total, exact=bar.exact),
        badge=_badge(table, run),
        note=table.verdict_reason,
        error=table.error,
        differences=_differences(table.differences),
        has_more=bool(table.verdict_reason or table.error or table.differences),
    )


def _differences(number: int) -> str:
    if not number:
        return ""
    return ngettext("%(number)s row differs", "%(number)s rows differ", number) % {
        "number": count(number)
    }


def _badge(table: TableProgress, run: MigrationRun) -> Badge:
    if table.state == TableCopy.State.FAILED:
        return Badge("failed", _("Failed"))
    if table.verdict:
        return Badge(_code(table.verdict), str(Verdict(table.verdict).label))
    verifying = run.phase in (Phase.RESTORING, Phase.VERIFYING)
    if verifying and run.is_active and table.compared.value:
        if table.compared.value >= table.compared.total:
            return Badge("comparing", _("Compared"))
        percent = {"percent": table.compared.percent}
        return Badge("comparing", _("Comparing %(percent)d %%") % percent)
    if table.replaced_last and not table.copied.done and not table.compares_only:
        return Badge("waiting", _("Replaced last"))
    return Badge(table.state, str(TableCopy.State(table.state).label))


def _actions(
    run: MigrationRun, url: Url, *, may_start: bool, may_control: bool
) -> list[Action]:
    actions = []
    if may_control:
        actions += _controls(run, url)
    if may_start and run.is_ended and run.started_at:
        actions.append(Action("compare", _("Compare again"), url("compare")))
    return actions


def _controls(run: MigrationRun, url: Url) -> list[Action]:
    actions = []
    if run.status == Status.RUNNING:
        actions.append(Action("pause", _("Pause"), url("pause")))
    if run.status in (Status.PAUSED, Status.PAUSING):
        actions.append(Action("resume", _("Resume"), url("resume")))
    if run.status in (Status.RUNNING, Status.PAUSING, Status.PAUSED):
        actions.append(
            Action(
                name="cancel",
                label=_("Cancel"),
                url=url("cancel"),
                confirm=_cancelling(run),
                confirm_label=_("Cancel the run"),
            )
        )
    if run.status in (Status.FAILED, Status.CANCELLED) and run.started_at:
        actions.append(Action("retry", _("Retry"), url("retry")))
    return actions


def _cancelling(run: MigrationRun) -> str:
    if run.mode == MigrationRun.Mode.COMPARE:
        return _("The comparison ends; nothing has been written.")
    return _(
        "Rows that have been copied stay in the destination; its indexes and keys are"
        " put back. A retry goes on from there."
    )


def _schema(run: MigrationRun) -> tuple[SchemaView, ...]:
    """Return what is not as it was, once it should be."""
    if not run.is_ended:
        return ()
    states = [SchemaObject.State.NOT_VALID, SchemaObject.State.REMOVED]
    changed = run.schema_objects.filter(state__in=states).order_by("id")
    rows = changed.values_list("object_type", "name", "table__table", "state")
    return tuple(
        SchemaView(kind, name, table or "", str(SchemaObject.State(state).label))
        for kind, name, table, state in rows[:SCHEMA]
    )


def _events(run: MigrationRun) -> tuple[EventView, ...]:
    newest = run.events.order_by("-id").values_list("at", "actor", "message")
    return tuple(EventView(*event) for event in newest[:EVENTS])
