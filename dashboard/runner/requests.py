"""What a person may ask: draft, check, start, pause, resume, cancel, retry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..conf import option
from ..lifecycle import ACTIVE, TRANSITIONS, Status, allowed, origins
from ..models import (
    Chunk,
    DestinationHold,
    Event,
    Finding,
    Lane,
    MigrationRun,
    Step,
    TableCopy,
)
from ..preflight import Outcome, PlannedTable
from ..preflight import check as run_checks
from ..transfer.plan import VERSION
from . import chunks
from .clock import NowMs
from .lanes import without_terminal

VERIFY = ("full", "counts", "none")


class RequestRefused(Exception):
    """What was asked for cannot be done; says why and what to do instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class RunRequest:
    """A run as somebody describes it. ``labels`` are "app" or "app.Model"."""

    source: str
    destination: str
    labels: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    empty: bool = False
    verify: str = "full"
    lanes: int = 2
    chunk_rows: int | None = None
    kind: str = "copy"
    origin: str = "workers"


def draft(request: RunRequest, actor: str) -> MigrationRun:
    """Write a run down. Raises RequestRefused for options that make no sense."""
    if request.verify not in VERIFY:
        raise RequestRefused(
            f"'{request.verify}' is no way to verify.", f"Use {', '.join(VERIFY)}."
        )
    if not 1 <= request.lanes <= 32:
        raise RequestRefused(f"{request.lanes} lanes cannot be.", "Use 1 to 32.")
    if request.chunk_rows is not None and request.chunk_rows < 1:
        raise RequestRefused("A chunk has at least one row.", "Use 1 or more.")
    described = asdict(request)
    return MigrationRun.objects.create(
        source=request.source,
        destination=request.destination,
        kind=request.kind,
        origin=request.origin,
        plan_version=VERSION,
        created_by=actor[:150],
        options={
            name: described[name]
            for name in ("labels", "exclude", "empty", "verify", "lanes", "chunk_rows")
        },
    )


def move(run: MigrationRun, new: Status, actor: str, message: str = "") -> None:
    """Take a run over one edge of the lifecycle and write it into its log.

    Raises RequestRefused where the lifecycle has no such edge, also when the
    run has moved meanwhile.
    """
    with transaction.atomic():
        old = MigrationRun.objects.values_list("status", flat=True).get(pk=run.pk)
        moved = allowed(old, new) and MigrationRun.objects.filter(
            pk=run.pk, status=old
        ).update(status=new)
        if not moved:
            raise RequestRefused(
                f"The run is {Status(old).label.lower()}, so it cannot become "
                f"{Status(new).label.lower()}.",
                f"It could from: {', '.join(origins(new))}.",
            )
        Event.objects.create(
            run=run,
            actor=actor[:150],
            status=new,
            message=message or TRANSITIONS[Status(old)][new],
        )
    run.status = new


def check(run: MigrationRun, actor: str) -> MigrationRun:
    """Check and plan: to ready, or back to draft with what objects."""
    move(run, Status.CHECKING, actor)
    options = run.options
    try:
        outcome = run_checks(
            run.source,
            run.destination,
            options["labels"],
            options["exclude"],
            empty=options["empty"],
            writes=run.kind == MigrationRun.Kind.COPY,
        )
        _remember(run, outcome)
    except BaseException:
        move(run, Status.DRAFT, actor, "The checks could not be finished.")
        raise
    move(run, Status.DRAFT if outcome.is_blocked else Status.READY, actor)
    return run


@transaction.atomic
def _remember(run: MigrationRun, outcome: Outcome) -> None:
    run.findings.all().delete()
    run.tables.all().delete()
    Finding.objects.bulk_create(
        Finding(
            run=run,
            check_name=found.check,
            level=found.level,
            model=found.model,
            message=found.message,
            remedy=found.remedy,
        )
        for found in outcome.found
    )
    ordered = sorted(outcome.tables, key=lambda planned: planned.item.late)
    copies = [
        _table(run, position, planned, outcome)
        for position, planned in enumerate(ordered)
    ]
    TableCopy.objects.bulk_create(copies)
    run.destination_identity = outcome.identity
    run.options = {
        **run.options,
        "zone": outcome.zone,
        "source_identity": outcome.source_identity,
    }
    if outcome.one_writer:
        run.options["lanes"] = 1
    run.plan_hash = _hash(run, copies)
    run.save(update_fields=["destination_identity", "options", "plan_hash"])


def _table(
    run: MigrationRun, position: int, planned: PlannedTable, outcome: Outcome
) -> TableCopy:
    plan, size = planned.plan, planned.size
    fixed = chunks.fixed_rows(run)
    return TableCopy(
        run=run,
        position=position,
        model=plan.model,
        table=plan.table,
        plan=plan.to_json(),
        route=plan.route,
        route_reason=plan.route_reason[:255],
        late=planned.item.late and run.kind == MigrationRun.Kind.COPY,
        single=outcome.single_tables,
        rows_before=planned.before.rows,
        before_exact=planned.before.exact,
        rows_total=size.rows,
        total_exact=size.exact,
        bytes_total=size.bytes,
        chunk_rows=chunks.first_rows(size.rows, size.bytes, fixed),
    )


def _hash(run: MigrationRun, copies: list[TableCopy]) -> str:
    described = [
        run.source,
        run.destination,
        run.options,
        [(copy.table, copy.plan, copy.rows_before) for copy in copies],
    ]
    text = json.dumps(described, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def start(run: MigrationRun, actor: str, plan_hash: str) -> None:
    """Start a checked run; its destination is its own from now on."""
    if plan_hash != run.plan_hash:
        raise RequestRefused(
            "The plan has changed since it was shown.", "Check it again."
        )
    with transaction.atomic():
        move(run, Status.RUNNING, actor)
        MigrationRun.objects.filter(pk=run.pk).update(
            started_by=actor[:150], started_at=timezone.now(), alive_at=NowMs()
        )
        if run.kind == MigrationRun.Kind.COPY:
            _hold(run)
        Lane.objects.bulk_create(
            Lane(run=run, number=number) for number in range(run.options["lanes"])
        )
    _wake(run)


def _hold(run: MigrationRun) -> None:
    """Keep every other run out of the destination. Raises RequestRefused."""
    others = DestinationHold.objects.exclude(run=run).select_related("run")
    for hold in others:
        if hold.identity == run.options.get("source_identity"):
            raise RequestRefused(
                f"Run {hold.run_id} is writing into '{run.source}' right now.",
                "Wait until it has ended.",
            )
    try:
        with transaction.atomic():
            DestinationHold.objects.create(identity=run.destination_identity, run=run)
    except IntegrityError:
        other = DestinationHold.objects.filter(
            identity=run.destination_identity
        ).first()
        name = f"Run {other.run_id}" if other else "Another run"
        remedy = "Wait until it has ended, or cancel it."
        if other and other.run.origin == MigrationRun.Origin.TERMINAL:
            remedy += (
                " If its terminal is gone, ask again in "
                f"{option('LEASE_SECONDS'):g} seconds."
            )
        raise RequestRefused(
            f"{name} has the destination '{run.destination}' to itself.", remedy
        ) from None


def abandoned(run: MigrationRun) -> list[MigrationRun]:
    """Return the runs in this one's way whose terminal has died."""
    identities = [run.destination_identity, run.options.get("source_identity")]
    holds = DestinationHold.objects.filter(identity__in=identities).exclude(run=run)
    runs = MigrationRun.objects.filter(hold__in=holds, status__in=ACTIVE)
    return list(without_terminal(runs))


def pause(run: MigrationRun, actor: str) -> None:
    """Ask for a pause; lanes finish what they hold."""
    move(run, Status.PAUSING, actor)
    _wake(run)


def resume(run: MigrationRun, actor: str) -> None:
    """Go on after a pause, or before it was reached."""
    with transaction.atomic():
        move(run, Status.RUNNING, actor)
        _hand_over(run)
    _free_waiting(run)
    _wake(run)


def cancel(run: MigrationRun, actor: str, *, here: bool = False) -> None:
    """Ask for the end: the schema is put back, copied rows stay.

    ``here`` says that whoever asks also does the work of a terminal's run.
    """
    status = MigrationRun.objects.values_list("status", flat=True).get(pk=run.pk)
    if status in (Status.DRAFT, Status.READY, Status.FAILED):
        move(run, Status.CANCELLED, actor)
        return
    with transaction.atomic():
        move(run, Status.CANCELLING, actor)
        if here:
            MigrationRun.objects.filter(pk=run.pk).update(alive_at=NowMs())
        else:
            _hand_over(run)
    _free_waiting(run)
    _wake(run)


def _hand_over(run: MigrationRun) -> None:
    """Let workers go on with a run whose terminal is gone."""
    if run.origin == MigrationRun.Origin.TERMINAL and not _is_served(run):
        run.origin = MigrationRun.Origin.WORKERS
        MigrationRun.objects.filter(pk=run.pk).update(origin=run.origin)


def _is_served(run: MigrationRun) -> bool:
    return Lane.objects.filter(run=run, held=True, until__gt=NowMs()).exists()


def retry(run: MigrationRun, actor: str) -> None:
    """Go on with a failed or cancelled run where it stopped."""
    if run.started_at is None:
        raise RequestRefused("The run was never started.", "Describe it anew.")
    with transaction.atomic():
        move(run, Status.RUNNING, actor)
        MigrationRun.objects.filter(pk=run.pk).update(
            phase="",
            error="",
            remedy="",
            verdict="",
            finished_at=None,
            alive_at=NowMs(),
        )
        if run.kind == MigrationRun.Kind.COPY:
            _hold(run)
        _hand_over(run)
        failed = Chunk.objects.filter(table__run=run, state=Chunk.State.FAILED)
        failed.update(state=Chunk.State.WAITING, attempts=0, not_before=0, error="")
        run.tables.filter(state=TableCopy.State.FAILED).update(
            state=TableCopy.State.COPYING, error=""
        )
        Step.objects.filter(run=run).delete()
    _free_waiting(run)
    _wake(run)


def _free_waiting(run: MigrationRun) -> None:
    """Let waiting lanes be woken at once."""
    Lane.objects.filter(run=run, held=False).update(until=0)


def _wake(run: MigrationRun) -> None:
    from .watch import wake

    if run.origin == MigrationRun.Origin.WORKERS:
        transaction.on_commit(lambda: wake(MigrationRun.objects.get(pk=run.pk)))


def compare_again(run: MigrationRun, actor: str) -> MigrationRun:
    """Draft a comparison of what a run copied."""
    labels = tuple(run.options["labels"])
    request = RunRequest(
        source=run.source,
        destination=run.destination,
        labels=labels,
        exclude=tuple(run.options["exclude"]),
        kind="compare",
    )
    return draft(request, actor)
