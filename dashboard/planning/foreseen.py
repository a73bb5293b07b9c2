"""What a run will take off and put back, and how its sequences will go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from ..conf import option
from ..transfer.backends.base import Session
from ..transfer.numbering import given_out, places_of, reaches, read_from
from ..transfer.plan import TablePlan
from ..transfer.schema_items import SchemaItem
from ..transfer.seen import as_seen
from . import trigger_checks
from .checked_plan import CheckedPlan, Foreseen
from .sides import Side


def coming_off(
    source: Session,
    destination: Session,
    tables: Sequence[str],
    unfinished: Collection[str],
    large: Mapping[str, TablePlan],
) -> list[SchemaItem]:
    """Return what comes off the destination before a load.

    ``tables`` are all of a run, ``unfinished`` those that have rows to come, ``large``
    those that are loaded without their indexes, with their plans.
    """
    schema = destination.schema
    # Without checks in the session, only what an index is needed for comes off.
    off = list(large) if schema.checks_are_off_in_session else list(tables)
    items = [
        item
        for item in schema.foreign_keys(off)
        if item.table in unfinished or item.to_table in unfinished
    ]
    theirs = source.catalog.tables(plan.source_table for plan in large.values())
    for table, plan in large.items():
        known = theirs.get(plan.source_table)
        seen = as_seen(known, plan.source_columns) if known else None
        items.extend(schema.settings(table))
        items.extend(schema.indexes(table, seen))
    return items


def foreseen_items(checked: CheckedPlan, sides: tuple[Side, Side]) -> list[SchemaItem]:
    """Return what a run as it is checked takes off, and puts back."""
    source, destination = (side.session for side in sides)
    names = [one.table for one in checked.tables]
    large = {
        one.table: one.plan
        for one in checked.tables
        if not (one.item.replaced_last or one.plan.mode)
        and one.size.rows >= option("INDEXES_OFF_ROWS")
    }
    items = coming_off(source, destination, names, set(names), large)
    if sides[1].has_triggers_off:
        items += trigger_checks.coming_off(checked.tables, sides[1])
    return items


def foresee(
    checked: CheckedPlan, source: Session, destination: Session, items: list[SchemaItem]
) -> None:
    """Write into the plan what will be done to each table; nothing is done yet."""
    plans = [one.plan for one in checked.tables]
    names = [plan.table for plan in plans]
    off: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in items:
        off[item.table].append((str(item.object_type), item.name))
    sequences = _sequences(source, destination, plans)
    checked.foreseen = {
        table: Foreseen(tuple(off[table]), tuple(sequences[table])) for table in names
    }


def _sequences(
    source: Session, destination: Session, plans: Sequence[TablePlan]
) -> dict[str, list[str]]:
    """Return the statements by table, for the rows that the source has now."""
    places = places_of(plans)
    theirs = dict.fromkeys(plan.source_table for plan in plans)
    used = given_out(source.schema.sequences(list(theirs)), places)
    ours = destination.schema.sequences([plan.table for plan in plans])
    back = read_from(places)
    found: dict[str, list[str]] = defaultdict(list)
    for reach in reaches(source, ours, used, back):
        sql = destination.schema.advancing_sql(reach.sequence, reach.beyond)
        if sql:
            found[reach.sequence.table].append(sql)
    return found
