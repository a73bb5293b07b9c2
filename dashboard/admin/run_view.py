"""A started run as its page says it: numbers and states in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..progress import Bar, Snapshot, Stage
from ..statuses import Status
from ..wording import about, count, percentage

POLL = 1_000  # milliseconds between two looks at a run that works
POLL_PAUSED = 5_000  # milliseconds; somebody else may resume it
EVENTS = 30  # events that the page shows, newest first
OBJECTS = 100  # indexes and keys that the page names
ANNOUNCED = 25  # percent of a phase after which it is read aloud again


@dataclass(frozen=True)
class RunView:
    """What the page says of the whole run."""

    polls: bool
    interval: int
    milestone: str
    page_title: str
    phase: str
    rows: str
    rows_label: str
    tables_done: str
    rate: str
    limit: str
    left: str

    @classmethod
    def of(cls, seen: Snapshot) -> RunView:
        """Put a snapshot into words."""
        run = seen.run
        done = seen.tables_copied if run.copies else seen.tables_compared
        return cls(
            polls=not run.is_ended,
            interval=POLL_PAUSED if run.status == Status.PAUSED else POLL,
            milestone=_milestone(seen),
            page_title=_page_title(seen),
            phase=_phase(seen.stage),
            rows=_of(seen.rows),
            rows_label=_("rows copied") if run.copies else _("rows compared"),
            tables_done=_of(Bar(done, len(seen.tables))),
            rate=_rate(seen.rate),
            limit=_rate(run.rows_per_second) if run.rows_per_second else _("none"),
            left=about(seen.seconds_left) or "–",
        )


def _of(bar: Bar) -> str:
    return _("%(value)s of %(total)s") % {
        "value": bar.value_text,
        "total": bar.total_text,
    }


def _phase(stage: Stage | None) -> str:
    if stage is None:
        return ""
    if not stage.bar.total:
        return stage.label
    values = {"phase": stage.label, "amount": _of(stage.bar)}
    if stage.counts_rows:
        return _("%(phase)s: %(amount)s rows") % values
    return _("%(phase)s: %(amount)s steps") % values


def _rate(rate: float | None) -> str:
    if rate is None:
        return "–"
    return _("%(rows)s rows/s") % {"rows": count(round(rate))}


def _milestone(seen: Snapshot) -> str:
    """Return what is worth being read aloud: it changes a dozen times a run."""
    run = seen.run
    status = run.get_status_display()
    if run.is_ended:
        return (
            f"{status}. {run.get_verdict_display()}." if run.verdict else f"{status}."
        )
    if seen.condition:
        return seen.condition.message
    stage = seen.stage
    if stage is None:
        return status
    return f"{stage.label}, {percentage(stage.bar.percent // ANNOUNCED * ANNOUNCED)}"


def _page_title(seen: Snapshot) -> str:
    run: MigrationRun = seen.run
    front = seen.bar.percent_text if run.is_active else run.get_status_display()
    return f"{front} · {run.source} → {run.destination}"
