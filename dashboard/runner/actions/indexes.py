"""Takes what was recorded off, and puts indexes and settings back."""

from __future__ import annotations

from ...models import MigrationRun, SchemaObject, Step
from ...transfer.schema_items import SchemaItem
from ..leases import Lease
from ..sessions import Sessions
from .contract import (
    Record,
    for_each,
    for_each_object,
    in_parts,
    is_back,
    objects_of,
    reason_recorded,
    say_off,
)
from .foreign_keys import restore_one


def take_off(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Take off what was recorded before: indexes, foreign keys, settings."""
    schema = sessions.destination.schema
    say_off(step, lease)
    left = in_parts(
        objects_of(step),
        lease,
        lambda part: schema.remove_together(list(map(_item, part))),
    )
    for_each(left, lease, lambda recorded: schema.remove(_item(recorded)))


def _item(recorded: SchemaObject) -> SchemaItem:
    return SchemaItem.from_json(recorded.definition)


def put_back(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Put the indexes of one table back, together where the server can."""
    objects = objects_of(step)
    if len(objects) == 1:
        restore_one(objects[0], run, sessions.destination)
        return
    schema = sessions.destination.schema
    items = {one.pk: SchemaItem.from_json(one.definition) for one in objects}
    with reason_recorded(*objects):
        try:
            schema.restore_together(list(items.values()))
        finally:
            back = [pk for pk, item in items.items() if schema.is_there(item)]
            is_back(*back, state=SchemaObject.State.RESTORED)


def put_settings_back(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> Record:
    """Put the settings of all tables back."""
    schema = sessions.destination.schema

    def restore(recorded: SchemaObject) -> None:
        with reason_recorded(recorded):
            schema.restore(SchemaItem.from_json(recorded.definition))

    def record() -> None:
        is_back(*step.payload["objects"], state=SchemaObject.State.RESTORED)

    for_each_object(step, lease, restore)
    return record
