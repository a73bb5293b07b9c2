"""What tables and columns of the models are called in a source of another schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.translation import gettext as _

from ..conf import option
from .checked_plan import CheckedPlan
from .table_selection import ModelTable, tables


@dataclass(frozen=True)
class Renames:
    """Names in the source: of tables by label, and of columns by label and column."""

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class UnknownName(LookupError):
    """What is renamed is nothing of this project: a sentence, and what would help."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def renamed_in(lines: Iterable[str]) -> dict[str, str]:
    """Return lines of ``label=name`` as a map. Raises ValueError with a wrong line."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, lines)):
        label, _equals, name = (part.strip() for part in line.partition("="))
        if not (label and name):
            raise ValueError(line)
        found[label] = name
    return found


def names_of(source: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return what the settings say of a source's alias, and over it what is given."""
    return {**option("RENAMED").get(source, {}), **given}


def read(renamed: Mapping[str, str]) -> Renames:
    """Understand "app.Model" and "app.Model.field", with their names in the source.

    Raises UnknownName.
    """
    known = {item.label.lower(): item for item in tables()}
    found: dict[str, str] = {}
    columns: dict[str, dict[str, str]] = {}
    for label, name in renamed.items():
        item = known.get(label.lower())
        if item is not None:
            found[item.label] = name
            continue
        model, _dot, of = label.rpartition(".")
        item = known.get(model.lower())
        if item is None:
            raise _unknown(label, known.values())
        columns.setdefault(item.label, {})[_column(item, label, of)] = name
    return Renames(found, columns)


def renames_of(
    checked: CheckedPlan, source: str, given: Mapping[str, str]
) -> Renames | None:
    """Return what a source calls tables and columns; None after an error."""
    try:
        return read(names_of(source, given))
    except UnknownName as error:
        checked.error("E163", error.message, error.remedy)
        return None


def tables_of(source: str) -> Mapping[str, str]:
    """Return what the settings say that a source calls tables, as far as it is known.

    For whoever only looks: the checks say what is wrong with the others.
    """
    labels = {item.label.lower(): item.label for item in tables()}
    found = names_of(source, {}).items()
    return {
        labels[label.lower()]: name for label, name in found if label.lower() in labels
    }


def _column(item: ModelTable, label: str, name: str) -> str:
    fields = item.fields
    for column, found in fields.items():
        if name in (found.name, column):
            return column
    names = [found.name for found in fields.values()]
    raise UnknownName(
        _("'%(label)s' is renamed: %(model)s has no field '%(field)s'.")
        % {"label": label, "model": item.label, "field": name},
        _("Use one of its fields: %(names)s.") % {"names": nearest(name, names)},
    )


def _unknown(label: str, items: Iterable[ModelTable]) -> UnknownName:
    labels = [item.label for item in items]
    wanted = label if label.count(".") < 2 else label.rpartition(".")[0]
    return UnknownName(
        _("'%(label)s' is renamed and is neither a model nor a field of one.")
        % {"label": label},
        _("Write app.Model or app.Model.field, for instance: %(names)s.")
        % {"names": nearest(wanted, labels)},
    )


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the names that are most like one, or some of them."""
    known = sorted(names)
    return ", ".join(get_close_matches(name, known, 3, 0.5) or known[:5])
