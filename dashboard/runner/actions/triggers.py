"""Takes triggers off and puts them back as they fire, and proves that they are."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ...models import MigrationRun, SchemaObject, Step
from ...transfer.backends.schema import Schema
from ...transfer.errors import TransferError, Unsupported
from ...transfer.failpoints import reach
from ...transfer.schema_items import SchemaItem
from ..leases import Lease, now_and_then
from ..sessions import Sessions
from .contract import busy_named, is_back, objects_of, reason_recorded, say_off


def take_triggers_off(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Take triggers off one by one, the last to fire first.

    Wherever that stops, each that is put back comes behind those that have stayed.
    """
    say_off(step, lease)
    renew = now_and_then(lease)
    for recorded in sorted(objects_of(step), key=_order, reverse=True):
        renew()
        with busy_named(recorded):
            sessions.destination.schema.remove(
                SchemaItem.from_json(recorded.definition)
            )
        reach("schema object done")


def put_triggers_back(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Put every trigger back as it was.

    What fails keeps none of the others off; raises the first failure in the end.
    """
    schema = sessions.destination.schema
    renew = now_and_then(lease)
    failure: TransferError | None = None
    for recorded in sorted(objects_of(step), key=_order):
        renew()
        try:
            with busy_named(recorded), reason_recorded(recorded):
                _put_back(SchemaItem.from_json(recorded.definition), schema)
        except TransferError as error:
            if error.retriable:
                raise
            failure = failure or error
        else:
            is_back(recorded.pk, state=SchemaObject.State.RESTORED)
        reach("schema object done")
    if failure:
        raise failure


def _order(recorded: SchemaObject) -> tuple[int, str]:
    """Sort by table; of one table as they fired, where the engine goes by that."""
    order = SchemaItem.from_json(recorded.definition).definition.get("order", "")
    return recorded.table_id or 0, order


def _put_back(item: SchemaItem, schema: Schema) -> None:
    schema.restore(item)
    if not schema.is_as_before(item):
        raise Unsupported(
            _(
                "%(item)s of table '%(table)s' is there, and not as it was before the "
                "run."
            )
            % {"item": item, "table": item.table},
            _("Somebody has changed it meanwhile: make it again as it should be."),
        )
