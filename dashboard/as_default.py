"""Makes one database ``default`` in this process, and all others read-only.

For what names no alias, and would work on the old database: data migrations, and
commands of a project that is about to switch. ``default``, the database's own alias
and another name that it may be given are one connection; the database that was
``default`` has none, unless it has two aliases.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

DEFAULT = "default"
LABEL = "migration-console-default"


def set_up(destination: str, alias: str, location: str) -> None:
    """Set Django up with the destination as ``default``, and as ``alias``.

    ``location`` is where the destination's own alias leads, if that is known:
    whatever chooses a schema by the alias has to choose the same one now. Ends the
    process where it does not.
    """
    _take_place(destination, alias)
    import django

    django.setup()
    _be_one(destination, alias)
    if location:
        _check_place(destination, alias, location)


def _take_place(destination: str, alias: str) -> None:
    """Exchange the settings before anything has looked at them.

    In place: a module may have taken DATABASES from the project's settings.
    """
    if "DJANGO_CONFIGURATION" in os.environ:
        # Settings that are a class are found by an importer of the package's own.
        import configurations  # type: ignore[import-not-found]

        configurations.importer.install()
    from django.conf import settings

    databases = settings.DATABASES
    for name in (DEFAULT, alias):
        databases[name] = databases[destination]


def _be_one(destination: str, alias: str) -> None:
    """Let all names of the destination be one connection, and close the others.

    Two would wait for each other: SQLite has one writer, and a migration that is
    not committed is seen by its own connection alone.
    """
    from django.db import connections
    from django.db.backends.signals import connection_created

    one = connections[alias]
    for name in (DEFAULT, destination):
        connections[name] = one
    connection_created.connect(_forbid_writing, weak=False)


def _check_place(destination: str, alias: str, location: str) -> None:
    from django.utils.translation import gettext as _

    from .databases import database
    from .transfer.backends import connect

    with connect(database(alias), LABEL) as session:
        if session.location() != location:
            sys.exit(
                _(
                    "Called '%(alias)s', the connection of '%(destination)s' reaches "
                    "another database or schema than under its own name. Let OPTIONS "
                    "in DATABASES choose it, or a receiver that does not ask for the "
                    "alias."
                )
                % {"alias": alias, "destination": destination}
            )


def _forbid_writing(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    from django.db import connections

    from .transfer.backends import read_only_sql

    if connection is connections[DEFAULT]:
        return
    if sql := read_only_sql(connection.vendor):
        with connection.cursor() as cursor:
            cursor.execute(sql)
