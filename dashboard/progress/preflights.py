"""How far the checks or a dry run of a run are, and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Preflight, Worker
from ..wording import count
from .conditions import worker_command
from .contents import Condition

Stage = Preflight.Stage

# Where a bar stands when a check begins, in percent: the values take longest.
BEGINS = {
    Stage.CONNECTIONS: 0,
    Stage.TABLES: 2,
    Stage.ROWS: 8,
    Stage.REFERENCES: 12,
    Stage.ORPHANS: 16,
    Stage.VALUES: 28,
    Stage.TOGETHER: 78,
}
# Milliseconds after which it is said that no worker has begun.
NOT_TAKEN = 5_000


@dataclass(frozen=True)
class StageSeen:
    """One check among those to come, and whether it is done or at work."""

    label: str
    state: str


@dataclass(frozen=True)
class PreflightSeen:
    """What is known of it at one moment; ``width`` in percent."""

    asked: Preflight
    stages: tuple[StageSeen, ...]
    width: float
    place: str
    seconds: float
    condition: Condition | None

    @property
    def waits(self) -> bool:
        """Whether no worker has begun."""
        return self.asked.state == Preflight.State.WAITING


def see(asked: Preflight, now: int) -> PreflightSeen:
    """Put what was noted into words, at ``now`` in database milliseconds."""
    since = asked.began_ms or asked.asked_ms
    stage = asked.known_stage
    return PreflightSeen(
        asked=asked,
        stages=tuple(_stages(asked)),
        width=_width(asked),
        place=place(stage, asked.table, asked.done, asked.total) if stage else "",
        seconds=max(now - since, 0) / 1000,
        condition=_condition(asked, now),
    )


def place(stage: Stage, table: str, done: int, total: int) -> str:
    """Say which check is at work, at which table, and how many are done."""
    if not total:
        return str(stage.label)
    tables = ngettext(
        "%(done)s of %(total)s table", "%(done)s of %(total)s tables", total
    ) % {"done": count(done), "total": count(total)}
    return ", ".join(filter(None, [f"{stage.label}: {tables}", table]))


def _stages(asked: Preflight) -> list[StageSeen]:
    if asked.kind != Preflight.Kind.CHECKS:
        return []
    order = list(BEGINS)
    stage = asked.known_stage
    at = order.index(stage) if stage in BEGINS else -1
    return [
        StageSeen(str(one.label), "done" if n < at else "current" if n == at else "")
        for n, one in enumerate(order)
    ]


def _width(asked: Preflight) -> float:
    stage = asked.known_stage
    if stage is None:
        return 0.0
    part = min(asked.done / asked.total, 1) if asked.total else 0.0
    if stage not in BEGINS:
        return 100 * part
    order = list(BEGINS)
    at = order.index(stage)
    ends = [*list(BEGINS.values())[1:], 100]
    begins = BEGINS[order[at]]
    return begins + (ends[at] - begins) * part


def _condition(asked: Preflight, now: int) -> Condition | None:
    if asked.state != Preflight.State.WAITING:
        return None
    if not Worker.objects.present().exists():
        return Condition(
            code="no-worker",
            level="warning",
            message=_("No worker answers. It begins as soon as one does."),
            remedy=_("Start a worker:"),
            command=worker_command(),
        )
    if now - asked.asked_ms > NOT_TAKEN:
        return Condition(
            code="not-taken",
            level="warning",
            message=_("Workers are running, and none has begun yet."),
            remedy=_(
                "They may be busy with other runs or of another version of the "
                "console, or the broker that calls them does not answer. They are "
                "called again every few seconds."
            ),
        )
    return None
