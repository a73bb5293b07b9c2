"""Steps: every piece of work that is not a chunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from django.db import transaction
from django.db.models import F, Min, QuerySet

from ..conf import option
from ..lifecycle import Phase
from ..models import Chunk, Difference, MigrationRun, SchemaObject, Step, TableCopy
from ..transfer import keys
from ..transfer.backends.base import SchemaItem, Session
from ..transfer.columns import ForeignKey
from ..transfer.compare import Comparison, compare, counts
from ..transfer.copy import move
from ..transfer.errors import DataRefused, ReceiptTaken, TransferError
from ..transfer.failpoints import reach
from ..transfer.keys import KeyRange
from ..transfer.plan import TablePlan
from ..transfer.receipts import Receipts
from .clock import NowMs
from .lanes import Hold, LaneLost, session_label
from .sessions import Sessions

ORPHANS_KEPT = 100

OVER = (Step.State.DONE, Step.State.FAILED)
EARLY = (Step.Kind.RESTORE_INDEX, Step.Kind.COMPARE)
"""What may begin in the phase before its own, and is made a phase earlier."""


def claim(run: MigrationRun, hold: Hold, sessions: Sessions) -> Step | None:
    """Claim a step of the run's phase, from its first unfinished stage.

    A lane that finds none does one of a later phase, for a table that is ready
    for it.
    """
    # A step that failed has set the run's error; the rest of the phase, such
    # as putting other indexes back, is done all the same.
    steps = run.steps.filter(phase=run.phase).exclude(state__in=OVER)
    first = steps.aggregate(least=Min("stage"))["least"]
    if first is not None:
        step = _claim_from(steps.filter(stage=first), run, hold)
        if step is not None:
            return step
    return _claim_from(_early(run, sessions), run, hold)


def _early(run: MigrationRun, sessions: Sessions) -> QuerySet[Step]:
    """Return the steps of later phases that nothing stands in the way of.

    Indexes go back while other tables are copied. A table is compared while
    others are restored, if nothing is to come that would wait for its readers.
    """
    if run.phase == Phase.COPYING:
        return run.steps.filter(
            kind=Step.Kind.RESTORE_INDEX, table__state=TableCopy.State.COPIED
        )
    if run.phase != Phase.RESTORING or run.is_failing:
        return run.steps.none()
    steps = run.steps.filter(kind=Step.Kind.COMPARE)
    left = run.steps.filter(phase=run.phase).exclude(state__in=OVER)
    if not left.exists():
        # The phase is over: it ends first.
        return steps.none()
    if (
        sessions.destination.schema.keys_wait_for_readers
        and left.filter(kind=Step.Kind.RESTORE_KEY).exists()
    ):
        return steps.none()
    return steps.exclude(
        table__in=left.filter(kind=Step.Kind.RESTORE_INDEX).values("table")
    )


def _claim_from(steps: QuerySet[Step], run: MigrationRun, hold: Hold) -> Step | None:
    waiting = steps.filter(state=Step.State.WAITING, not_before__lte=NowMs())
    for step in waiting.select_related("table").order_by("position", "id")[:5]:
        if _is_due(run, step) and _take(step, hold):
            return step
    return None


def _is_due(run: MigrationRun, step: Step) -> bool:
    if step.kind != Step.Kind.REPLACE:
        return True
    return not run.tables.filter(late=False).exclude(state="copied").exists()


def _take(step: Step, hold: Hold) -> bool:
    with transaction.atomic():
        hold.guard()
        taken = Step.objects.filter(pk=step.pk, state=Step.State.WAITING).update(
            state=Step.State.CLAIMED,
            lane=hold.number,
            epoch=hold.epoch,
            attempts=F("attempts") + 1,
        )
    step.attempts += 1
    return bool(taken)


def adopt(run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    """Give back what this lane's dead holders left claimed.

    Every step is safe to repeat; the dead holder's server session is ended
    first, so that its locks go and its statement does not finish later.
    """
    orphans = run.steps.filter(state=Step.State.CLAIMED, lane=hold.number)
    for step in orphans.exclude(epoch=hold.epoch):
        sessions.destination.end_session(
            session_label(hold.run_uuid, step.lane, step.epoch)
        )
        hold.guard()
        Step.objects.filter(pk=step.pk, epoch=step.epoch).update(
            state=Step.State.WAITING
        )


def perform(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    """Do a claimed step and record it."""
    reach(f"step {step.kind}")
    began = time.perf_counter()
    record = PERFORMERS[Step.Kind(step.kind)](step, run, hold, sessions)
    with transaction.atomic():
        hold.alive()
        done = Step.objects.filter(
            pk=step.pk, state=Step.State.CLAIMED, epoch=hold.epoch
        ).update(state=Step.State.DONE, seconds=time.perf_counter() - began, error="")
        if not done:
            # Taken for dead, or the run was retried meanwhile.
            raise LaneLost
        if record:
            record()


def give_back(
    step: Step, hold: Hold, error: str, wait_ms: int, *, failed: bool
) -> None:
    """Let somebody try a step again later, or nobody any more."""
    with transaction.atomic():
        hold.guard()
        Step.objects.filter(pk=step.pk, epoch=hold.epoch).update(
            state=Step.State.FAILED if failed else Step.State.WAITING,
            not_before=NowMs() + wait_ms,
            error=error,
        )


def _open(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    for table in run.tables.filter(rows_before=0, frontier=0, late=False):
        if not is_empty(sessions.destination, table.table):
            raise TransferError(
                f"Table '{table.table}' was empty when it was checked and holds "
                "rows now.",
                "Check again, and have it emptied or excluded.",
            )
    sessions.receipts.create()


def is_empty(session: Session, table: str) -> bool:
    """Whether a table holds no row."""
    return not session.query(f"SELECT 1 FROM {session.quote(table)} LIMIT 1")  # noqa: S608


def _close(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    sessions.receipts.drop()


def _empty(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    destination, table = sessions.destination, _table(step)
    item = f"empty.{table.position}"
    if destination.loader.empties_alone:
        _empty_alone(destination, sessions.receipts, table.table, item, hold)
        return
    try:
        with destination.transaction():
            sessions.receipts.take(item, hold.epoch)
            destination.loader.empty(table.table)
    except ReceiptTaken:
        # Emptied before; rows that are there now were copied since.
        return


def _empty_alone(
    destination: Session, receipts: Receipts, table: str, item: str, hold: Hold
) -> None:
    """Empty where the statement commits by itself; the receipt comes after it.

    A successor takes the lane first and ends this session then. So either the
    guard fails, or the session was open before it and the statement fails.
    """
    if receipts.read(item) is not None:
        return
    hold.guard()
    destination.loader.empty(table)
    with destination.transaction():
        receipts.take(item, hold.epoch)


def _replace(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    """Replace users and their like, all of them in one transaction.

    Who is signed in sees the old rows until the new ones are there.
    """
    tables = list(run.tables.filter(late=True).order_by("position"))
    destination = sessions.destination
    copied: dict[int, tuple[int, int]] = {}
    try:
        with destination.transaction():
            sessions.receipts.take("replace", hold.epoch)
            for table in reversed(tables):
                destination.execute(
                    f"DELETE FROM {destination.quote(table.table)}"  # noqa: S608
                )
            for table in tables:
                plan = TablePlan.from_json(table.plan)
                moved = move(
                    sessions.source,
                    destination,
                    plan,
                    objects=sessions.objects(plan),
                )
                copied[table.pk] = (moved.rows, moved.bytes)
            reach("users replaced")
    except ReceiptTaken:
        copied = {
            table.pk: (destination.catalog.count(table.table), 0) for table in tables
        }
    with transaction.atomic():
        hold.guard()
        for pk, (rows, size) in copied.items():
            TableCopy.objects.filter(pk=pk).update(
                rows_copied=rows,
                bytes_copied=size,
                rows_total=rows,
                total_exact=True,
                exhausted=True,
                state=TableCopy.State.COPIED,
            )


def _objects(step: Step) -> list[SchemaObject]:
    return list(SchemaObject.objects.filter(pk__in=step.payload["objects"]))


def item_of(recorded: SchemaObject) -> SchemaItem:
    """Return what the transfer layer knows of a recorded object."""
    definition = {**recorded.definition}
    for name in ("columns", "to_columns"):
        definition[name] = tuple(definition.get(name, ()))
    return SchemaItem(**definition)


def record_of(item: SchemaItem) -> dict[str, object]:
    """Return an object's fields as they are recorded."""
    return {"kind": item.kind, "name": item.name, "definition": asdict(item)}


def _remove(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    for recorded in _objects(step):
        # Said before it is done: whoever comes after a death puts it back.
        SchemaObject.objects.filter(pk=recorded.pk).update(
            state=SchemaObject.State.REMOVED
        )
        hold.guard()
        sessions.destination.schema.remove(item_of(recorded))


def _restore(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    objects = _objects(step)
    if len(objects) == 1:
        _restore_one(objects[0], run, sessions.destination)
        return
    schema = sessions.destination.schema
    try:
        schema.restore_together([item_of(recorded) for recorded in objects])
    finally:
        back = [one.pk for one in objects if schema.is_there(item_of(one))]
        SchemaObject.objects.filter(pk__in=back).update(
            state=SchemaObject.State.RESTORED
        )


def _restore_one(
    recorded: SchemaObject, run: MigrationRun, destination: Session
) -> None:
    item = item_of(recorded)
    validated = item.kind != "foreign key" or _is_complete(run, item)
    state = SchemaObject.State.RESTORED if validated else SchemaObject.State.NOT_VALID
    try:
        destination.schema.restore(item, validated=validated)
    except DataRefused as error:
        if item.kind != "foreign key":
            raise
        destination.schema.restore(item, validated=False)
        SchemaObject.objects.filter(pk=recorded.pk).update(
            state=SchemaObject.State.NOT_VALID
        )
        raise TransferError(
            f"Rows of table '{item.table}' refer to rows of '{item.to_table}' that do "
            f"not exist: foreign key '{item.name}' is back, but not valid.",
            "Correct the rows in the source, or copy the other table too; then retry.",
        ) from error
    SchemaObject.objects.filter(pk=recorded.pk).update(state=state)


def _is_complete(run: MigrationRun, item: SchemaItem) -> bool:
    if not run.is_failing:
        return True
    unfinished = run.tables.filter(table__in=[item.table, item.to_table])
    return not unfinished.exclude(state=TableCopy.State.COPIED).exists()


def _sequence(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    for table in run.tables.order_by("position"):
        marks = sessions.source.schema.sequences(table.table)
        for column in sessions.destination.schema.sequences(table.table):
            # The source's own mark: numbers of deleted rows are not reused.
            sessions.destination.schema.advance(
                table.table, column, marks.get(column, 0)
            )
        hold.guard()


def _analyze(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    for name in step.payload["tables"]:
        sessions.destination.schema.analyze(name)
        hold.guard()


def _prove_keys(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    table = _table(step)
    for found in step.payload["keys"]:
        key = ForeignKey(
            found["name"],
            found["table"],
            tuple(found["columns"]),
            found["to_table"],
            tuple(found["to_columns"]),
        )
        count, examples = sessions.witness.schema.orphans(key, ORPHANS_KEPT)
        hold.guard()
        if not count:
            continue
        Difference.objects.filter(table=table, kind=Difference.Kind.ORPHAN).delete()
        Difference.objects.bulk_create(
            Difference(
                table=table,
                kind=Difference.Kind.ORPHAN,
                key=[str(value) for value in example],
                columns=list(key.columns),
            )
            for example in examples
        )
        raise TransferError(
            f"{count} rows of table '{key.table}' refer through "
            f"{', '.join(key.columns)} to rows of '{key.to_table}' that do not exist.",
            "Correct the rows in the source, or copy the other table too; then retry.",
        )


def _compare(
    step: Step, run: MigrationRun, hold: Hold, sessions: Sessions
) -> Callable[[], None]:
    table = _table(step)
    plan = TablePlan.from_json(table.plan)
    began = time.perf_counter()
    if run.options.get("verify") == "counts":
        found = counts(sessions.source, sessions.witness, plan)
    else:
        chosen = KeyRange(
            keys.from_json(step.payload.get("lower")),
            keys.from_json(step.payload.get("upper")),
        )
        found = compare(
            sessions.source,
            sessions.witness,
            plan,
            chosen,
            kept=option("DIFFERENCES_KEPT"),
            alive=hold.guard,
        )
    reach("rows compared")
    return partial(_record_comparison, step, found, time.perf_counter() - began)


def _record_comparison(step: Step, found: Comparison, seconds: float) -> None:
    table = _table(step)
    Step.objects.filter(pk=step.pk).update(
        payload={
            **step.payload,
            "source_rows": found.source_rows,
            "destination_rows": found.destination_rows,
            "differences": found.differences_count,
            "unverifiable": found.unverifiable,
        }
    )
    TableCopy.objects.filter(pk=table.pk).update(
        rows_compared=F("rows_compared") + found.destination_rows,
        verify_seconds=F("verify_seconds") + seconds,
    )
    Difference.objects.bulk_create(
        Difference(
            table=table,
            kind=difference.kind,
            key=list(difference.key),
            columns=list(difference.columns),
        )
        for difference in found.differences
    )


def has_claims(run: MigrationRun) -> bool:
    """Whether any lane works on something, or died doing so."""
    return (
        run.steps.filter(state=Step.State.CLAIMED).exists()
        or Chunk.objects.filter(table__run=run, state=Chunk.State.CLAIMED).exists()
    )


def _table(step: Step) -> TableCopy:
    assert step.table is not None  # kinds that have a table are made with one
    return step.table


# May return what is to be written in the transaction that ends the step.
Performer = Callable[[Step, MigrationRun, Hold, Sessions], Callable[[], None] | None]

PERFORMERS: dict[Step.Kind, Performer] = {
    Step.Kind.OPEN: _open,
    Step.Kind.REMOVE_KEY: _remove,
    Step.Kind.EMPTY: _empty,
    Step.Kind.REMOVE_INDEX: _remove,
    Step.Kind.REPLACE: _replace,
    Step.Kind.RESTORE_INDEX: _restore,
    Step.Kind.RESTORE_KEY: _restore,
    Step.Kind.SEQUENCE: _sequence,
    Step.Kind.ANALYZE: _analyze,
    Step.Kind.PROVE_KEYS: _prove_keys,
    Step.Kind.CLOSE: _close,
    Step.Kind.COMPARE: _compare,
}
