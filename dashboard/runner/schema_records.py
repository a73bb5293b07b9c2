"""What comes off the destination's schema, written down before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..conf import option
from ..models import MigrationRun, SchemaObject, TableCopy
from ..models.schema import SchemaObjectQuerySet
from ..planning.foreseen import coming_off
from ..transfer.plan import UPDATING, TablePlan
from ..transfer.schema_items import ObjectType, SchemaItem
from .rows_aside import only_these_are_left
from .sessions import Sessions

Place = tuple[int | None, str, str]
"""A table's number, and type and name of something of it."""


def schema_items(run: MigrationRun, sessions: Sessions) -> list[SchemaItem]:
    """Return what will come off."""
    # Without their plans, which are large: those of large tables are few.
    tables = list(run.tables.defer("plan").order_by("position"))
    unfinished = [one for one in tables if one.state != TableCopy.State.COPIED]
    large = [
        table
        for table in unfinished
        if not table.replaced_last
        # Each row that is merged is looked for by them, and those that are there
        # already would have to be read for every index that goes back.
        and not table.mode
        and table.rows_total >= option("INDEXES_OFF_ROWS")
        # A few rows of a large table are nothing to take its indexes off for.
        and not only_these_are_left(table)
    ]
    plans = _plans(run, large)
    items = coming_off(
        sessions.source,
        sessions.destination,
        [one.table for one in tables],
        {one.table for one in unfinished},
        {one.table: plans[one.pk] for one in large},
    )
    if run.triggers == MigrationRun.Triggers.OFF:
        items += _triggers(unfinished, sessions)
    return items


def _triggers(tables: Sequence[TableCopy], sessions: Sessions) -> list[SchemaItem]:
    """Return those that fire for anything that the run does to these tables."""
    emptied = [one for one in tables if one.rows_confirmed]
    return sessions.destination.schema.triggers(
        [one.table for one in tables],
        emptied=[one.table for one in emptied if not one.replaced_last],
        deleted=[one.table for one in emptied if one.replaced_last],
        updated=[one.table for one in tables if one.mode in UPDATING],
    )


def _plans(run: MigrationRun, tables: Sequence[TableCopy]) -> dict[int, TablePlan]:
    """Return the plans of tables, by their numbers."""
    plans = run.tables.filter(pk__in=[table.pk for table in tables])
    return {
        pk: TablePlan.from_json(plan) for pk, plan in plans.values_list("pk", "plan")
    }


def record_schema(run: MigrationRun, items: list[SchemaItem]) -> list[SchemaObject]:
    """Write down what will come off, before anything does, and return it."""
    tables = {table.table: table for table in run.tables.defer("plan")}
    recorded = run.schema_objects
    # What a run recorded first stands: when it is retried, a foreign key may
    # be in place without being valid, which it was before the run.
    known = {_place(one) for one in recorded.all()}
    wanted: dict[Place, SchemaItem] = {
        (tables[i.table].pk, i.object_type, i.name): i for i in items
    }
    _refresh_triggers(recorded.exclude(state=SchemaObject.State.REMOVED), wanted)
    SchemaObject.objects.bulk_create(
        SchemaObject(
            run=run,
            table=tables[item.table],
            object_type=item.object_type,
            name=item.name,
            definition=_as_before(run, item).to_json(),
        )
        for place, item in wanted.items()
        if place not in known
    )
    return [one for one in recorded.all() if _place(one) in wanted]


def _refresh_triggers(
    recorded: SchemaObjectQuerySet, wanted: Mapping[Place, SchemaItem]
) -> None:
    """Write down triggers as they are now, which are in place.

    Somebody may have changed one between a run's end and its retry.
    """
    for one in recorded.filter(object_type=ObjectType.TRIGGER):
        if item := wanted.get(_place(one)):
            SchemaObject.objects.filter(pk=one.pk).update(definition=item.to_json())


def _place(recorded: SchemaObject) -> Place:
    return recorded.table_id, recorded.object_type, recorded.name


def _as_before(run: MigrationRun, item: SchemaItem) -> SchemaItem:
    """Return a foreign key as it was before another run left it not validated."""
    if not item.is_foreign_key or item.definition["valid"]:
        return item
    left = SchemaObject.objects.filter(
        run__destination_identity=run.destination_identity,
        table__table=item.table,
        name=item.name,
        object_type=item.object_type,
    )
    # Taken off: it died, or gave up, before it could say that it is back.
    other = left.off().order_by("pk").last()
    return SchemaItem.from_json(other.definition) if other else item


def still_off(run: MigrationRun) -> Iterator[tuple[SchemaObject, SchemaItem]]:
    """Yield what is not in place as it was before the run, or may not be."""
    # A plan is read for every key of its table, and nobody asks for it here.
    off = run.schema_objects.off().select_related("table").defer("table__plan")
    for recorded in off:
        yield recorded, SchemaItem.from_json(recorded.definition)
