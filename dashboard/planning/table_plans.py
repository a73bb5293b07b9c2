"""The plan of one table: its columns, what they hold, and its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.columns import ColumnKind, Table
from ..transfer.matching import plan_table
from ..transfer.plan import SourceColumn, TablePlan
from ..transfer.seen import as_seen
from ..transfer.shape import Shape, shape_of
from .absence import Absences
from .checked_plan import CheckedPlan, listed
from .clock_checks import check_clocks
from .custom_fields import is_uuid_everywhere
from .derived import vectors
from .filling import Filling, column_kind, holder, with_filled
from .sides import Side
from .source_columns import Places, find_columns
from .table_selection import Item, ModelTable
from .unowned_tables import Description, Pair, described


def plan_item(
    checked: CheckedPlan,
    item: Item,
    sides: tuple[Side, Side],
    tables: Pair,
    absences: Sequence[Absences],
    *,
    writes: bool,
) -> TablePlan | None:
    """Plan a table that both sides have; None where something prevents it."""
    columns: tuple[SourceColumn, ...] = ()
    if isinstance(item, ModelTable):
        model = _of_model(checked, item, sides, tables, absences, writes=writes)
        found, columns = model or (None, ())
    else:
        found = described(checked, item, sides, tables)
    if found is None:
        return None
    kinds, key, (old, new) = found
    source, destination = (side.session for side in sides)
    if any(c.must_be_given for c in new.columns if c.name not in kinds):
        new = replace(new, has_insert_trigger=sides[1].fires(new.name))
    plan, remarks = plan_table(
        item.label, (source, old), (destination, new), kinds, key, checked.time_zone
    )
    if plan is not None:
        plan = replace(
            plan,
            source_shape=_shape(tables[0], source),
            destination_shape=_shape(tables[1], destination),
            source_columns=columns,
        )
        check_clocks(checked, plan, (source, destination))
    for remark in remarks:
        if remark.blocks:
            checked.error("E110", remark.message, remark.remedy, item.label)
        else:
            checked.note("I110", remark.message, remark.remedy, item.label)
    return plan


def _shape(table: Table, session: Session) -> Shape:
    return shape_of(table, folds=session.catalog.folds_columns)


def _of_model(
    checked: CheckedPlan,
    item: ModelTable,
    sides: tuple[Side, Side],
    tables: Pair,
    absences: Sequence[Absences],
    *,
    writes: bool,
) -> tuple[Description, tuple[SourceColumn, ...]] | None:
    """Describe the columns of a model, and where they are in the source.

    None where a column is missing that has to be there.
    """
    old, new = tables
    one_engine = sides[0].session.vendor == sides[1].session.vendor
    if derived := vectors(item, old, new, one_engine=one_engine):
        _say_derived(checked, item, derived)
    lacking = [
        name for name in item.fields if name not in derived and new.column(name) is None
    ]
    if lacking and not _can_migrate(item, absences[1]):
        _say_missing_columns(checked, item, sides[1].alias, lacking)
        return None
    places = find_columns(checked, item, sides[0], old, derived)
    if places is None:
        return None
    filled = Filling(checked, item, sides, new, writes=writes).fill(places.missing)
    if filled is None:
        return None
    columns = (*_read(item, places), *filled)
    seen = with_filled(as_seen(old, columns), filled, sides[0].session)
    # As if only the destination had the others: then they must not need a value.
    taken = {one.name for one in columns}
    kinds = {
        c: column_kind(item, c) or _custom_kind(item, c, sides, (seen, new))
        for c in item.fields
        if c in taken
    }
    found = kinds, real_key(item, (seen, new)), (seen, new)
    return found, columns if filled or not places.is_plain else ()


def _read(item: ModelTable, places: Places) -> Iterator[SourceColumn]:
    for name, old in places.found.items():
        yield SourceColumn(name, old, column_kind(item, name) or ColumnKind.OTHER)


def _can_migrate(item: ModelTable, absences: Absences) -> bool:
    """Whether ``migrate`` might add what is missing of a table."""
    options = item.model._meta
    return options.managed and absences.can_migrate(options.app_label)


def _say_derived(checked: CheckedPlan, item: Item, names: Sequence[str]) -> None:
    checked.warning(
        "W113",
        _("Search vectors of table '%(table)s' are not copied: %(columns)s.")
        % {"table": item.table, "columns": listed(names)},
        _(
            "Rebuild them afterwards, by the trigger or the UPDATE that fills them. "
            "What the database generates by itself is there already."
        ),
        item.label,
    )


def _say_missing_columns(
    checked: CheckedPlan, item: Item, alias: str, names: Sequence[str]
) -> None:
    facts = {"table": item.table, "columns": listed(names), "alias": alias}
    checked.error(
        "E115",
        _(
            "Table '%(table)s' of '%(alias)s' has no column %(columns)s, and migrate "
            "has nothing to apply there."
        )
        % facts,
        _("Add what is missing to '%(alias)s', or exclude the model.") % facts,
        item.label,
    )


def _custom_kind(
    item: ModelTable, column: str, sides: tuple[Side, Side], tables: Pair
) -> ColumnKind | None:
    """Return UUID where a custom field keeps one in types that differ, or None."""
    found = [
        (side.session.catalog, real.type)
        for side, table in zip(sides, tables, strict=True)
        if (real := table.column(column)) is not None
    ]
    natural = {catalog.kind(real) for catalog, real in found}
    if len(found) < len(sides) or len(natural) == 1:
        return None
    if not all(catalog.holds(ColumnKind.UUID, real) for catalog, real in found):
        return None
    aliases = [side.alias for side in sides]
    if is_uuid_everywhere(holder(item, column), aliases):
        return ColumnKind.UUID
    return None


def real_key(item: ModelTable, tables: Pair) -> tuple[str, ...]:
    """Return the model's key, or the wider one that a table really has.

    A partitioned table keeps unique only what its partitions are cut by as well.
    """
    wanted = set(item.key)
    if all(any(set(u) <= wanted for u in table.uniques if u) for table in tables):
        return item.key
    for table in tables:
        if wanted < set(table.key) <= set(item.fields):
            return table.key
    return item.key
