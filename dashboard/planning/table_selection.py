"""Which tables take part: those of the project's models, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Field, Model

# Belong to the database they lie in: the console's own records, who is signed
# in, and (no model of it is installed) django_migrations.
NEVER = {"migration_console", "sessions"}


class UnknownLabel(LookupError):
    """A label that names no app and no model of the project."""


@dataclass(frozen=True)
class ModelTable:
    """A concrete table and the model that it belongs to."""

    label: str
    model: type[Model]
    # For an automatic many-to-many table: the model that declares it.
    owner: type[Model]
    # Replaced after all others: it decides who may sign in and do what.
    replaced_last: bool

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def fields(self) -> dict[str, Field[Any, Any]]:
        """The fields with a column of this very table, by column."""
        return {
            field.column: field
            for field in self.model._meta.local_concrete_fields
            if field.column
        }

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        options = self.model._meta
        # Before Django 5.2 a key is always one field.
        fields = getattr(options, "pk_fields", None) or [options.pk]
        return tuple(field.column for field in fields if field.column)


def tables() -> list[ModelTable]:
    """Return every concrete table once, in the order of the apps.

    Automatic many-to-many tables included; proxies, swapped and unmanaged
    models left out, as is what belongs to one database alone.
    """
    last = _replaced_last()
    found: dict[str, ModelTable] = {}
    for model in apps.get_models(include_auto_created=True):
        owner = model._meta.auto_created or model
        assert isinstance(owner, type)
        if model._meta.app_label in NEVER or not _is_concrete(model):
            continue
        label = model._meta.label
        found.setdefault(
            model._meta.db_table, ModelTable(label, model, owner, owner in last)
        )
    return list(found.values())


def _is_concrete(model: type[Model]) -> bool:
    options = model._meta
    return options.managed and not options.proxy and not options.swapped


def _replaced_last() -> set[type[Model]]:
    """Return the models that decide who may sign in and do what."""
    wanted = [get_user_model()]
    for label in ("auth.Group", "auth.Permission", "contenttypes.ContentType"):
        app, name = label.split(".")
        if apps.is_installed(f"django.contrib.{app}"):
            wanted.append(apps.get_model(app, name))
    return {relative for model in wanted for relative in _with_parents(model)}


def _with_parents(model: type[Model]) -> Iterator[type[Model]]:
    yield model
    yield from model._meta.get_parent_list()


def select(labels: Sequence[str], exclude: Sequence[str] = ()) -> list[ModelTable]:
    """Return the tables that labels ("app" or "app.Model") name.

    No label means everything. A model brings its automatic many-to-many
    tables, and an inherited model its parents' tables. Raises UnknownLabel.
    """
    known = tables()
    chosen = _named(known, labels) if labels else set(known)
    for item in list(chosen) if labels else ():
        parents = set(item.owner._meta.get_parent_list())
        chosen |= {other for other in known if other.owner in parents}
    dropped = _named(known, exclude)
    return [item for item in known if item in chosen and item not in dropped]


def _named(known: list[ModelTable], labels: Sequence[str]) -> set[ModelTable]:
    found: set[ModelTable] = set()
    for label in labels:
        named = {item for item in known if _matches(item, label)}
        if not named:
            raise UnknownLabel(label)
        found |= named
    return found


def _matches(item: ModelTable, label: str) -> bool:
    app, _, name = label.partition(".")
    if item.owner._meta.app_label != app:
        return False
    wanted = {item.owner._meta.model_name, item.model._meta.model_name}
    return not name or name.lower() in wanted


def references(item: ModelTable, label: str) -> bool:
    """Tell whether a table holds a reference to the model of that label."""
    return any(
        field.is_relation
        and field.related_model is not None
        and field.related_model._meta.label == label
        for field in item.fields.values()
    )
