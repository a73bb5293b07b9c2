"""Which rows get new keys in the destination, and which columns follow.

New keys get the rows of models whose integer keys the destination numbers. What is a
row of such a model as well, by inheritance or a one-to-one key, follows; so do foreign
keys, pairs and generic relations of all tables that are merged, whatever their mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils.translation import gettext as _

from ..transfer.columns import ColumnKind
from ..transfer.key_maps import PREFIX, KeyMap, map_name
from ..transfer.new_keys import last_taken, numbered_anew, numbering, remedy_of
from ..transfer.plan import NEW_KEYS, PlanColumn, TablePlan
from .checked_plan import CheckedPlan, PlannedTable, listed
from .natural_keys import CONTENT_TYPE, NATURAL, Renumbering, installed
from .number_checks import generic_columns
from .sides import Side
from .table_selection import ModelTable, tables

# What a number of an object may be kept in.
OBJECT_KINDS = {ColumnKind.INTEGER, ColumnKind.TEXT}


def keep_keys(
    checked: CheckedPlan,
    destination: Side,
    renewed: Sequence[PlannedTable],
    modes: Mapping[str, str],
) -> set[str]:
    """Return the labels of those tables whose rows keep their keys after all.

    It is an error of one that is named itself, and told of the others.
    """
    kept = []
    for planned in renewed:
        reason = _why_kept(planned, destination)
        if not reason or planned.label in NATURAL:
            continue
        if planned.label in modes or not isinstance(planned.item, ModelTable):
            checked.error(
                "E266",
                _("Rows of table '%(table)s' cannot get new keys: %(reason)s")
                % {"table": planned.table, "reason": reason},
                _("Merge it by key: --mode %(label)s=merge.")
                % {"label": planned.label},
                planned.label,
            )
        else:
            kept.append(planned)
    if kept:
        checked.note(
            "I266",
            _(
                "These tables are merged by the keys that they have, which the "
                "destination does not number: %(tables)s."
            )
            % {"tables": listed(one.table for one in kept)},
        )
    return {one.label for one in kept}


def _why_kept(planned: PlannedTable, destination: Side) -> str:
    """Say why rows get no new keys, "" where they do, or follow others that do."""
    item, plan = planned.item, planned.plan
    if not isinstance(item, ModelTable):
        return _("no model says what refers to them.")
    if not item.model._meta.managed:
        return _("their model is not managed, so that other tables may refer to them.")
    if item.model._meta.auto_created:
        return ""
    if len(plan.key) != 1:
        return _("their key is not one column.")
    if plan.key_columns[0].kind is not ColumnKind.INTEGER:
        return _("their key is no whole number, and means the same in any database.")
    if _root(item.fields[plan.key[0]]) is not item.fields[plan.key[0]]:
        return ""
    if plan.transform is not None:
        return _("they go through a function.")
    found = numbering(destination.session, plan)
    if found is None:
        return _("nothing numbers them in the destination.")
    if found.descends or (found.name and not destination.session.schema.draws):
        return _("they are numbered by a sequence of a kind that is not drawn from.")
    return ""


def _root(field: Field[Any, Any]) -> Field[Any, Any]:
    """Return the field whose values a field holds, at the end of all references."""
    while field.is_relation and hasattr(field, "target_field"):
        field = field.target_field
    return field


def give_new_keys(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
    """Write into the plans what numbers the rows, and which columns follow.

    Also what earlier runs have merged under new keys and this one leaves alone: under
    their old numbers those would be other rows.
    """
    maps = {
        one.item.model._meta.label: map_name(checked.source_identity, one.table)
        for one in checked.tables
        if isinstance(one.item, ModelTable) and _is_numbered(one)
    }
    maps = {**_earlier(checked, sides[1], maps), **maps}
    if not maps:
        return
    types = _types(checked, sides, maps)
    checked.tables = [_rekeyed(one, maps, types) for one in checked.tables]
    for planned in checked.tables:
        if planned.plan.is_rekeyed:
            _check(checked, planned)
        if planned.plan.key_map:
            _check_map(checked, sides[1], planned)


def _earlier(
    checked: CheckedPlan, destination: Side, maps: Mapping[str, str]
) -> dict[str, str]:
    """Return the maps of other models that the destination has from this source."""
    if not any(name.startswith(PREFIX) for name in destination.relations):
        return {}
    found = {}
    for item in tables():
        table = None if item.label in maps else destination.name(item)
        name = map_name(checked.source_identity, table) if table else ""
        if name not in destination.relations:
            continue
        found[item.label] = name
        if item.label in checked.labels:
            checked.error(
                "E269",
                _(
                    "Rows of this source are in table '%(table)s' under new keys, "
                    "which '%(map)s' keeps."
                )
                % {"table": table, "map": name},
                _(
                    "Merge them so again: --mode %(label)s=new-keys. Or, where they "
                    "are to be there under their own keys, drop '%(map)s'."
                )
                % {"label": item.label, "map": name},
                item.label,
            )
    return found


def _is_numbered(planned: PlannedTable) -> bool:
    item, plan = planned.item, planned.plan
    if plan.mode != NEW_KEYS or not isinstance(item, ModelTable):
        return False
    if item.label in NATURAL or item.model._meta.auto_created or len(plan.key) != 1:
        return False
    field = item.fields.get(plan.key[0])
    return field is not None and _root(field) is field


def _types(
    checked: CheckedPlan, sides: tuple[Side, Side], maps: Mapping[str, str]
) -> list[tuple[int, str]]:
    """Return the content types whose objects get new keys, and the maps of these."""
    if CONTENT_TYPE not in installed():
        return []
    source, destination = (side.session for side in sides)
    both = Renumbering(source, destination, sides[0].renames).names(CONTENT_TYPE)
    # Where they are copied the destination comes to have the source's numbers.
    names = both[0 if CONTENT_TYPE in checked.labels else 1]
    numbers = {name: number for number, name in names.items()}
    return [
        (numbers[model._meta.label_lower], maps[label])
        for model in apps.get_models()
        if model._meta.label_lower in numbers
        and (label := _root(model._meta.pk).model._meta.label) in maps
    ]


def _rekeyed(
    planned: PlannedTable, maps: Mapping[str, str], types: Sequence[tuple[int, str]]
) -> PlannedTable:
    item, plan = planned.item, planned.plan
    if not isinstance(item, ModelTable):
        return planned
    generic = {
        objects: tuple(KeyMap(name, kind, number) for number, name in types)
        for kind, objects in generic_columns(item)
    }
    columns = tuple(
        replace(
            column,
            key_maps=tuple(_references(item, column, maps))
            or (generic.get(column.name, ()) if column.kind in OBJECT_KINDS else ()),
        )
        for column in plan.columns
    )
    own = maps.get(item.model._meta.label, "")
    return replace(planned, plan=replace(plan, columns=columns, key_map=own))


def _references(
    item: ModelTable, column: PlanColumn, maps: Mapping[str, str]
) -> Iterator[KeyMap]:
    field = item.fields.get(column.name)
    if field is None:
        return
    root = _root(field)
    name = maps.get(root.model._meta.label)
    if name and root.primary_key:
        yield KeyMap(name)


# --- what is in the way ----------------------------------------------------------


def _check(checked: CheckedPlan, planned: PlannedTable) -> None:
    plan = planned.plan
    if not plan.mode:
        checked.error(
            "E267",
            _(
                "Table '%(table)s' is not merged, and refers by %(columns)s to rows "
                "that get new keys."
            )
            % {"table": plan.table, "columns": listed(_followers(plan))},
            _("Merge it too: --mode %(label)s=merge.") % {"label": planned.label},
            planned.label,
        )
    if plan.transform is not None or any(c.generated for c in plan.key_columns):
        checked.error(
            "E266",
            _("Rows of table '%(table)s' refer to new keys, and go through a function.")
            % {"table": plan.table},
            _("Leave the function out, or merge all tables by key."),
            planned.label,
        )


def _followers(plan: TablePlan) -> Iterable[str]:
    return [column.name for column in plan.columns if column.key_maps]


def _check_map(checked: CheckedPlan, destination: Side, planned: PlannedTable) -> None:
    """Refuse numbers that are given again, and name maps of other sources."""
    plan = planned.plan
    sequence = numbering(destination.session, plan)
    taken = last_taken(destination.session, plan)
    if sequence and sequence.last is not None and sequence.last < taken:
        checked.error("E268", numbered_anew(plan), remedy_of(plan), planned.label)
    digest = len(map_name("", ""))
    others = [
        name
        for name in destination.relations
        if name.startswith(PREFIX)
        and name != plan.key_map
        and name[digest:] == plan.key_map[digest:]
    ]
    if others and not taken:
        checked.warning(
            "W269",
            _(
                "Rows of another source have got new keys in table '%(table)s': "
                "%(others)s. If that was this very source (%(source)s), before it was "
                "restored or moved, all of its rows are inserted once more."
            )
            % {
                "table": plan.table,
                "others": listed(others),
                "source": checked.source_identity,
            },
            _("If it was, rename that table to '%(map)s' first.")
            % {"map": plan.key_map},
            planned.label,
        )
