"""Puts foreign keys back, and proves those that no server has checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from ...control_database import atomic
from ...models import Difference, MigrationRun, SchemaObject, Step
from ...transfer.backends.base import Session
from ...transfer.columns import ForeignKey
from ...transfer.errors import DataRefused, TransferError
from ...transfer.keys import Key, readable
from ...transfer.schema_items import SchemaItem
from .. import rows_aside
from ..leases import Lease, now_and_then
from ..sessions import Sessions
from .contract import (
    Record,
    for_each,
    in_parts,
    is_back,
    objects_of,
    reason_recorded,
    state_after,
    table_of,
)

ORPHANS_KEPT = 100


def add_keys(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> Record:
    """Put foreign keys back for new rows; existing rows are proved key by key.

    To add one takes a lock on both of its tables, for which the proof of
    another one would make it wait.
    """
    schema = sessions.destination.schema
    back: dict[SchemaObject.State, list[int]] = {}

    def add_all(part: Sequence[SchemaObject]) -> None:
        for recorded, is_valid in _put_back_all(part, sessions, validated=False):
            back.setdefault(state_after(is_valid=is_valid), []).append(recorded.pk)

    def add(recorded: SchemaObject) -> None:
        item = SchemaItem.from_json(recorded.definition)
        try:
            is_valid = schema.restore(item, validated=False)
        except TransferError as error:
            # What is refused is refused again, and said, where it is proved.
            if error.retriable:
                raise
        else:
            back.setdefault(state_after(is_valid=is_valid), []).append(recorded.pk)

    for_each(in_parts(objects_of(step), lease, add_all), lease, add)
    return partial(_record, back)


def _record(back: Mapping[SchemaObject.State, Sequence[int]]) -> None:
    for state, numbers in back.items():
        is_back(*numbers, state=state)


def _put_back_all(
    part: Sequence[SchemaObject], sessions: Sessions, *, validated: bool
) -> Iterator[tuple[SchemaObject, bool]]:
    """Put keys back together; yield each with whether it is as valid as before."""
    items = [SchemaItem.from_json(recorded.definition) for recorded in part]
    schema = sessions.destination.schema
    states = schema.restore_keys_together(items, validated=validated)
    yield from zip(part, states, strict=True)


def restore_keys(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> Record:
    """Validate foreign keys; those behind one that is refused, too.

    A step with ``prove`` does so though their tables are not all copied; what is
    refused then is written down beside the key, and is no failure.
    """
    refused: list[TransferError] = []
    back: dict[SchemaObject.State, list[int]] = defaultdict(list)
    prove = bool(step.payload.get("prove"))

    def restore_all(part: Sequence[SchemaObject]) -> None:
        for recorded, is_valid in _put_back_all(part, sessions, validated=True):
            back[state_after(is_valid=is_valid)].append(recorded.pk)

    def restore(recorded: SchemaObject) -> None:
        try:
            state = _put_back(recorded, run, sessions.destination, prove=prove)
            back[state].append(recorded.pk)
        except TransferError as error:
            if error.retriable:
                raise
            if not _may_stand(recorded, run, prove=prove):
                refused.append(error)

    try:
        left = objects_of(step)
        if len(left) > 1 and (prove or not run.is_failing):
            left = in_parts(left, lease, restore_all)
        for_each(left, lease, restore)
        if refused:
            raise refused[0]
    except TransferError:
        # Not without the lane: a successor may have taken them off again.
        with atomic():
            lease.renew()
            _record(back)
        raise
    return partial(_record, back)


def _may_stand(recorded: SchemaObject, run: MigrationRun, *, prove: bool) -> bool:
    """Whether a key that is refused is back for new rows, and that is enough."""
    recorded.refresh_from_db(fields=["state"])
    stands = recorded.state == SchemaObject.State.NOT_VALID
    return stands and (prove or _waits_for_rows_aside(run, recorded))


def restore_one(
    recorded: SchemaObject,
    run: MigrationRun,
    destination: Session,
    *,
    prove: bool = False,
) -> None:
    """Put one recorded index or key back.

    A foreign key whose rows refer to nothing comes back not validated, and the
    error says so. One whose tables are not complete is not validated unless
    ``prove`` asks for it.
    """
    state = _put_back(recorded, run, destination, prove=prove)
    is_back(recorded.pk, state=state)


def _put_back(
    recorded: SchemaObject, run: MigrationRun, destination: Session, *, prove: bool
) -> SchemaObject.State:
    item = SchemaItem.from_json(recorded.definition)
    validated = prove or not item.is_foreign_key or _is_complete(run, item)
    with reason_recorded(recorded):
        is_valid = _restored(recorded, run, item, destination, validated=validated)
    return state_after(is_valid=is_valid)


def _restored(
    recorded: SchemaObject,
    run: MigrationRun,
    item: SchemaItem,
    destination: Session,
    *,
    validated: bool,
) -> bool:
    try:
        return destination.schema.restore(item, validated=validated)
    except DataRefused as error:
        if not item.is_foreign_key:
            raise _not_unique(item, error) from error
        destination.schema.restore(item, validated=False)
        is_back(recorded.pk, state=SchemaObject.State.NOT_VALID)
        raise TransferError(
            _(
                "Rows of table '%(table)s' refer to rows of '%(other)s' that do not "
                "exist: foreign key '%(name)s' is back, but not validated."
            )
            % {"table": item.table, "other": item.to_table, "name": item.name},
            _remedy(run, item.table, item.to_table),
        ) from error


def _not_unique(item: SchemaItem, error: DataRefused) -> DataRefused:
    """Return the fault of an index that the copied rows do not allow."""
    return DataRefused(
        error.message,
        _(
            "Correct the rows in the source, then copy table '%(table)s' again: a "
            "retry alone copies none of its rows."
        )
        % {"table": item.table},
        code=error.code,
    )


def _remedy(run: MigrationRun, table: str, other: str | None) -> str:
    """Say what helps where rows of a table refer to rows that do not exist."""
    if other is not None and (rows := rows_aside.number(run, other)):
        return _("%(said)s Correct them in the source, then retry.") % {
            "said": rows_aside.said(rows, other)
        }
    return _(
        "Correct the rows in the source, then copy table '%(table)s' again: a retry "
        "alone copies none of its rows. Or copy the other table too, in a new run."
    ) % {"table": table}


def _waits_for_rows_aside(run: MigrationRun, recorded: SchemaObject) -> bool:
    """Whether rows are aside that rows of this key's table may refer to.

    Their absence is said of the run: it does not succeed, and a retry proves the key.
    """
    item = SchemaItem.from_json(recorded.definition)
    return bool(item.to_table and rows_aside.number(run, item.to_table))


def _is_complete(run: MigrationRun, item: SchemaItem) -> bool:
    if not run.is_failing:
        return True
    both = run.tables.filter(table__in=[item.table, item.to_table])
    return not both.uncopied().exists()


def prove_keys(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Look for rows that refer to nothing, where the session checked no key."""
    renew = now_and_then(lease)
    for found in step.payload["keys"]:
        key = ForeignKey.from_json(found)
        schema = sessions.destination_reader.schema
        count, examples = schema.orphans(key, ORPHANS_KEPT)
        renew()
        if count:
            _keep_orphans(step, key, examples)
        if count and not rows_aside.number(run, key.to_table):
            raise TransferError(
                _(
                    "%(count)d rows of table '%(table)s' refer through %(columns)s to "
                    "rows of '%(other)s' that do not exist."
                )
                % {
                    "count": count,
                    "table": key.table,
                    "columns": ", ".join(key.columns),
                    "other": key.to_table,
                },
                _remedy(run, key.table, key.to_table),
            )


def prove_keys_of_each(
    steps: Sequence[Step], run: MigrationRun, lease: Lease, sessions: Sessions
) -> Iterator[list[Any]]:
    """Prove the keys of one table after the other."""
    for step in steps:
        prove_keys(step, run, lease, sessions)
        yield [None]


def _keep_orphans(step: Step, key: ForeignKey, examples: list[Key]) -> None:
    table, problem = table_of(step), Difference.Problem.ORPHAN
    Difference.objects.filter(table=table, problem=problem).delete()
    Difference.objects.bulk_create(
        Difference(
            table=table,
            problem=problem,
            key=[readable(value) for value in example],
            columns=list(key.columns),
        )
        for example in examples
    )
