"""What an action is, and what several of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ...control_database import atomic
from ...models import MigrationRun, SchemaObject, Step, TableCopy
from ...planning.destination_checks import made_by_migrate
from ...transfer.backends.base import Session
from ...transfer.confirmed import not_made_by_migrate, prove_unreferred
from ...transfer.errors import Busy, ConnectionLost, TransferError
from ...transfer.failpoints import reach
from ...transfer.schema_items import SchemaItem
from ..leases import Lease, now_and_then
from ..sessions import Sessions

# What is changed in one transaction: each needs some locks of the server's table.
AT_ONCE = 50

Record = Callable[[], None]

Action = Callable[[Step, MigrationRun, Lease, Sessions], Record | None]
"""Does what a step asks for; safe to repeat.

May return what is to be written in the transaction that ends the step, and change
the step's payload, which is written with it.
"""


@dataclass(frozen=True)
class Together:
    """How steps of one action are done for several small tables by one claim.

    ``each`` does them in their order. It yields what there is to tell of the one that
    is done, or of several that were done at once; whoever looks on may stop there, and
    what follows is not done then. ``record`` takes all that was yielded, in the
    transaction that ends those steps.
    """

    each: Callable[[Sequence[Step], MigrationRun, Lease, Sessions], Iterator[list[Any]]]
    record: Callable[[MigrationRun, Sequence[Any]], None] | None = None


def table_of(step: Step) -> TableCopy:
    """Return the table of a step whose action has one."""
    assert step.table is not None  # such steps are made with one
    return step.table


def prove_may_go(
    run: MigrationRun, destination: Session, emptied: Iterable[TableCopy]
) -> None:
    """Raise Unconfirmed where nobody has confirmed that rows of these tables go.

    Or where rows that the run leaves alone refer to them. Both were looked at as
    the run was checked, and may have changed since.
    """
    tables = list(emptied)
    chosen = set(run.tables.values_list("table", flat=True))
    prove_unreferred(destination, {table.table for table in tables}, chosen)
    if run.empty_first or run.confirmations > 1:
        # The start is the first, and asks only where tables are to be emptied.
        return
    for table in tables:
        rows = destination.catalog.count(table.table)
        if not made_by_migrate(table.model, table.table, rows, destination):
            raise not_made_by_migrate(table.table)


def objects_of(step: Step) -> list[SchemaObject]:
    """Return the recorded indexes, keys or settings of a step."""
    return list(SchemaObject.objects.filter(pk__in=step.payload["objects"]))


def say_off(step: Step, lease: Lease) -> None:
    """Write down that the objects of a step are off, before they are taken off.

    Whoever comes after a death puts them back, or finds them in place.
    """
    with atomic():
        lease.renew()
        SchemaObject.objects.filter(pk__in=step.payload["objects"]).update(
            state=SchemaObject.State.REMOVED
        )


def for_each_object(
    step: Step, lease: Lease, work: Callable[[SchemaObject], None]
) -> None:
    """Do something with every object of a step, whatever locks one of them.

    Raises the first Busy in the end, naming what was busy.
    """
    for_each(objects_of(step), lease, work)


def for_each(
    objects: Iterable[SchemaObject], lease: Lease, work: Callable[[SchemaObject], None]
) -> None:
    """Do something with every one of these objects; see ``for_each_object``."""
    busy: Busy | None = None
    renew = now_and_then(lease)
    for recorded in objects:
        renew()
        try:
            with busy_named(recorded):
                work(recorded)
        except Busy as error:
            busy = busy or error
        reach("schema object done")
    if busy:
        raise busy


@contextmanager
def busy_named(recorded: SchemaObject) -> Iterator[None]:
    """Name the object that was busy in the error."""
    try:
        yield
    except Busy as error:
        item = SchemaItem.from_json(recorded.definition)
        raise type(error)(
            _("%(item)s of table '%(table)s': %(error)s")
            % {"item": item, "table": item.table, "error": error.message},
            error.remedy,
            code=error.code,
        ) from error


def in_parts(
    objects: Sequence[SchemaObject],
    lease: Lease,
    work: Callable[[Sequence[SchemaObject]], None],
) -> list[SchemaObject]:
    """Do something with some of these objects at a time, as long as nothing fails.

    Returns those of the parts that failed: each is to be tried alone.
    """
    left: list[SchemaObject] = []
    for start in range(0, len(objects), AT_ONCE):
        lease.renew()
        part = objects[start : start + AT_ONCE]
        try:
            work(part)
        except ConnectionLost:
            raise
        except TransferError:
            left += part
        else:
            reach("schema object done")
    return left


@contextmanager
def reason_recorded(*objects: SchemaObject) -> Iterator[None]:
    """Write down beside each object why it could not be put back."""
    try:
        yield
    except TransferError as error:
        found = SchemaObject.objects.filter(pk__in=[one.pk for one in objects])
        found.off().update(error=str(error))
        raise


def is_back(*objects: int, state: SchemaObject.State) -> None:
    """Write down that objects, by their numbers, are in place again."""
    SchemaObject.objects.filter(pk__in=objects).update(state=state, error="")


def state_after(*, is_valid: bool) -> SchemaObject.State:
    """Return the state of something that is back in place."""
    return SchemaObject.State.RESTORED if is_valid else SchemaObject.State.NOT_VALID
