"""What each kind of step does; all of it is safe to repeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import F

from ..conf import option
from ..models import Difference, MigrationRun, SchemaObject, Step, TableCopy
from ..transfer import keys
from ..transfer.backends.base import Session
from ..transfer.columns import ForeignKey
from ..transfer.compare import Comparison, compare, counts
from ..transfer.copy import move
from ..transfer.errors import Busy, DataRefused, ReceiptTaken, TransferError
from ..transfer.failpoints import reach
from ..transfer.keys import KeyRange
from ..transfer.plan import TablePlan
from ..transfer.receipts import Receipts
from ..transfer.schema_items import SchemaItem
from .lanes import Hold
from .sessions import Sessions

ORPHANS_KEPT = 100


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
    return SchemaItem.from_json(recorded.definition)


def record_of(item: SchemaItem) -> dict[str, object]:
    """Return an object's fields as they are recorded."""
    return {
        "kind": item.object_type,
        "name": item.name,
        "definition": item.to_json(),
    }


def _remove(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    schema = sessions.destination.schema
    # Said before it is done: whoever comes after a death puts it back, or
    # finds it in place.
    with transaction.atomic():
        hold.guard()
        SchemaObject.objects.filter(pk__in=step.payload["objects"]).update(
            state=SchemaObject.State.REMOVED
        )
    _each(step, hold, lambda recorded: schema.remove(item_of(recorded)))


def _each(step: Step, hold: Hold, work: Callable[[SchemaObject], None]) -> None:
    """Do something with every object of a step, whatever locks one of them.

    Raises the first Busy in the end, naming what was busy.
    """
    busy: Busy | None = None
    for recorded in _objects(step):
        hold.guard()
        try:
            work(recorded)
        except Busy as error:
            item = item_of(recorded)
            busy = busy or Busy(
                f"{item.object_type.capitalize()} '{item.name}' of table "
                f"'{item.table}': {error.message}",
                error.remedy,
                code=error.code,
            )
        reach("schema object done")
    if busy:
        raise busy


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
    validated = item.object_type != "foreign key" or _is_complete(run, item)
    try:
        is_valid = destination.schema.restore(item, validated=validated)
    except DataRefused as error:
        if item.object_type != "foreign key":
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
    SchemaObject.objects.filter(pk=recorded.pk).update(state=_state_of(is_valid))


def _restore_keys(
    step: Step, run: MigrationRun, hold: Hold, sessions: Sessions
) -> None:
    """Prove foreign keys; those behind one that is refused, too."""
    refused: list[TransferError] = []

    def restore(recorded: SchemaObject) -> None:
        try:
            _restore_one(recorded, run, sessions.destination)
        except TransferError as error:
            if error.retriable:
                raise
            refused.append(error)

    _each(step, hold, restore)
    if refused:
        raise refused[0]


def _add_keys(
    step: Step, run: MigrationRun, hold: Hold, sessions: Sessions
) -> Callable[[], None]:
    """Put foreign keys back for new rows; existing rows are proved key by key.

    To add one takes a lock on both of its tables, for which the proof of
    another one would make it wait.
    """
    schema = sessions.destination.schema
    back: dict[SchemaObject.State, list[int]] = {}

    def add(recorded: SchemaObject) -> None:
        try:
            is_valid = schema.restore(item_of(recorded), validated=False)
        except TransferError as error:
            # What is refused is refused again, and said, where it is proved.
            if error.retriable:
                raise
        else:
            back.setdefault(_state_of(is_valid), []).append(recorded.pk)

    def record() -> None:
        for state, numbers in back.items():
            SchemaObject.objects.filter(pk__in=numbers).update(state=state)

    _each(step, hold, add)
    return record


def _state_of(is_valid: bool) -> SchemaObject.State:
    return SchemaObject.State.RESTORED if is_valid else SchemaObject.State.NOT_VALID


def _restore_settings(
    step: Step, run: MigrationRun, hold: Hold, sessions: Sessions
) -> Callable[[], None]:
    schema = sessions.destination.schema

    def restore(recorded: SchemaObject) -> None:
        schema.restore(item_of(recorded))

    def record() -> None:
        SchemaObject.objects.filter(pk__in=step.payload["objects"]).update(
            state=SchemaObject.State.RESTORED
        )

    _each(step, hold, restore)
    return record


def _is_complete(run: MigrationRun, item: SchemaItem) -> bool:
    if not run.is_failing:
        return True
    unfinished = run.tables.filter(table__in=[item.table, item.to_table])
    return not unfinished.exclude(state=TableCopy.State.COPIED).exists()


def _sequence(step: Step, run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    for table in run.tables.order_by("position"):
        marks = sessions.source.schema.high_water(table.table)
        for column in sessions.destination.schema.high_water(table.table):
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
            differences_kept=option("DIFFERENCES_KEPT"),
            still_working=hold.guard,
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
            kind=difference.problem,
            key=list(difference.key),
            columns=list(difference.columns),
        )
        for difference in found.differences
    )


def _table(step: Step) -> TableCopy:
    assert step.table is not None  # kinds that have a table are made with one
    return step.table


# May return what is to be written in the transaction that ends the step.
Performer = Callable[[Step, MigrationRun, Hold, Sessions], Callable[[], None] | None]

PERFORMERS: dict[Step.Kind, Performer] = {
    Step.Kind.OPEN: _open,
    Step.Kind.REMOVE_KEYS: _remove,
    Step.Kind.EMPTY: _empty,
    Step.Kind.REMOVE_INDEXES: _remove,
    Step.Kind.REPLACE: _replace,
    Step.Kind.RESTORE_INDEX: _restore,
    Step.Kind.ADD_KEYS: _add_keys,
    Step.Kind.RESTORE_KEY: _restore_keys,
    Step.Kind.RESTORE_SETTINGS: _restore_settings,
    Step.Kind.SEQUENCE: _sequence,
    Step.Kind.ANALYZE: _analyze,
    Step.Kind.PROVE_KEYS: _prove_keys,
    Step.Kind.CLOSE: _close,
    Step.Kind.COMPARE: _compare,
}
