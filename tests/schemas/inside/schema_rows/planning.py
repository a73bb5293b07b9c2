"""Which rows each table gets, before any is written: keys first, then what refers."""

from __future__ import annotations

import os
import random
import zlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import connections

from schema_rows.fields import value
from schema_rows.scalars import unique_value

# Made by migrate alone, or one database's own.
LEFT_OUT = {
    "contenttypes",
    "sessions",
    "migration_console",
    # Apps whose rows the project reads when it starts.
    *os.environ.get("SCHEMA_UNFILLED", "").split(),
}
LEFT_OUT_MODELS = {"auth.Permission"}


class Rows:
    """The planned rows of one model's table."""

    def __init__(self, model: Any, count: int, existing: list[Any], plan: Plan) -> None:
        self.model = model
        self.count = count
        # Keys that migrate made; others may refer to them.
        self.existing = existing
        self.plan = plan
        self.fields = [
            field
            for field in model._meta.local_concrete_fields
            if field.column and not getattr(field, "generated", False)
        ]
        self._generic = {
            name: relation
            for relation in model._meta.private_fields
            if isinstance(relation, GenericForeignKey)
            for name in (relation.ct_field, relation.fk_field)
        }
        self._computes = len(self.fields) < len(model._meta.local_concrete_fields)
        self._together = self._unique_together()
        self._known: dict[tuple[str, int, bool], Any] = {}

    def _unique_together(self) -> set[str]:
        options = self.model._meta
        groups = [tuple(names) for names in options.unique_together]
        groups += [
            tuple(constraint.fields)
            for constraint in options.constraints
            if getattr(constraint, "fields", ())
        ]
        # One distinct column is enough to keep the group unique, and any
        # condition besides, which MariaDB's own schema leaves out.
        return {min(names, key=self._likeness) for names in groups}

    def _likeness(self, name: str) -> int:
        """How far from distinct in every row the field's values may be made."""
        field = self.model._meta.get_field(name)
        if "Boolean" in field.get_internal_type() or field.choices:
            return 2
        return 1 if field.remote_field else 0

    def value(self, field: Any, row: int, *, plainly: bool = False) -> Any:
        # What is computed of extremes may have no room in its own column.
        plainly = plainly or self._computes
        key = (field.attname, row, plainly)
        if key not in self._known:
            self._known[key] = self._make(field, row, plainly=plainly)
        return self._known[key]

    def _chance(self, field: Any, row: int) -> random.Random:
        text = f"{self.model._meta.label} {field.name} {row}"
        return random.Random(zlib.crc32(text.encode()))

    def _make(self, field: Any, row: int, *, plainly: bool) -> Any:
        chance = self._chance(field, row)
        if self.is_generic_type(field):
            return None if field.null and row % 4 == 0 else self._type(field, row)
        if field.remote_field and hasattr(field, "foreign_related_fields"):
            return self._reference(field, row, chance, plainly=plainly)
        if field.name in self._generic:
            return self._generic_value(field, row)
        if field.null and not field.primary_key and row % 3 == 0 and not plainly:
            return None
        if field.primary_key or field.unique or field.name in self._together:
            return self._unique(field, row)
        return value(field, row, chance, plainly=plainly)

    def _unique(self, field: Any, row: int) -> Any:
        kind = field.get_internal_type()
        if kind.endswith("AutoField"):
            # Gaps, as deleted rows leave them.
            return max([0, *filter(_is_int, self.existing)]) + 1 + row * (1 + row % 3)
        if field.choices and not field.primary_key:
            flat = [key for key, _ in field.flatchoices]
            return flat[row % len(flat)]
        return unique_value(field, row, field.name)

    def _reference(
        self, field: Any, row: int, chance: random.Random, *, plainly: bool
    ) -> Any:
        target = field.foreign_related_fields[0]
        rows = self.plan.rows.get(target.model)
        if rows is None or not (rows.count or rows.existing):
            return None
        if field.null and row % 3 == 0 and not plainly and not field.primary_key:
            return None
        there = rows.count + rows.usable(target)
        if field.unique or field.primary_key:
            return rows.referable(target, row) if row < there else None
        if field.name in self._together:
            return rows.referable(target, row % there)
        return rows.referable(target, chance.randrange(there))

    def usable(self, target: Any) -> int:
        return len(self.existing) if target.primary_key else 0

    def referable(self, target: Any, number: int) -> Any:
        """What refers to the row of that number; existing ones come after."""
        if number >= self.count:
            return self.existing[number - self.count]
        return self.value(target, number)

    def _generic_value(self, field: Any, row: int) -> Any:
        relation = self._generic[field.name]
        if field.null and row % 4 == 0:
            return None
        key_field = self.model._meta.get_field(relation.fk_field)
        number_wanted = "Integer" in key_field.get_internal_type()
        model, number = self.plan.generic_target(row, number_wanted=number_wanted)
        found = self.plan.rows[model].value(model._meta.pk, number)
        if number_wanted:
            return found
        return str(found)[: key_field.max_length or 255]

    def _type(self, field: Any, row: int) -> Any:
        relation = self._generic[field.name]
        key_field = self.model._meta.get_field(relation.fk_field)
        number_wanted = "Integer" in key_field.get_internal_type()
        model, _ = self.plan.generic_target(row, number_wanted=number_wanted)
        return self.plan.content_types[model]

    def is_generic_type(self, field: Any) -> bool:
        relation = self._generic.get(field.name)
        return relation is not None and relation.ct_field == field.name


class Plan:
    """All tables of an alias that get rows."""

    def __init__(self, alias: str, count: int) -> None:
        self.alias = alias
        self.connection = connections[alias]
        self.rows: dict[Any, Rows] = {}
        present = set(self.connection.introspection.table_names())
        for model in self._models(present):
            existing = self._existing(model)
            label = model._meta.label
            filled = not (model._meta.app_label in LEFT_OUT or label in LEFT_OUT_MODELS)
            self.rows[model] = Rows(model, count if filled else 0, existing, self)
        self.content_types = self._content_types()
        self._targets: dict[bool, list[Any]] = {}

    def _models(self, present: set[str]) -> Iterator[Any]:
        seen = set()
        for model in apps.get_models(include_auto_created=True):
            options = model._meta
            table = options.db_table
            if options.proxy or options.swapped or not options.managed:
                continue
            if table in seen or not _is_present(self.connection, table, present):
                continue
            seen.add(table)
            yield model

    def _existing(self, model: Any) -> list[Any]:
        if len(model._meta.pk_fields if hasattr(model._meta, "pk_fields") else [1]) > 1:
            return []
        keys = model._base_manager.using(self.alias).order_by("pk")
        return list(keys.values_list("pk", flat=True)[:200])

    def _content_types(self) -> dict[Any, Any]:
        model = apps.get_model("contenttypes", "ContentType")
        known = {
            (app, name): key
            for key, app, name in model._base_manager.using(self.alias).values_list(
                "pk", "app_label", "model"
            )
        }
        return {
            one: known[one._meta.app_label, one._meta.model_name]
            for one in self.rows
            if (one._meta.app_label, one._meta.model_name) in known
        }

    def generic_target(self, row: int, *, number_wanted: bool) -> tuple[Any, int]:
        if number_wanted not in self._targets:
            self._targets[number_wanted] = [
                model
                for model, rows in self.rows.items()
                if rows.count
                and model in self.content_types
                and (not number_wanted or _is_auto(model))
                and not hasattr(model._meta.pk, "fields")
            ]
        targets = self._targets[number_wanted]
        return targets[row * 7 % len(targets)], row % self.rows[
            targets[row * 7 % len(targets)]
        ].count


def _is_int(key: Any) -> bool:
    return isinstance(key, int)


def _is_auto(model: Any) -> bool:
    return str(model._meta.pk.get_internal_type()).endswith("AutoField")


def _is_present(connection: Any, table: str, present: set[str]) -> bool:
    from django.db.backends.utils import strip_quotes, truncate_name

    longest = connection.ops.max_name_length()
    return strip_quotes(truncate_name(table, longest)) in present
