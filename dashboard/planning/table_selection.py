"""Which tables take part: those of the project's models, each once."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import Field, Model
from django.utils.translation import gettext as _

# The console's own records belong to the database they lie in.
OWN = "migration_console"

ALL = "*"
"""The label of every model."""

# How much alike two labels are, from 0 to 1, of which one is taken for the other.
CLOSE = 0.75

TABLE = "table:"
"""Before the name of a table that no model owns, in a label."""


def option_for(table: str) -> str:
    """Return what a person types to choose a table that no model owns."""
    # A name with a dash in front would be an option itself.
    between = "=" if table.startswith("-") else " "
    return f"--table{between}{shlex.quote(table)}"


class UnknownLabel(LookupError):
    """A label that names no app and no model of the project."""

    @property
    def message(self) -> str:
        """Say so, for people."""
        said = _("'%(label)s' is neither an app nor a model of this project.")
        return said % {"label": self}

    @property
    def remedy(self) -> str:
        """Name those that are spelled nearly like it, or some that there are."""
        labels = sorted(item.label for item in tables())
        near = _nearest(str(self), labels)
        if near:
            said = _("Did you mean: %(labels)s?")
            return said % {"labels": ", ".join(near)}
        some = ", ".join(labels[:3])
        return _("Use app or app.Model, for instance: %(labels)s.") % {"labels": some}


def _nearest(label: str, labels: Sequence[str]) -> list[str]:
    """Return what is spelled nearly like it: models of its app, apps, or others."""
    app, has_model, model = label.lower().partition(".")
    named: dict[str, str] = {}
    for one in labels:
        of_app, _dot, name = one.partition(".")
        if has_model and of_app.lower() == app:
            named[name.lower()] = one
        elif not has_model:
            named |= {name.lower(): one, of_app.lower(): of_app}
    wanted = model if has_model and named else label.lower()
    if has_model and not named:
        named = {one.lower(): one for one in labels}
    return [named[name] for name in get_close_matches(wanted, named, cutoff=CLOSE)]


class Item:
    """A table that may be chosen."""

    label: str
    # Replaced after all others: it decides who may sign in and do what.
    replaced_last: bool

    @property
    def table(self) -> str:
        """Its name, which a database may know in another spelling."""
        raise NotImplementedError

    @property
    def fields(self) -> Mapping[str, Field[Any, Any]]:
        """The fields of the model by column; none where there is no model."""
        return {}


@dataclass(frozen=True)
class UnownedTable(Item):
    """A table that no model owns."""

    label: str
    replaced_last: bool = False

    @property
    def table(self) -> str:
        return self.label.removeprefix(TABLE)


@dataclass(frozen=True)
class ModelTable(Item):
    """A concrete table and the model that it belongs to."""

    label: str
    model: type[Model]
    # For an automatic many-to-many table: the model that declares it.
    owner: type[Model]
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

    Automatic many-to-many tables and unmanaged models included; proxies and
    swapped models left out, as is what belongs to one database alone.
    """
    last = _replaced_last()
    found: dict[str, ModelTable] = {}
    for model in all_models():
        if belongs_to_its_database(model) or not has_table(model):
            continue
        item = ModelTable(model._meta.label, model, owner_of(model), False)
        other = found.get(item.table)
        # Where two models have one table, it is that of the managed one.
        if other is None or (model._meta.managed and not other.model._meta.managed):
            found[item.table] = replace(item, replaced_last=item.owner in last)
    order = {model: place for place, model in enumerate(all_models())}
    return sorted(found.values(), key=lambda item: order[item.model])


def all_models(*, swapped: bool = False) -> Iterable[type[Model]]:
    """Return every model of the project, automatic ones included."""
    return apps.get_models(include_auto_created=True, include_swapped=swapped)


def models_with_tables() -> list[ModelTable]:
    """Return every model that has a table, the console's own and two of one included.

    Whether any is replaced last is not said.
    """
    return [
        ModelTable(model._meta.label, model, owner_of(model), False)
        for model in all_models()
        if has_table(model)
    ]


def owner_of(model: type[Model]) -> type[Model]:
    """Return the model, or the one that declares it by a many-to-many field."""
    owner = model._meta.auto_created or model
    assert isinstance(owner, type)
    return owner


def has_table(model: type[Model]) -> bool:
    """Whether the model has a table of its own, in whatever database."""
    return not (model._meta.proxy or model._meta.swapped)


def belongs_to_its_database(model: type[Model]) -> bool:
    """Whether the rows mean nothing elsewhere: the console's own, and who is in."""
    return model._meta.app_label == OWN or issubclass(model, AbstractBaseSession)


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


def select(labels: Sequence[str], exclude: Sequence[str] = ()) -> list[Item]:
    """Return the tables that labels name, those of no model last.

    A label is "app", "app.Model", "*" for every model, or "table:name" for a
    table that no model owns. None means every model. A model brings its
    automatic many-to-many tables, and an inherited model its parents' tables.
    Raises UnknownLabel.
    """
    known = tables()
    labels = labels or [ALL]
    chosen = set(_named(known, labels))
    if ALL not in labels:
        parents = {up for item in chosen for up in item.owner._meta.get_parent_list()}
        chosen |= {other for other in known if other.owner in parents}
    dropped = _named(known, exclude)
    found = [item for item in known if item in chosen and item not in dropped]
    return [*found, *_unowned(known, labels, exclude)]


def _unowned(
    known: list[ModelTable], labels: Sequence[str], exclude: Sequence[str]
) -> list[UnownedTable]:
    owned = {item.table for item in known}
    named = [label for label in dict.fromkeys(labels) if label.startswith(TABLE)]
    items = [UnownedTable(label) for label in named if label not in exclude]
    return [item for item in items if item.table not in owned]


def _named(known: list[ModelTable], labels: Sequence[str]) -> set[ModelTable]:
    found: set[ModelTable] = set()
    for label in labels:
        named = {item for item in known if _matches(item, label)}
        if not named and (label == TABLE or not label.startswith(TABLE)):
            raise UnknownLabel(label)
        found |= named
    return found


def is_named(item: Item, label: str) -> bool:
    """Whether a label names a table, or the model that declares it."""
    if label == ALL or isinstance(item, UnownedTable):
        return label in (ALL, item.label)
    assert isinstance(item, ModelTable)
    return _matches(item, label)


def _matches(item: ModelTable, label: str) -> bool:
    if label == ALL:
        return True
    if label.startswith(TABLE):
        return item.table == label.removeprefix(TABLE)
    app, _, name = label.partition(".")
    if item.owner._meta.app_label != app:
        return False
    wanted = {item.owner._meta.model_name, item.model._meta.model_name}
    return not name or name.lower() in wanted
