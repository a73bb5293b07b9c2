"""Conditions as people write them, understood by the model's own fields."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, Field, JSONField, Model
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.utils import timezone
from django.utils.translation import gettext as _

from .table_selection import ModelTable, tables

BETWEEN = "__"
EXACT = "exact"
SEVERAL = ("in", "range")
KEYS = ("has_keys", "has_any_keys")
TEXTS = {"contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"}
TEXTS |= {"regex", "iregex"}
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
SHOWN = 12

Given = Mapping[str, Sequence[Sequence[Any]]]
"""Pairs of a lookup and its value, by the label of a model."""


class WrongFilter(LookupError):
    """A condition that is none: a sentence, and what would help."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class Condition:
    """One condition: fields from the model on, what is done to the last, a value.

    ``rest`` are transforms and the lookup, such as ("year", "gte").
    """

    model: type[Model]
    fields: tuple[Any, ...]
    rest: tuple[str, ...]
    value: Any
    said: str


def conditions_in(pairs: Sequence[Sequence[str]]) -> dict[str, list[list[str]]]:
    """Return pairs of a label and ``lookup=value``, by the model's own label.

    Raises WrongFilter.
    """
    found: dict[str, list[list[str]]] = {}
    for label, text in pairs:
        item = model_of(label)
        lookup, equals, value = text.partition("=")
        if not (equals and lookup.strip()):
            raise WrongFilter(
                _("'%(text)s' is no condition of %(model)s.")
                % {"text": text, "model": item.label},
                _("Write field=value or field__lookup=value, such as id__gte=5."),
            )
        condition_of(item.model, lookup.strip(), value)
        found.setdefault(item.label, []).append([lookup.strip(), value])
    return found


def pairs_in(lines: Sequence[str]) -> list[list[str]]:
    """Return lines of a label, a space and a condition as pairs."""
    filled = filter(None, map(str.strip, lines))
    return [[part.strip() for part in line.partition(" ")[::2]] for line in filled]


def lines_of(given: Given) -> list[str]:
    """Return conditions as lines that ``pairs_in`` reads."""
    return [
        f"{label} {lookup}={value}"
        for label, conditions in given.items()
        for lookup, value in conditions
    ]


def newer_in(pairs: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return pairs of a model and a field of its own. Raises WrongFilter."""
    found = {}
    for label, name in pairs:
        item = model_of(label)
        found[item.label] = field_of(item.model, name.strip()).name
    return found


def of_settings(given: Mapping[str, Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    """Return what the settings say: lookups by label. Raises WrongFilter."""
    return {
        model_of(label).label: [[lookup, value] for lookup, value in lookups.items()]
        for label, lookups in given.items()
    }


def model_of(label: str) -> ModelTable:
    """Return the model of a label, in whatever letters. Raises WrongFilter."""
    known = {item.label.lower(): item for item in tables()}
    if label.lower() in known:
        return known[label.lower()]
    raise WrongFilter(
        _("'%(label)s' is no model of this project, so no condition can be of it.")
        % {"label": label},
        _nearest(label, [item.label for item in known.values()]),
    )


def condition_of(model: type[Model], lookup: str, value: Any) -> Condition:
    """Understand one condition. Raises WrongFilter with what is allowed."""
    fields, rest = _path(model, lookup)
    last = fields[-1]
    parse = _target(last) if getattr(last, "is_relation", False) else last
    *transforms, name = _whole(model, lookup, last, rest)
    for transform in transforms:
        parse = parse.get_transform(transform)(Col("t", parse)).output_field
    found = _value(model, lookup, parse, name, value)
    said = f"{lookup}={value if isinstance(value, str) else str(value)}"
    return Condition(model, fields, (*transforms, name), found, said)


def field_of(model: type[Model], name: str) -> Field[Any, Any]:
    """Return a field of the model's own table. Raises WrongFilter."""
    own = [one for one in model._meta.concrete_fields if one.column]
    for one in own:
        if name in (one.name, one.attname) or (name == "pk" and one.primary_key):
            return one
    raise _no_field(model, name, [one.name for one in own])


def _path(model: type[Model], lookup: str) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Divide a lookup into the fields that it leads along, and the rest."""
    fields: list[Any] = []
    parts, here = lookup.split(BETWEEN), model
    while parts:
        try:
            options = here._meta
            field = options.pk if parts[0] == "pk" else options.get_field(parts[0])
        except FieldDoesNotExist:
            if not fields:
                raise _no_field(here, parts[0], _names(here)) from None
            break
        if field is None or not (hasattr(field, "column") or field.is_relation):
            raise _no_field(here, parts[0], _names(here))
        fields.append(field)
        parts.pop(0)
        if not field.is_relation or field.related_model is None:
            break
        here = field.related_model
    if not hasattr(fields[-1], "get_lookup") and fields[-1].related_model is None:
        raise _no_field(model, lookup, _names(model))
    return tuple(fields), tuple(parts)


def _whole(
    model: type[Model], lookup: str, last: Any, rest: tuple[str, ...]
) -> tuple[str, ...]:
    """Return transforms and a lookup that the last field has."""
    if not hasattr(last, "get_lookup"):
        # From the other side of a relation.
        last = last.field
    rest = rest or (EXACT,)
    here: Any = last
    for place, name in enumerate(rest):
        if place == len(rest) - 1 and here.get_lookup(name):
            return rest
        transform = here.get_transform(name)
        if transform is None:
            raise _no_lookup(model, lookup, name, here)
        here = transform(Col("t", last)).output_field
    return (*rest, EXACT)


def _target(field: Any) -> Any:
    """Return the field whose values a relation compares."""
    if hasattr(field, "target_field"):
        return field.target_field
    return field.related_model._meta.pk


def _value(model: type[Model], lookup: str, field: Any, name: str, value: Any) -> Any:
    """Return a value as Python has it, read by the field itself."""
    try:
        if name == "isnull":
            return _truth(value)
        if name in SEVERAL:
            listed = next(csv.reader([value])) if isinstance(value, str) else value
            found = [_one(field, one) for one in listed]
            if name == "range" and len(found) != len(("from", "to")):
                raise ValueError
            return found
        if name in KEYS:
            return next(csv.reader([value])) if isinstance(value, str) else value
        # Of JSON it is a part of what is held, and no text in it.
        is_part = name == "contains" and isinstance(field, JSONField)
        if name == "has_key" or (name in TEXTS and not is_part):
            return str(value)
        return _one(field, value)
    except (ValidationError, ValueError, TypeError, StopIteration):
        raise WrongFilter(
            _("'%(lookup)s' of %(model)s does not take the value that is given.")
            % {"lookup": lookup, "model": model._meta.label},
            _allowed(field, name),
        ) from None


def _truth(value: Any) -> bool:
    word = str(value).lower()
    if word not in (*TRUE, *FALSE):
        raise ValueError
    return word in TRUE


def _one(field: Any, value: Any) -> Any:
    if value is None:
        raise ValueError
    if isinstance(field, BooleanField):
        return _truth(value)
    if isinstance(field, JSONField) and isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value)
    found = field.to_python(value)
    if found is None:
        raise ValueError
    is_naive = isinstance(found, datetime) and timezone.is_naive(found)
    if is_naive and settings.USE_TZ:
        found = timezone.make_aware(found)
    return found


def _allowed(field: Any, name: str) -> str:
    if name == "isnull":
        return _("Write true or false.")
    kind = getattr(field, "description", "") or type(field).__name__
    facts = {"kind": str(kind) % vars(field), "lookup": name}
    if name in SEVERAL:
        return (
            _("Write values with commas between them, two for range; each: %(kind)s.")
            % facts
        )
    return (
        _(
            "Write one value: %(kind)s. Dates are written 2024-12-31; for what is not "
            "set, use __isnull=true."
        )
        % facts
    )


def _names(model: type[Model]) -> list[str]:
    return [one.name for one in model._meta.get_fields()]


def _no_field(model: type[Model], name: str, names: Sequence[str]) -> WrongFilter:
    return WrongFilter(
        _("%(model)s has no field '%(name)s'.")
        % {"model": model._meta.label, "name": name},
        _nearest(name, names),
    )


def _no_lookup(model: type[Model], lookup: str, name: str, here: Any) -> WrongFilter:
    known = sorted(
        key for key, one in here.get_lookups().items() if issubclass(one, Lookup)
    )
    if getattr(here, "related_model", None):
        known = [*_names(here.related_model), *known]
    return WrongFilter(
        _("'%(lookup)s' of %(model)s: there is no lookup '%(name)s' there.")
        % {"lookup": lookup, "model": model._meta.label, "name": name},
        _nearest(name, known),
    )


def _nearest(name: str, names: Sequence[str]) -> str:
    if close := get_close_matches(name, names, 1):
        return _("Did you mean '%(name)s'?") % {"name": close[0]}
    shown = ", ".join(names[:SHOWN])
    more = _(" and others") if len(names) > SHOWN else ""
    return _("There are: %(names)s.") % {"names": f"{shown}{more}"}
