"""Accounts for everything in both databases that takes no part in a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from django.utils.translation import gettext as _

from ..models import LeftOut
from ..transfer.backends.catalog import Size
from ..transfer.relations import Relation, RelationKind
from .checked_plan import CheckedPlan, LeftOutTable, listed
from .own_tables import why_kept
from .sides import Side
from .table_selection import (
    OWN,
    Item,
    ModelTable,
    all_models,
    belongs_to_its_database,
    models_with_tables,
    option_for,
    owner_of,
    select,
)

Reason = LeftOut.Reason
Names = tuple[str | None, str | None]


def account(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    labels: Sequence[str],
    excluded: Sequence[str],
) -> None:
    """Write down every model and every table that the plan does not hold.

    Warns of rows of the source in tables that no model owns: nobody sees them
    in a list of models.
    """
    known = {entry.model for entry in checked.left_out} | checked.labels
    # What a finding keeps from being planned is named by it.
    known |= {found.model for found in checked.found if found.model}
    found = rest(sides, labels, excluded, known)
    order = list(Reason.values)
    checked.left_out.extend(found)
    checked.left_out.sort(key=lambda entry: order.index(entry.reason))
    _warn(checked, found)


def rest(
    sides: tuple[Side, Side],
    labels: Sequence[str],
    excluded: Sequence[str],
    known: AbstractSet[str],
) -> list[LeftOutTable]:
    """Return what takes no part besides the models that are ``known``."""
    for side in sides:
        side.look_for(models_with_tables())
    return [
        *_models(sides, labels, excluded, known),
        _console(sides),
        *_relations(sides, _taken(sides, select(labels, excluded))),
        *_schemas(sides),
    ]


# --- models -----------------------------------------------------------------------


def _models(
    sides: tuple[Side, Side],
    labels: Sequence[str],
    excluded: Sequence[str],
    known: AbstractSet[str],
) -> Iterator[LeftOutTable]:
    chosen = {item.label for item in select(labels)}
    dropped = {item.label for item in select(excluded)} if excluded else set()
    for model in all_models(swapped=True):
        options = model._meta
        if options.proxy or options.label in known:
            continue
        if options.swapped:
            why = _("%(model)s takes its place.") % {"model": options.swapped}
            yield LeftOutTable(options.label, "", Reason.SWAPPED.value, why)
            continue
        if options.app_label == OWN:
            continue
        item = ModelTable(options.label, model, owner_of(model), False)
        reason, why = _why_not(item, chosen, dropped)
        yield _entry(sides, item.label, item.table, reason, why, _names(sides, item))


def _console(sides: tuple[Side, Side]) -> LeftOutTable:
    """Return the console's own tables as one entry, which names them all."""
    models = [model for model in all_models() if model._meta.app_label == OWN]
    items = [ModelTable(m._meta.label, m, owner_of(m), False) for m in models]
    sizes = []
    for side in sides:
        found = [side.size(name) for item in items if (name := side.name(item))]
        known = [size for size in found if size]
        rows = sum(size.rows for size in known)
        exact = all(size.exact for size in known)
        sizes.append(Size(rows, exact) if known else None)
    why = _("Migration Console's own records: %(models)s.") % {
        "models": ", ".join(model.__name__ for model in models)
    }
    names = (None, None)
    return LeftOutTable(OWN, "", Reason.OWN.value, why, names, (sizes[0], sizes[1]))


def _why_not(
    item: ModelTable, chosen: set[str], dropped: set[str]
) -> tuple[LeftOut.Reason, str]:
    if belongs_to_its_database(item.model):
        return Reason.OWN, _("Sessions: who is signed in to this very site.")
    if item.label in dropped:
        return Reason.EXCLUDED, ""
    if item.label not in chosen:
        return Reason.NOT_CHOSEN, ""
    # Chosen, and not in the plan: another model with the same table is.
    why = _("The table of another model, which takes part.")
    return Reason.ABSENT, why


def _names(sides: tuple[Side, Side], item: ModelTable) -> Names:
    return sides[0].name(item), sides[1].name(item)


def _entry(
    sides: tuple[Side, Side],
    model: str,
    table: str,
    reason: LeftOut.Reason,
    why: str,
    names: Names,
) -> LeftOutTable:
    old, new = (
        side.size(name) if name else None
        for side, name in zip(sides, names, strict=True)
    )
    return LeftOutTable(model, table, reason.value, why, names, (old, new))


# --- tables -----------------------------------------------------------------------


def _taken(
    sides: tuple[Side, Side], chosen: Sequence[Item]
) -> tuple[set[str], set[str]]:
    """Return what either database calls the tables of models and chosen ones."""
    models = models_with_tables()
    old, new = (
        {side.name(item) or "" for item in (*models, *chosen)} for side in sides
    )
    return old, new


def _relations(
    sides: tuple[Side, Side], taken: tuple[set[str], set[str]]
) -> Iterator[LeftOutTable]:
    """Yield what either database has besides, the source's first."""
    pairs: dict[str, list[Relation | None]] = {}
    for number, (side, names) in enumerate(zip(sides, taken, strict=True)):
        for name, relation in side.relations.items():
            if name not in names:
                pairs.setdefault(name, [None, None])[number] = relation
    for name, pair in pairs.items():
        reason, why = _kind_of(name, [one for one in pair if one])
        found = tuple(one.name if one else None for one in pair)
        yield _entry(sides, "", name, reason, why, (found[0], found[1]))


def _kind_of(name: str, pair: list[Relation]) -> tuple[LeftOut.Reason, str]:
    if why := why_kept(name):
        return Reason.OWN, why
    extension = next((one.extension for one in pair if one.extension), "")
    if extension:
        return Reason.EXTENSION, _("Of the extension %(name)s.") % {"name": extension}
    other = next((one for one in pair if one.kind is not RelationKind.TABLE), None)
    if other:
        return Reason.VIEW, _kinds()[other.kind]
    return Reason.UNOWNED, _("Choose it with %(option)s.") % {
        "option": option_for(name)
    }


def _kinds() -> dict[RelationKind, str]:
    return {
        RelationKind.VIEW: _("A view: its rows are those of other tables."),
        RelationKind.MATERIALIZED_VIEW: _(
            "A materialized view: refresh it in the destination afterwards."
        ),
        RelationKind.FOREIGN_TABLE: _("A foreign table: its rows are elsewhere."),
        RelationKind.VIRTUAL_TABLE: _(
            "A virtual table, which a module of SQLite fills."
        ),
        RelationKind.SHADOW_TABLE: _("Of a virtual table, which fills it."),
    }


def _schemas(sides: tuple[Side, Side]) -> Iterator[LeftOutTable]:
    for side in sides:
        for schema, number in side.session.catalog.elsewhere().items():
            why = _(
                "%(number)d tables in '%(alias)s', to which its search path does not "
                "lead."
            )
            yield LeftOutTable(
                "",
                f"{schema}.*",
                Reason.SCHEMA.value,
                why % {"number": number, "alias": side.alias},
            )


def _warn(checked: CheckedPlan, unowned: list[LeftOutTable]) -> None:
    holding = [
        entry.table
        for entry in unowned
        if entry.reason == Reason.UNOWNED and entry.sizes[0] and entry.sizes[0].rows
    ]
    if holding:
        checked.warning(
            "W116",
            _(
                "No model owns these tables of the source, and they take no part: "
                "%(tables)s."
            )
            % {"tables": listed(holding)},
            _(
                "If their rows are needed, choose them too: under “Tables that no "
                "model owns”, or with %(option)s"
            )
            % {"option": " ".join(map(option_for, holding[:3]))},
        )
