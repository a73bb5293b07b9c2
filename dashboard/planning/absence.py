"""Why a model has no table in a database, and what would give it one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from functools import cache

from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.utils.translation import gettext as _

from ..databases import django_connection


class Cause(Enum):
    """What keeps a table out of a database."""

    VENDOR = "vendor"
    FEATURE = "feature"
    UNMANAGED = "unmanaged"
    ROUTER = "router"
    NOT_MIGRATED = "not migrated"
    """``migrate`` would make it."""
    UNKNOWN = "unknown"
    """``migrate`` has nothing to apply, and still there is none."""

    @property
    def is_meant(self) -> bool:
        """Whether the project itself says that the table is not to be there."""
        return self in (Cause.VENDOR, Cause.FEATURE, Cause.ROUTER, Cause.UNMANAGED)


@dataclass(frozen=True)
class Absence:
    """Why there is no table, as a sentence, and the remedy that helps."""

    cause: Cause
    why: str
    remedy: str


class Absences:
    """Explains what one database lacks; its migrations are read once, if at all."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._loader = cache(self._load)

    def of(self, model: type[Model]) -> Absence:
        """Return why the model has no table in the database."""
        with closing(django_connection(self._alias)) as wrapper:
            declared = self._declared(model, wrapper)
        return declared or self._unmade(model)

    def can_migrate(self, app_label: str) -> bool:
        """Whether ``migrate`` has something to apply for an app."""
        loader = self._loader()
        if app_label in loader.unmigrated_apps:
            return True
        leaves = loader.graph.leaf_nodes(app_label)
        return any(leaf not in loader.applied_migrations for leaf in leaves)

    def _load(self) -> MigrationLoader:
        with closing(django_connection(self._alias)) as wrapper:
            return MigrationLoader(wrapper)

    def _declared(
        self, model: type[Model], wrapper: BaseDatabaseWrapper
    ) -> Absence | None:
        """Return what the project itself says against the table."""
        options = model._meta
        facts = {"model": options.label, "alias": self._alias}
        exclude = _("Exclude %(model)s (--exclude %(model)s).") % facts
        if options.required_db_vendor not in (None, wrapper.vendor):
            why = _("%(model)s is for %(vendor)s alone (required_db_vendor).")
            facts["vendor"] = str(options.required_db_vendor)
            return Absence(Cause.VENDOR, why % facts, exclude)
        lacking = [
            name
            for name in options.required_db_features
            if not getattr(wrapper.features, name, False)
        ]
        if lacking:
            why = _(
                "'%(alias)s' lacks what %(model)s requires (required_db_features): "
                "%(features)s."
            )
            facts["features"] = ", ".join(lacking)
            return Absence(Cause.FEATURE, why % facts, exclude)
        if not options.managed:
            why = _("%(model)s is not managed: migrate makes no table of it.")
            remedy = _(
                "Create the table in '%(alias)s' by hand, or exclude %(model)s "
                "(--exclude %(model)s)."
            )
            return Absence(Cause.UNMANAGED, why % facts, remedy % facts)
        if not router.allow_migrate_model(self._alias, model):
            why = _("A router keeps %(model)s out of '%(alias)s' (allow_migrate).")
            return Absence(Cause.ROUTER, why % facts, exclude)
        return None

    def _unmade(self, model: type[Model]) -> Absence:
        label = model._meta.app_label
        facts = {"model": model._meta.label, "alias": self._alias, "app": label}
        if label in self._loader().unmigrated_apps:
            return Absence(
                Cause.NOT_MIGRATED,
                _("App '%(app)s' has no migrations.") % facts,
                _("Create it: manage.py migrateinto %(alias)s") % facts,
            )
        if self.can_migrate(label):
            return Absence(
                Cause.NOT_MIGRATED,
                _("Migrations of app '%(app)s' are not applied there.") % facts,
                _("Create it: manage.py migrateinto %(alias)s") % facts,
            )
        return Absence(
            Cause.UNKNOWN,
            _(
                "All migrations of app '%(app)s' are applied there, so that migrate "
                "would not create it."
            )
            % facts,
            _(
                "Create it with the statements of manage.py sqlmigrate, or exclude the "
                "model."
            ),
        )
