"""How rows get into tables of the destination that hold some already.

Said of models by their labels, of an app by its own, and of all others by "*".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from ..transfer.columns import ColumnKind, Table
from ..transfer.plan import MERGE, MODES, NEW_KEYS, PlanColumn, TablePlan
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable, listed
from .natural_keys import NATURAL
from .new_keys import give_new_keys, keep_keys
from .sides import Side
from .table_selection import ALL, Item, ModelTable, is_named, tables

REPLACE = "replace"
"""The rows of the destination are deleted first, once somebody has confirmed it."""

NAMES = (*MODES, REPLACE)

# Values that may be equal without being the same, or have no equality.
NO_KEYS = {ColumnKind.FLOAT, ColumnKind.JSON, ColumnKind.OTHER}


class WrongMode(ValueError):
    """What was asked for is no mode; its text says what is."""


def modes_in(lines: Iterable[str]) -> dict[str, str]:
    """Return the modes of lines like "merge" or "app.Model=missing", by label.

    Raises WrongMode.
    """
    found = {}
    for line in filter(None, map(str.strip, lines)):
        label, sign, mode = line.rpartition("=")
        found[label.strip() if sign else ALL] = require_mode(mode.strip())
    return found


def require_mode(mode: str) -> str:
    """Return a mode, or raise WrongMode."""
    if mode not in NAMES:
        raise WrongMode(
            _("'%(mode)s' is none of: %(modes)s.")
            % {"mode": mode, "modes": ", ".join(NAMES)}
        )
    return mode


def modes_asked(
    usual: Mapping[str, str], given: Mapping[str, str], *, empties: bool
) -> dict[str, str]:
    """Return the modes of a run: those given for it, and of the rest the usual ones.

    Where it ``empties`` what is usual of all tables counts for nothing.
    """
    kept = {one: mode for one, mode in usual.items() if not (empties and one == ALL)}
    return {**kept, **given}


def described_modes(modes: Mapping[str, str], *, empties: bool) -> dict[str, Any]:
    """Return the fields of a run that say what becomes of rows that are there.

    ``empties`` says that all are deleted of which no mode is said.
    """
    found = dict(modes)
    if found and empties:
        found.setdefault(ALL, REPLACE)
    return {"modes": found, "empty_first": empties or REPLACE in found.values()}


def mode_of(item: Item, modes: Mapping[str, str]) -> str:
    """Return what was said of a table, "" where nothing was.

    What names the model itself counts more than what names its app, or all.
    """
    labels = [label for label in modes if is_named(item, label)]
    labels.sort(key=lambda label: (label != ALL, "." in label or ":" in label))
    return modes[labels[-1]] if labels else ""


def numbered_apart(modes: Mapping[str, str], labels: Sequence[str]) -> list[str]:
    """Return the labels that a merge leaves out unless they are named themselves.

    Content types, permissions and sites have other numbers in every database; what
    refers to them is renumbered where they are not copied. What no app that is
    installed has is no label.
    """
    if modes.get(ALL) not in MODES and not any(m in MODES for m in modes.values()):
        return []
    known = {item.label for item in tables()}
    named = {*labels, *modes}
    return [one for one in NATURAL if one in known and one not in named]


def apply_modes(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    modes: Mapping[str, str],
    *,
    writes: bool,
) -> None:
    """Write into the plans how rows get into their tables; refuse what cannot.

    A comparison, which ``writes`` nothing, has no modes and knows of no other keys.
    """
    _check_labels(checked, modes)
    wanted = {one.label: mode_of(one.item, modes) for one in checked.tables}
    renewed = [one for one in checked.tables if wanted[one.label] == NEW_KEYS]
    kept = keep_keys(checked, sides[1], renewed, modes)
    tables = []
    for planned in checked.tables:
        mode = MERGE if planned.label in kept else wanted[planned.label]
        if mode in MODES:
            tables.append(_merged(checked, sides, planned, mode))
        else:
            tables.append(planned)
    checked.tables = tables
    if writes:
        give_new_keys(checked, sides)


def _check_labels(checked: CheckedPlan, modes: Mapping[str, str]) -> None:
    for label in modes:
        if label != ALL and not any(is_named(p.item, label) for p in checked.tables):
            checked.error(
                "E264",
                _("'%(label)s', of which a mode is said, is no table of this run.")
                % {"label": label},
                _("Choose it, or say the mode of another one: app or app.Model."),
            )


def _merged(
    checked: CheckedPlan, sides: tuple[Side, Side], planned: PlannedTable, mode: str
) -> PlannedTable:
    """Return the table as one that rows are merged into."""
    item, plan = planned.item, planned.plan
    if item.label in NATURAL:
        checked.error(
            "E263",
            _(
                "'%(label)s' cannot be merged by key: every database numbers its rows "
                "by itself, so that one number is two different rows."
            )
            % {"label": item.label},
            _("Exclude it: what refers to it gets the numbers of the destination."),
            item.label,
            [Choice(ChoiceKind.EXCLUDE, item.label)],
        )
    plan = replace(by_pairs(item, plan), mode=mode)
    if reason := _no_key(plan, sides):
        checked.error(
            "E261",
            _("Table '%(table)s' cannot be merged by key: %(reason)s")
            % {"table": plan.table, "reason": reason},
            _("Exclude it, or have it replaced: --mode %(label)s=replace.")
            % {"label": item.label},
            item.label,
        )
    # Where no row vanishes, nobody has to be replaced in one transaction.
    held: Any = replace(item, replaced_last=False)  # type: ignore[type-var]
    return replace(planned, item=held, plan=plan)


def by_pairs(item: Item, plan: TablePlan) -> TablePlan:
    """Return the plan of a many-to-many table by the pairs that it holds.

    Their own numbers mean nothing: the destination gives them.
    """
    if not isinstance(item, ModelTable) or not item.model._meta.auto_created:
        return plan
    fields = item.model._meta.local_concrete_fields
    own = {field.column for field in fields if field.primary_key}
    pair = tuple(f.column for f in fields if f.column and not f.primary_key)
    return replace(
        plan,
        key=pair,
        columns=tuple(c for c in plan.columns if c.name not in own),
        source_columns=tuple(c for c in plan.source_columns if c.name not in own),
        is_divisible=True,
    )


def _no_key(plan: TablePlan, sides: tuple[Side, Side]) -> str:
    """Say why no row is found by its key in the destination, or ""."""
    if not plan.key:
        return _("it has none.")
    columns = plan.key_columns
    names = listed(plan.key)
    if any(map(_is_no_key, columns)):
        return _("its key, %(names)s, is not compared exactly.") % {"names": names}
    for side, name in zip(sides, plan.tables, strict=True):
        table = side.named(name)
        key = tuple(map(plan.in_source, plan.key)) if side is sides[0] else plan.key
        if table is None or not _is_unique(table, key):
            return _("nothing keeps %(names)s unique and not NULL in '%(alias)s'.") % {
                "names": names,
                "alias": side.alias,
            }
    return ""


def _is_no_key(column: PlanColumn) -> bool:
    return column.kind in NO_KEYS or column.generated


def _is_unique(table: Table, key: Sequence[str]) -> bool:
    wanted = {name.lower() for name in key}
    found = [real for real in table.columns if real.name.lower() in wanted]
    return len(found) == len(wanted) and (
        not any(column.nullable for column in found)
        and any({n.lower() for n in unique} <= wanted for unique in table.uniques)
    )
