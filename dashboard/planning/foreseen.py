"""What a run will take off and put back, and how its sequences will go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from ..conf import option
from ..transfer.backends.base import Session
from ..transfer.numbering import given_out, reaches
from ..transfer.schema_items import SchemaItem
from .checked_plan import CheckedPlan, Foreseen


def coming_off(
    source: Session,
    destination: Session,
    tables: Sequence[str],
    unfinished: Collection[str],
    large: Mapping[str, str],
) -> list[SchemaItem]:
    """Return what comes off the destination before a load.

    ``tables`` are all of a run, ``unfinished`` those that have rows to come, ``large``
    those that are loaded without their indexes, with what the source calls them.
    """
    schema = destination.schema
    # Without checks in the session, only what an index is needed for comes off.
    off = list(large) if schema.checks_are_off_in_session else list(tables)
    items = [
        item
        for item in schema.foreign_keys(off)
        if item.table in unfinished or item.to_table in unfinished
    ]
    theirs = source.catalog.tables(large.values())
    for table, name in large.items():
        items.extend(schema.settings(table))
        items.extend(schema.indexes(table, theirs.get(name)))
    return items


def foresee(checked: CheckedPlan, source: Session, destination: Session) -> None:
    """Write into the plan what will be done to each table; nothing is done yet."""
    names = {one.plan.table: one.plan.source_table for one in checked.tables}
    large = {
        one.table: one.plan.source_table
        for one in checked.tables
        if not one.item.replaced_last and one.size.rows >= option("INDEXES_OFF_ROWS")
    }
    off: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in coming_off(source, destination, list(names), set(names), large):
        off[item.table].append((str(item.object_type), item.name))
    sequences = _sequences(source, destination, names)
    checked.foreseen = {
        table: Foreseen(tuple(off[table]), tuple(sequences[table])) for table in names
    }


def _sequences(
    source: Session, destination: Session, names: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the statements by table, for the rows that the source has now."""
    theirs = {name: table for table, name in names.items()}
    used = given_out(source.schema.sequences(list(theirs)), theirs)
    ours = destination.schema.sequences(list(names))
    found: dict[str, list[str]] = defaultdict(list)
    for reach in reaches(source, ours, used, names):
        sql = destination.schema.advancing_sql(reach.sequence, reach.beyond)
        if sql:
            found[reach.sequence.table].append(sql)
    return found
