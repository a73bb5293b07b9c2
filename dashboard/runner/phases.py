"""The phases of a run: what each consists of, and when it is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from ..conf import option
from ..lifecycle import PHASES, Phase, Status, Verdict
from ..models import (
    Chunk,
    DestinationHold,
    Event,
    MigrationRun,
    SchemaObject,
    Step,
    TableCopy,
)
from ..transfer.backends.base import SchemaItem
from ..transfer.plan import TablePlan
from .lanes import Hold
from .performers import item_of, record_of
from .sessions import Sessions
from .steps import EARLY, has_claims
from .verdicts import conclude, forget_comparison

# Rows that one comparison step covers at least, where keys allow ranges: some
# seconds of work. Smaller ranges make PostgreSQL go through the index.
COMPARE_ROWS = 2_000_000
# Tables from this size on get statistics in a step of their own.
ANALYZE_ROWS = 50_000


def advance(run: MigrationRun, hold: Hold, sessions: Sessions) -> bool:
    """Go on to the next phase if this one is over; True where it moved."""
    following = _following(run)
    if following is None:
        return False
    if following == "":
        return finish(run)
    # Looked up before the transaction: a database is not waited for inside it.
    items = _schema_items(run, sessions) if following == Phase.PREPARING else []
    steps = list(_steps(run, following, sessions))
    with transaction.atomic():
        hold.guard()
        moved = MigrationRun.objects.filter(
            pk=run.pk, phase=run.phase, status__in=[Status.RUNNING, Status.CANCELLING]
        ).update(phase=following)
        if not moved:
            return False
        if following == Phase.PREPARING:
            # Only who moved the run: another lane that also looked must not
            # write over what has come off meanwhile.
            steps = list(_preparing(run, _record_schema(run, items)))
        if following == Phase.RESTORING and run.is_failing:
            # A lane that has not heard of the end finds nothing to claim any
            # more, and what it did or claimed until now is seen from here.
            run.steps.filter(state=Step.State.WAITING).delete()
            if has_claims(run):
                transaction.set_rollback(True)
                return False
            steps = list(_steps(run, following, sessions))
        run.steps.filter(phase=following).exclude(kind__in=EARLY).delete()
        if any(step.kind == Step.Kind.COMPARE for step in steps):
            forget_comparison(run)
        Step.objects.bulk_create(steps)
    return True


def _following(run: MigrationRun) -> Phase | str | None:
    """Return the phase that follows now, "" for the end, None for not yet."""
    phase = Phase(run.phase)
    if run.is_failing and phase in (Phase.PREPARING, Phase.COPYING):
        return None if has_claims(run) else Phase.RESTORING
    if phase is Phase.NONE:
        if run.is_failing:
            return ""
        return Phase.VERIFYING if run.kind == MigrationRun.Kind.COMPARE else PHASES[0]
    if phase is Phase.VERIFYING and run.status == Status.CANCELLING:
        return None if has_claims(run) else ""
    if not _is_over(run, phase):
        return None
    if phase is Phase.RESTORING and run.is_failing:
        # A lane may still be comparing.
        return None if has_claims(run) else ""
    if phase is Phase.RESTORING and run.options.get("verify") == "none":
        return ""
    if phase is Phase.VERIFYING:
        return ""
    return PHASES[PHASES.index(phase) + 1]


def _is_over(run: MigrationRun, phase: Phase) -> bool:
    if run.steps.filter(phase=phase).exclude(state=Step.State.DONE).exists():
        # While a failing run restores, a step that failed is over too.
        left = run.steps.filter(phase=phase).exclude(
            state__in=[Step.State.DONE, Step.State.FAILED]
        )
        if not run.is_failing or left.exists():
            return False
    if phase is not Phase.COPYING:
        return True
    return not run.tables.exclude(state=TableCopy.State.COPIED).exists()


def _steps(run: MigrationRun, phase: Phase | str, sessions: Sessions) -> Iterator[Step]:
    match phase:
        case Phase.COPYING:
            if run.tables.filter(late=True).exclude(state="copied").exists():
                yield Step(run=run, phase=phase, kind=Step.Kind.REPLACE)
            yield from _restoring_indexes(run, sessions)
        case Phase.RESTORING:
            yield from _restoring(run, sessions)
            if not run.is_failing and run.options.get("verify") != "none":
                yield from _verifying(run)
        case Phase.VERIFYING:
            # A copy's have been there since it began to restore.
            if not run.steps.filter(kind=Step.Kind.COMPARE).exists():
                yield from _verifying(run)


def _preparing(
    run: MigrationRun, removed: dict[tuple[int, str], list[int]]
) -> Iterator[Step]:
    phase = Phase.PREPARING
    yield Step(run=run, phase=phase, stage=0, kind=Step.Kind.OPEN)
    tables = list(run.tables.order_by("position"))
    for kind, stage, step_kind in (
        ("foreign key", 1, Step.Kind.REMOVE_KEY),
        ("index", 3, Step.Kind.REMOVE_INDEX),
    ):
        for table in tables:
            objects = removed.get((table.pk, kind))
            if objects:
                yield Step(
                    run=run,
                    phase=phase,
                    stage=stage,
                    table=table,
                    kind=step_kind,
                    payload={"objects": objects},
                )
    for table in tables:
        # Late tables are emptied when they are replaced. A table that has
        # copied chunks is a retried run's own.
        if table.rows_before and not table.late and not table.frontier:
            yield Step(run=run, phase=phase, stage=2, table=table, kind=Step.Kind.EMPTY)


def _schema_items(run: MigrationRun, sessions: Sessions) -> list[SchemaItem]:
    """Return what will come off."""
    schema = sessions.destination.schema
    tables = list(run.tables.order_by("position"))
    unfinished = [t for t in tables if t.state != TableCopy.State.COPIED]
    names = {table.table for table in unfinished}
    large = [
        table.table
        for table in unfinished
        if not table.late and table.rows_total >= option("INDEXES_OFF_ROWS")
    ]
    # Without checks in the session, only what an index is needed for comes off.
    off = large if schema.checks_are_off_in_session else [t.table for t in tables]
    items = [
        item
        for item in schema.foreign_keys(off)
        if item.table in names or item.to_table in names
    ]
    for name in large:
        items.extend(schema.indexes(name, sessions.source.catalog.table(name)))
    return items


def _record_schema(
    run: MigrationRun, items: list[SchemaItem]
) -> dict[tuple[int, str], list[int]]:
    """Write down what will come off, before anything does."""
    by_name = {table.table: table for table in run.tables.all()}
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for item in items:
        table = by_name[item.table]
        # What a run recorded first stands: when it is retried, a foreign key
        # may be in place without being valid, which it was before the run.
        recorded, _ = SchemaObject.objects.get_or_create(
            run=run,
            table=table,
            name=item.name,
            defaults=record_of(_as_before(run, item)),
        )
        kind = "foreign key" if item.kind == "foreign key" else "index"
        found[(table.pk, kind)].append(recorded.pk)
    return found


def _as_before(run: MigrationRun, item: SchemaItem) -> SchemaItem:
    """Return a foreign key as it was before another run left it not validated."""
    if item.kind != "foreign key" or item.definition["valid"]:
        return item
    left = SchemaObject.objects.filter(
        run__destination_identity=run.destination_identity,
        table__table=item.table,
        name=item.name,
        state=SchemaObject.State.NOT_VALID,
    )
    other = left.order_by("pk").last()
    return item_of(other) if other else item


def _restoring(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    phase = Phase.RESTORING
    yield from _restoring_indexes(run, sessions)
    for recorded, rank in _off(run):
        if item_of(recorded).kind == "foreign key":
            yield Step(
                run=run,
                phase=phase,
                stage=1,
                position=rank,
                table=recorded.table,
                kind=Step.Kind.RESTORE_KEY,
                payload={"objects": [recorded.pk]},
            )
    if not run.is_failing:
        yield Step(run=run, phase=phase, stage=2, kind=Step.Kind.SEQUENCE)
        yield from _analyze_steps(run)
        yield from _proving(run, sessions)
    yield Step(run=run, phase=phase, stage=4, kind=Step.Kind.CLOSE)


def _restoring_indexes(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    """Yield steps for the indexes that are off and that no step puts back yet."""
    steps = run.steps.filter(kind=Step.Kind.RESTORE_INDEX)
    known = {
        pk for payload in steps.values_list("payload") for pk in payload[0]["objects"]
    }
    together = sessions.destination.schema.indexes_go_back_together
    groups: dict[tuple[int | None, int], list[SchemaObject]] = defaultdict(list)
    ranks = {}
    for recorded, rank in _off(run):
        if item_of(recorded).kind != "foreign key" and recorded.pk not in known:
            group = (recorded.table_id, 0 if together else recorded.pk)
            groups[group].append(recorded)
            ranks[group] = rank
    for group, objects in groups.items():
        yield Step(
            run=run,
            phase=Phase.RESTORING,
            stage=0,
            position=ranks[group],
            table=objects[0].table,
            kind=Step.Kind.RESTORE_INDEX,
            payload={"objects": [one.pk for one in objects]},
        )


def _off(run: MigrationRun) -> Iterator[tuple[SchemaObject, int]]:
    """Yield what is off, with a rank that puts the largest tables first.

    The largest one alone, last, would keep the other lanes waiting.
    """
    off = run.schema_objects.exclude(
        state__in=[SchemaObject.State.RECORDED, SchemaObject.State.RESTORED]
    ).select_related("table")
    sizes = {table.pk: table.rows_total for table in run.tables.all()}
    for recorded in off:
        yield recorded, _rank(sizes.get(recorded.table_id or 0, 0))


def _rank(rows: int) -> int:
    return max(0, 2_000_000_000 - rows)


def _analyze_steps(run: MigrationRun) -> Iterator[Step]:
    small = []
    for table in run.tables.order_by("-rows_total"):
        if table.rows_total >= ANALYZE_ROWS:
            yield _analyze(run, [table.table])
        else:
            small.append(table.table)
    if small:
        yield _analyze(run, small)


def _analyze(run: MigrationRun, names: list[str]) -> Step:
    return Step(
        run=run,
        phase=Phase.RESTORING,
        stage=2,
        kind=Step.Kind.ANALYZE,
        payload={"tables": names},
    )


def _proving(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    """Prove foreign keys where the session did not check them."""
    if not sessions.destination.schema.checks_are_off_in_session:
        return
    keys = defaultdict(list)
    off = [item_of(recorded) for recorded, _ in _off(run)]
    for key in (
        *sessions.destination.catalog.foreign_keys(),
        *(item.as_foreign_key() for item in off if item.kind == "foreign key"),
    ):
        keys[key.table].append(asdict(key))
    for table in run.tables.order_by("position"):
        if table.table in keys:
            yield Step(
                run=run,
                phase=Phase.RESTORING,
                stage=3,
                table=table,
                kind=Step.Kind.PROVE_KEYS,
                payload={"keys": keys[table.table]},
            )


def _verifying(run: MigrationRun) -> Iterator[Step]:
    for table in run.tables.order_by("position"):
        for lower, upper in _compare_ranges(run, table):
            yield Step(
                run=run,
                phase=Phase.VERIFYING,
                table=table,
                position=_rank(table.rows_total),
                kind=Step.Kind.COMPARE,
                payload={"lower": lower, "upper": upper},
            )


def _compare_ranges(
    run: MigrationRun, table: TableCopy
) -> Iterator[tuple[object, object]]:
    """Yield ranges of some size, at the bounds of the chunks."""
    plan = TablePlan.from_json(table.plan)
    lower = None
    if plan.has_integer_key and run.options.get("verify") != "counts":
        rows = 0
        chunks = table.chunks.filter(state=Chunk.State.COPIED, upper__isnull=False)
        bounds = sorted(
            chunks.values_list("upper", "rows"),
            key=lambda row: row[0][0] if row[0] else 0,
        )
        for upper, counted in bounds:
            rows += counted
            if rows >= COMPARE_ROWS:
                yield lower, upper
                lower, rows = upper, 0
    yield lower, None


def finish(run: MigrationRun) -> bool:
    """End a run whose last phase is over."""
    status, verdict, message = _ending(run)
    with transaction.atomic():
        ended = MigrationRun.objects.filter(
            pk=run.pk,
            phase=run.phase,
            status__in=[Status.RUNNING, Status.PAUSING, Status.CANCELLING],
        ).update(status=status, verdict=verdict, finished_at=timezone.now())
        if ended:
            DestinationHold.objects.filter(run=run).delete()
            Event.objects.create(run=run, status=status, message=message)
    return bool(ended)


def _ending(run: MigrationRun) -> tuple[Status, str, str]:
    if run.status == Status.CANCELLING:
        if run.steps.filter(phase=Phase.RESTORING, state=Step.State.FAILED).exists():
            return Status.FAILED, "", "Cancelled, but the schema is not back."
        return Status.CANCELLED, "", "Cancelled; the destination's schema is back."
    if run.error:
        return Status.FAILED, run.verdict, run.error[:500]
    if run.phase != Phase.VERIFYING:
        return Status.SUCCEEDED, "", "Copied; nobody asked for a comparison."
    verdict = conclude(run)
    if verdict == Verdict.MISMATCHED:
        message = "The comparison found differences."
        run.error = message
        MigrationRun.objects.filter(pk=run.pk).update(
            error=message, remedy="Read the differences in the report, then retry."
        )
        return Status.FAILED, verdict, message
    return Status.SUCCEEDED, verdict, "Everything that was asked for is done."


def give_up(run: MigrationRun, reason: str) -> None:
    """End a run whose schema cannot be put back as things are.

    What is off stays written down: a retry puts it back.
    """
    message = f"The destination's schema could not be put back: {reason}"
    with transaction.atomic():
        ended = MigrationRun.objects.filter(
            pk=run.pk, status__in=[Status.RUNNING, Status.CANCELLING]
        ).update(
            status=Status.FAILED,
            finished_at=timezone.now(),
            error=run.error or message,
            remedy="Retry as soon as the destination can be reached.",
        )
        if ended:
            DestinationHold.objects.filter(run=run).delete()
            Event.objects.create(run=run, status=Status.FAILED, message=message[:500])


def fail(run: MigrationRun, message: str, remedy: str) -> None:
    """Say why a run cannot succeed; the first reason stands."""
    MigrationRun.objects.filter(pk=run.pk, error="").update(
        error=message, remedy=remedy
    )
