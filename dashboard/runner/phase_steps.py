"""What a phase consists of: the steps that are made as it begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ..models import Chunk, MigrationRun, SchemaObject, Step, TableCopy
from ..statuses import Phase
from ..transfer.plan import NEW_KEYS, TablePlan
from ..transfer.schema_items import ObjectType, SchemaItem
from . import command_calls
from .schema_records import still_off
from .sessions import Sessions

# Rows that one comparison step covers at least, where keys allow ranges: some
# seconds of work. Smaller ranges make PostgreSQL go through the index.
COMPARE_ROWS = 2_000_000
# Seconds that a comparison may use up of a limit of rows, and rows below which its
# overhead would weigh more.
LIMITED_SECONDS = 10
LIMITED_ROWS = 20_000
# Tables from this size on get statistics and keys in steps of their own: what
# smaller ones need takes less time than a step.
OWN_STEPS_ROWS = 50_000
# The place of what is done after every table's own.
LAST = 2_000_000_001


def steps_of(
    run: MigrationRun, phase: Phase | str, sessions: Sessions
) -> Iterator[Step]:
    """Yield what a phase but the first consists of, and what begins early in it."""
    match phase:
        case Phase.COPYING:
            if run.tables.filter(replaced_last=True).uncopied().exists():
                yield Step(run=run, phase=phase, action=Step.Action.REPLACE)
            yield from _restoring_indexes(run, sessions)
        case Phase.RESTORING:
            yield from _restoring(run, sessions)
            if not run.is_failing and Phase.VERIFYING in run.phases:
                yield from _verifying(run)
        case Phase.VERIFYING:
            # A copy's have been there since it began to restore.
            if not run.steps.filter(action=Step.Action.COMPARE).exists():
                yield from _verifying(run)
        case Phase.BEFORE | Phase.AFTER:
            yield from command_calls.steps_of(run, Phase(phase))


def preparing(run: MigrationRun, recorded: list[SchemaObject]) -> Iterator[Step]:
    """Yield the steps of the first phase, for what was recorded to come off."""
    phase = Phase.PREPARING
    yield Step(run=run, phase=phase, stage=0, action=Step.Action.OPEN)
    apart = (ObjectType.FOREIGN_KEY, ObjectType.TRIGGER)
    for objects, stage, action in (
        (_of(recorded, apart[0]), 1, Step.Action.REMOVE_KEYS),
        # Before rows are deleted, for which some of them fire.
        (_of(recorded, apart[1]), 1, Step.Action.REMOVE_TRIGGERS),
        (
            [one.pk for one in recorded if one.object_type not in apart],
            3,
            Step.Action.REMOVE_INDEXES,
        ),
    ):
        if objects:
            # One step for all: what comes off takes less time than a step.
            yield Step(
                run=run,
                phase=phase,
                stage=stage,
                action=action,
                payload={"objects": objects},
            )
    merged = run.tables.merged().uncopied().filter(chunks_cut=0)
    if run.verify != MigrationRun.Verify.NONE:
        for table in merged.defer("plan").order_by("position"):
            yield _measuring(run, table)
    if run.tables.filter(mode=NEW_KEYS).uncopied().exists():
        yield Step(run=run, phase=phase, stage=3, action=Step.Action.RESERVE)
    emptied = run.tables.unbegun().filter(rows_confirmed__gt=0)
    emptied = emptied.defer("plan").order_by("position")
    # What is replaced last is emptied then.
    for table in emptied.filter(replaced_last=False):
        yield Step(run=run, phase=phase, stage=2, table=table, action=Step.Action.EMPTY)


def _measuring(run: MigrationRun, table: TableCopy) -> Step:
    return Step(
        run=run,
        phase=Phase.PREPARING,
        stage=3,
        table=table,
        position=_rank(table.rows_before or 0),
        action=Step.Action.MEASURE,
    )


def _of(recorded: list[SchemaObject], object_type: ObjectType) -> list[int]:
    return [one.pk for one in recorded if one.object_type == object_type]


def _restoring(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    phase = Phase.RESTORING
    yield from _restoring_indexes(run, sessions)
    yield from _restoring_keys(run, sessions)
    if not run.is_failing:
        yield from _analyze_steps(run)
        yield Step(
            run=run, phase=phase, stage=2, position=LAST, action=Step.Action.SEQUENCE
        )
        yield from _proving(run, sessions)
    off = [(one.pk, item) for one, item in still_off(run)]
    for objects, stage, action in (
        ([pk for pk, item in off if item.is_setting], 3, Step.Action.RESTORE_SETTINGS),
        # Once nobody proves keys any more: MySQL's would wait for such readers.
        ([pk for pk, item in off if item.is_trigger], 4, Step.Action.RESTORE_TRIGGERS),
    ):
        if objects:
            yield Step(
                run=run,
                phase=phase,
                stage=stage,
                action=action,
                payload={"objects": objects},
            )
    # The receipts are all that can still say what became of those.
    if not Chunk.objects.of(run).unsettled().exists():
        yield Step(run=run, phase=phase, stage=5, action=Step.Action.CLOSE)


def _restoring_indexes(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    """Yield steps for the indexes that are off and that no step puts back yet."""
    steps = run.steps.filter(action=Step.Action.RESTORE_INDEX)
    known = {
        pk for payload in steps.values_list("payload") for pk in payload[0]["objects"]
    }
    together = sessions.destination.schema.indexes_go_back_together
    groups: dict[tuple[int | None, int], list[SchemaObject]] = defaultdict(list)
    for recorded, item in still_off(run):
        if item.is_index and recorded.pk not in known:
            group = (recorded.table_id, 0 if together else recorded.pk)
            groups[group].append(recorded)
    found = [
        _restoring_step(Step.Action.RESTORE_INDEX, 0, objects, sessions)
        for objects in groups.values()
    ]
    # What needs its table alone comes first: later lanes meet at the last table.
    yield from sorted(found, key=lambda step: not step.payload["alone"])


def _restoring_keys(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    keys = [recorded for recorded, item in still_off(run) if item.is_foreign_key]
    # Nothing but this was asked of a run that restores before anything else.
    proved = {"prove": True} if run.is_failing and not run.phase else {}
    apart = sessions.destination.schema.keys_are_proved_apart
    if keys and apart:
        yield Step(
            run=run,
            phase=Phase.RESTORING,
            stage=1,
            action=Step.Action.ADD_KEYS,
            payload={"objects": [recorded.pk for recorded in keys]},
        )
    small: list[SchemaObject] = []
    for recorded in keys:
        if apart and _rows(recorded) < OWN_STEPS_ROWS:
            small.append(recorded)
        else:
            step = _restoring_step(Step.Action.RESTORE_KEY, 2, [recorded], sessions)
            step.payload |= proved
            yield step
    if small:
        yield Step(
            run=run,
            phase=Phase.RESTORING,
            stage=2,
            position=_rank(0),
            action=Step.Action.RESTORE_KEY,
            payload={
                "objects": [recorded.pk for recorded in small],
                "alone": True,
                **proved,
            },
        )


def _restoring_step(
    action: Step.Action,
    stage: int,
    objects: list[SchemaObject],
    sessions: Sessions,
) -> Step:
    schema = sessions.destination.schema
    items = [SchemaItem.from_json(one.definition) for one in objects]
    return Step(
        run_id=objects[0].run_id,
        phase=Phase.RESTORING,
        stage=stage,
        position=_rank(_rows(objects[0])),
        table=objects[0].table,
        action=action,
        payload={
            "objects": [one.pk for one in objects],
            "alone": any(map(schema.needs_table, items)),
        },
    )


def _rank(rows: int) -> int:
    """Put the largest tables first.

    The largest one alone, last, would keep the other lanes waiting.
    """
    return max(0, 2_000_000_000 - rows)


def _rows(recorded: SchemaObject) -> int:
    return recorded.table.rows_total if recorded.table else 0


def _analyze_steps(run: MigrationRun) -> Iterator[Step]:
    small = []
    for table in run.tables.defer("plan").order_by("-rows_total"):
        if table.rows_total >= OWN_STEPS_ROWS:
            yield _analyze(run, [table.table], table)
        else:
            small.append(table.table)
    if small:
        yield _analyze(run, small)


def _analyze(
    run: MigrationRun, names: list[str], table: TableCopy | None = None
) -> Step:
    return Step(
        run=run,
        phase=Phase.RESTORING,
        stage=2,
        position=LAST,
        table=table,
        action=Step.Action.ANALYZE,
        payload={"tables": names, "alone": True},
    )


def _proving(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    """Prove foreign keys where the session did not check them."""
    if not sessions.destination.schema.checks_are_off_in_session:
        return
    keys = defaultdict(list)
    off = [item for _, item in still_off(run)]
    for key in (
        *sessions.destination.catalog.foreign_keys(),
        *(item.as_foreign_key() for item in off if item.is_foreign_key),
    ):
        keys[key.table].append(asdict(key))
    for table in run.tables.defer("plan").order_by("position"):
        if table.table in keys:
            yield Step(
                run=run,
                phase=Phase.RESTORING,
                stage=3,
                table=table,
                action=Step.Action.PROVE_KEYS,
                payload={"keys": keys[table.table]},
            )


def _verifying(run: MigrationRun) -> Iterator[Step]:
    for table in run.tables.defer("plan").order_by("position"):
        for lower, upper in _compare_ranges(run, table):
            yield Step(
                run=run,
                phase=Phase.VERIFYING,
                table=table,
                position=_rank(table.rows_total),
                action=Step.Action.COMPARE,
                payload={"lower": lower, "upper": upper},
            )


def _compare_ranges(
    run: MigrationRun, table: TableCopy
) -> Iterator[tuple[object, object]]:
    """Yield ranges of some size, at the bounds of the chunks."""
    lower, rows, most = None, 0, _compare_rows(run)
    # A merge is proved by sums over a whole table.
    is_divided = run.verify == MigrationRun.Verify.FULL and not table.mode
    if is_divided and table.rows_total > most:
        for upper, counted in _bounds(table):
            rows += counted
            if rows >= most:
                yield lower, upper
                lower, rows = upper, 0
    yield lower, None


def _bounds(table: TableCopy) -> list[tuple[Any, int]]:
    """Return the upper bounds of a table's chunks and their rows, by the key."""
    plan = TablePlan.from_json(table.plan)
    if not (plan.has_integer_key and plan.keeps_keys):
        return []
    chunks = table.chunks.copied().filter(upper__isnull=False)
    return sorted(
        chunks.values_list("upper", "rows"), key=lambda row: row[0][0] if row[0] else 0
    )


def _compare_rows(run: MigrationRun) -> int:
    if not run.rows_per_second:
        return COMPARE_ROWS
    return min(COMPARE_ROWS, max(run.rows_per_second * LIMITED_SECONDS, LIMITED_ROWS))
