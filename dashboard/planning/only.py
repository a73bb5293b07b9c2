"""Which rows were asked for, and the models that take part for their sake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils.translation import gettext as _

from ..conf import option
from ..models import MigrationRun
from ..transfer.filters import Growing
from .checked_plan import CheckedPlan
from .filtered_rows import FilteredRows, bring_parents
from .growing import growing, newer
from .lookups import (
    Condition,
    Given,
    WrongFilter,
    condition_of,
    field_of,
    model_of,
    of_settings,
)
from .table_selection import Item, ModelTable


@dataclass(frozen=True)
class Only:
    """What was asked for: conditions, fields that grow, and the rows referred to.

    ``newer`` is a field by the label of its model: only rows above its highest value
    in the last run that was verified.
    """

    conditions: Given = field(default_factory=dict)
    newer: Mapping[str, str] = field(default_factory=dict)
    with_parents: bool = False

    @classmethod
    def of(cls, run: MigrationRun) -> Only:
        """Return what a run was described with."""
        return cls(run.filters, run.newer, run.with_parents)


@dataclass
class OnlyRows:
    """What takes part: the rows of each model, and what of it grows."""

    rows: FilteredRows
    chosen: list[Item]
    growing: dict[type[Model], Growing]
    is_good: bool = True


def only_rows(
    checked: CheckedPlan, only: Only, chosen: Sequence[Item], pair: tuple[str, str]
) -> OnlyRows:
    """Understand what was asked for; ``pair`` are the identities of the databases.

    What it is not understood for is an error, and no table is planned by it then.
    """
    found = OnlyRows(FilteredRows({}), list(chosen), {})
    models = {item.model: item for item in chosen if isinstance(item, ModelTable)}
    conditions: dict[type[Model], list[Condition]] = {}
    try:
        for label, asked in _asked(only, models).items():
            model = _chosen_model(label, models)
            conditions[model] = [condition_of(model, *one) for one in asked]
        for label, name in only.newer.items():
            model = _chosen_model(label, models)
            others = conditions.setdefault(model, [])
            found.growing[model] = growing(model, field_of(model, name), pair, others)
            others.extend(newer(model, found.growing[model]))
    except WrongFilter as error:
        checked.error("E250", error.message, error.remedy)
        found.is_good = False
        return found
    found.rows = FilteredRows(conditions)
    if only.with_parents:
        unowned = [item for item in chosen if not isinstance(item, ModelTable)]
        found.chosen = [*bring_parents(found.rows, list(models.values())), *unowned]
    return found


def _asked(only: Only, models: Mapping[type[Model], ModelTable]) -> Given:
    """Return the settings' conditions, where chosen, and over them those given."""
    labels = {item.label for item in models.values()}
    usual = {
        label: asked
        for label, asked in of_settings(option("FILTERS")).items()
        if label in labels
    }
    return {**usual, **only.conditions}


def _chosen_model(label: str, models: Mapping[type[Model], ModelTable]) -> type[Model]:
    item = model_of(label)
    if item.model not in models:
        raise WrongFilter(
            _("A condition is of %(model)s, which takes no part.")
            % {"model": item.label},
            _("Choose %(model)s as well, or leave the condition out.")
            % {"model": item.label},
        )
    return item.model
