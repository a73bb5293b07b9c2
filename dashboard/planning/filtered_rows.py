"""The rows that filters select, as querysets, and their conditions in SQL.

Django's own compiler of the alias makes the SQL. Along a foreign key a condition
becomes one of the other table's rows, so that the rows of a table are always found by
its own columns; across any other relation they are found by their primary key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import ForeignKey, Model, Q, QuerySet

from ..transfer.filters import FILTERED, Where
from .filter_values import check_clock, kept
from .lookups import BETWEEN, Condition
from .natural_keys import NATURAL
from .table_selection import ModelTable, tables

Rows = QuerySet[Any]
Way = tuple[type[Model], ...]


@dataclass
class FilteredRows:
    """The conditions of models, and which of them are there for others' sake."""

    conditions: Mapping[type[Model], Sequence[Condition]]
    # Of a model the foreign keys whose rows bring those that they refer to.
    brought_by: dict[type[Model], list[Any]] = field(default_factory=dict)
    # Models of which nothing but what is referred to takes part.
    only_brought: set[type[Model]] = field(default_factory=set)

    def rows(self, model: type[Model], alias: str, way: Way = ()) -> Rows | None:
        """Return the rows of a model that take part; None for all of them.

        ``way`` are the models for whose sake they are asked for.
        """
        if model in way:
            # A circle of references: what it would bring the checks find missing.
            return None
        own = self._own(model, alias, (*way, model))
        brought = self._brought(model, alias, (*way, model))
        every = every_row(model, alias)
        if model in self.only_brought:
            return every.none() if brought is None else every.filter(brought)
        if own is None:
            return None
        return every.filter(own if brought is None else own | brought)

    def concerned(self, model: type[Model], way: Way = ()) -> set[type[Model]]:
        """Return the other models whose rows the rows of a model are found by."""
        if model in way:
            return set()
        found: set[type[Model]] = set()
        for condition in self.conditions.get(model, ()):
            found |= {one.model for one in condition.fields[1:]}
            found |= {one.related_model for one in condition.fields[:-1]}
            found |= {one.model for one in condition.fields if one.model is not model}
        near = [key.related_model for key in self._owners(model)]
        near += [key.model for key in self.brought_by.get(model, ())]
        for other in near:
            found |= {other, *self.concerned(other, (*way, model))}
        return found - {model}

    def where(self, model: type[Model], alias: str) -> Where | None:
        """Return the condition in the SQL of an alias; None for all rows.

        Raises Unkept for a value of a type that no plan keeps, WrongFilter for what
        the alias cannot be asked.
        """
        rows = self.rows(model, alias)
        if rows is None:
            return None
        if sum(map(bool, rows.query.alias_refcount.values())) > 1:
            every = every_row(model, alias)
            rows = every.filter(pk__in=rows.values("pk"))
        query = rows.query.clone()
        query.change_aliases({model._meta.db_table: FILTERED})
        compiler = query.get_compiler(using=alias)
        try:
            sql, values = compiler.compile(query.where)
        except EmptyResultSet:
            return Where("1 = 0")
        except FullResultSet:
            return Where("1 = 1")
        return Where(sql, tuple(kept(value, alias) for value in values))

    def _own(self, model: type[Model], alias: str, way: Way) -> Q | None:
        """Return what a model's own conditions select, and those of its owners."""
        parts = [self._part(one, alias) for one in self.conditions.get(model, ())]
        for key in self._owners(model):
            if key in self.brought_by.get(key.related_model, ()):
                # All of that side's rows come that are wanted.
                continue
            rows = self.rows(key.related_model, alias, way)
            if rows is not None:
                parts.append(Q(**{f"{key.name}__in": rows}))
        return Q(*parts) if parts else None

    def _owners(self, model: type[Model]) -> Iterator[Any]:
        """Yield the references of a many-to-many table to both of its sides."""
        if model._meta.auto_created:
            yield from references(model)

    def _brought(self, model: type[Model], alias: str, way: Way) -> Q | None:
        found: Q | None = None
        for key in self.brought_by.get(model, ()):
            if key.model in way:
                continue
            rows = self.rows(key.model, alias, way)
            if rows is None:
                rows = every_row(key.model, alias)
            part = Q(**{f"{key.target_field.name}__in": rows.values(key.attname)})
            found = part if found is None else found | part
        return found

    def _part(self, condition: Condition, alias: str) -> Q:
        check_clock(condition, alias)
        first, *others = condition.fields
        is_null = condition.rest[-1] == "isnull"
        is_own = others and others == [getattr(first, "target_field", None)]
        if others and _is_key(first) and not is_null and not is_own:
            target = first.related_model
            further = Condition(
                target, tuple(others), condition.rest, condition.value, ""
            )
            rows = every_row(target, alias).filter(self._part(further, alias))
            return Q(**{f"{first.name}__in": rows})
        path = BETWEEN.join([one.name for one in condition.fields])
        lookup = BETWEEN.join([path, *condition.rest])
        return Q(**{lookup: condition.value})


def bring_parents(rows: FilteredRows, chosen: Sequence[ModelTable]) -> list[ModelTable]:
    """Let filtered models bring what they refer to; return the chosen and the added.

    A model that is chosen and has no filter brings all of its rows by itself.
    """
    known = {item.model: item for item in tables()}
    found = {item.model: item for item in chosen}
    waiting = [model for model in found if rows.rows(model, "default") is not None]
    while waiting:
        model = waiting.pop()
        for key in references(model):
            target = key.related_model._meta.concrete_model
            if target is model or target not in known or _is_natural(target):
                continue
            if target not in found:
                found[target] = known[target]
                rows.only_brought.add(target)
                waiting.append(target)
            elif not _is_brought_to(rows, model, target):
                continue
            if key not in rows.brought_by.setdefault(target, []):
                rows.brought_by[target].append(key)
    order = list(known)
    return sorted(found.values(), key=lambda item: order.index(item.model))


def _is_brought_to(rows: FilteredRows, model: type[Model], target: type[Model]) -> bool:
    """Whether rows of a chosen model are added to for the sake of another one.

    Not for pairs: they follow both of their sides.
    """
    if model._meta.auto_created and target not in rows.only_brought:
        return False
    return rows.rows(target, "default") is not None


def every_row(model: type[Model], alias: str) -> Rows:
    """Return all rows of a model; the project's managers may hide some of them."""
    return QuerySet(model=model, using=alias)


def references(model: type[Model]) -> Iterator[Any]:
    """Yield the foreign keys of a model's own table."""
    for one in model._meta.local_concrete_fields:
        if _is_key(one):
            yield one


def _is_key(one: Any) -> bool:
    return isinstance(one, ForeignKey)


def _is_natural(model: type[Model]) -> bool:
    return model._meta.label in NATURAL
