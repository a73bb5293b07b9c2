"""Migrate one database so that nothing is written into another one."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from ...terminal.migrating import migrate_into
from ...terminal.screen import Screen


class Command(BaseCommand):
    """Runs migrate in a process of its own, in which the alias is ``default``."""

    help = _(
        "Runs migrate on a database as if it were the only one: data migrations that "
        "name no alias write into it, and into no other one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alias", help=_("the alias of the database to migrate"))
        parser.add_argument(
            "--as",
            dest="name",
            default=DEFAULT_DB_ALIAS,
            metavar="ALIAS",
            help=_("what the database is called meanwhile; default: default"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        screen = Screen(self.stdout, options["verbosity"])
        migrate_into(
            screen,
            options["alias"],
            DEFAULT_DB_ALIAS,
            alias=options["name"],
            verbosity=options["verbosity"],
        )
