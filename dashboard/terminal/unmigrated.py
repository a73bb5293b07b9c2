"""What is said where the console's own tables are not there, or are older ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..models.record import control_alias


@contextmanager
def own_tables() -> Iterator[None]:
    """Turn the error of a table that migrate has not made into words.

    Every other error is passed on. Asked for afterwards: it costs a third of a second.
    """
    try:
        yield
    except DatabaseError as error:
        alias = control_alias()
        if not _is_behind(alias):
            raise
        raise CommandError(
            _(
                "The tables of Migration Console are not in '%(alias)s', or are those "
                "of an earlier version. Make them: "
                "manage.py migrate --database=%(alias)s"
            )
            % {"alias": alias}
        ) from error


def _is_behind(alias: str) -> bool:
    """Whether a migration of the console's is to be applied; False if none can tell."""
    # Loaded where it is needed: every start would pay for it.
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connections[alias])
        label = MigrationRun._meta.app_label
        targets = executor.loader.graph.leaf_nodes(label)
        return bool(executor.migration_plan(targets))
    except DatabaseError:
        return False
