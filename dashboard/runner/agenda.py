"""What a phase consists of: the steps that are made as it begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict

from ..conf import option
from ..lifecycle import Phase
from ..models import Chunk, MigrationRun, SchemaObject, Step, TableCopy
from ..transfer.plan import TablePlan
from ..transfer.schema_items import SchemaItem
from .performers import item_of, record_of
from .sessions import Sessions

# Rows that one comparison step covers at least, where keys allow ranges: some
# seconds of work. Smaller ranges make PostgreSQL go through the index.
COMPARE_ROWS = 2_000_000
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


def preparing(run: MigrationRun, recorded: list[SchemaObject]) -> Iterator[Step]:
    """Yield the steps of the first phase, for what was recorded to come off."""
    phase = Phase.PREPARING
    yield Step(run=run, phase=phase, stage=0, kind=Step.Kind.OPEN)
    keys = [one.pk for one in recorded if one.kind == "foreign key"]
    others = [one.pk for one in recorded if one.kind != "foreign key"]
    for objects, stage, kind in (
        (keys, 1, Step.Kind.REMOVE_KEYS),
        (others, 3, Step.Kind.REMOVE_INDEXES),
    ):
        if objects:
            # One step for all: what comes off takes less time than a step.
            yield Step(
                run=run,
                phase=phase,
                stage=stage,
                kind=kind,
                payload={"objects": objects},
            )
    for table in run.tables.order_by("position"):
        # Late tables are emptied when they are replaced. A table that has
        # copied chunks is a retried run's own.
        if table.rows_before and not table.late and not table.frontier:
            yield Step(run=run, phase=phase, stage=2, table=table, kind=Step.Kind.EMPTY)


def schema_items(run: MigrationRun, sessions: Sessions) -> list[SchemaItem]:
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
        items.extend(schema.settings(name))
        items.extend(schema.indexes(name, sessions.source.catalog.table(name)))
    return items


def record_schema(run: MigrationRun, items: list[SchemaItem]) -> list[SchemaObject]:
    """Write down what will come off, before anything does, and return it."""
    tables = {table.table: table for table in run.tables.all()}
    recorded = run.schema_objects.select_related("table")
    # What a run recorded first stands: when it is retried, a foreign key may
    # be in place without being valid, which it was before the run.
    known = {(one.table_id, one.kind, one.name) for one in recorded.all()}
    wanted = {(tables[i.table].pk, i.object_type, i.name): i for i in items}
    SchemaObject.objects.bulk_create(
        SchemaObject(
            run=run, table=tables[item.table], **record_of(_as_before(run, item))
        )
        for place, item in wanted.items()
        if place not in known
    )
    return [o for o in recorded.all() if (o.table_id, o.kind, o.name) in wanted]


def _as_before(run: MigrationRun, item: SchemaItem) -> SchemaItem:
    """Return a foreign key as it was before another run left it not validated."""
    if item.object_type != "foreign key" or item.definition["valid"]:
        return item
    left = SchemaObject.objects.filter(
        run__destination_identity=run.destination_identity,
        table__table=item.table,
        name=item.name,
        kind=item.object_type,
        # Taken off: it died, or gave up, before it could say that it is back.
        state__in=[SchemaObject.State.REMOVED, SchemaObject.State.NOT_VALID],
    )
    other = left.order_by("pk").last()
    return item_of(other) if other else item


def _restoring(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    phase = Phase.RESTORING
    yield from _restoring_indexes(run, sessions)
    yield from _restoring_keys(run, sessions)
    if not run.is_failing:
        yield from _analyze_steps(run)
        yield Step(
            run=run, phase=phase, stage=2, position=LAST, kind=Step.Kind.SEQUENCE
        )
        yield from _proving(run, sessions)
    settings = [one.pk for one, _ in _off(run) if item_of(one).object_type == "setting"]
    if settings:
        yield Step(
            run=run,
            phase=phase,
            stage=3,
            kind=Step.Kind.RESTORE_SETTINGS,
            payload={"objects": settings},
        )
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
        if item_of(recorded).is_index and recorded.pk not in known:
            group = (recorded.table_id, 0 if together else recorded.pk)
            groups[group].append(recorded)
            ranks[group] = rank
    found = [
        _restoring_step(Step.Kind.RESTORE_INDEX, 0, ranks[group], objects, sessions)
        for group, objects in groups.items()
    ]
    # What needs its table alone comes first: later lanes meet at the last table.
    yield from sorted(found, key=lambda step: not step.payload["alone"])


def _restoring_keys(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    keys = [
        (recorded, rank)
        for recorded, rank in _off(run)
        if item_of(recorded).object_type == "foreign key"
    ]
    apart = sessions.destination.schema.keys_are_proved_apart
    if keys and apart:
        yield Step(
            run=run,
            phase=Phase.RESTORING,
            stage=1,
            kind=Step.Kind.ADD_KEYS,
            payload={"objects": [recorded.pk for recorded, _ in keys]},
        )
    small: list[SchemaObject] = []
    for recorded, rank in keys:
        if apart and rank > _rank(OWN_STEPS_ROWS):
            small.append(recorded)
            continue
        yield _restoring_step(Step.Kind.RESTORE_KEY, 2, rank, [recorded], sessions)
    if small:
        yield Step(
            run=run,
            phase=Phase.RESTORING,
            stage=2,
            position=_rank(0),
            kind=Step.Kind.RESTORE_KEY,
            payload={"objects": [recorded.pk for recorded in small], "alone": True},
        )


def _restoring_step(
    kind: Step.Kind,
    stage: int,
    rank: int,
    objects: list[SchemaObject],
    sessions: Sessions,
) -> Step:
    schema = sessions.destination.schema
    return Step(
        run_id=objects[0].run_id,
        phase=Phase.RESTORING,
        stage=stage,
        position=rank,
        table=objects[0].table,
        kind=kind,
        payload={
            "objects": [one.pk for one in objects],
            "alone": any(schema.needs_table(item_of(one)) for one in objects),
        },
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
        kind=Step.Kind.ANALYZE,
        payload={"tables": names, "alone": True},
    )


def _proving(run: MigrationRun, sessions: Sessions) -> Iterator[Step]:
    """Prove foreign keys where the session did not check them."""
    if not sessions.destination.schema.checks_are_off_in_session:
        return
    keys = defaultdict(list)
    off = [item_of(recorded) for recorded, _ in _off(run)]
    for key in (
        *sessions.destination.catalog.foreign_keys(),
        *(item.as_foreign_key() for item in off if item.object_type == "foreign key"),
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
