from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from migration_console.bookshop.fill import fill
from migration_console.bookshop.models import Author


class Command(BaseCommand):
    help = "Fills the bookshop's tables: the same rows for the same seed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)
        parser.add_argument("--rows", type=int, default=250_000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"]
        if using not in connections:
            raise CommandError(f"There is no database {using!r} in DATABASES.")
        if Author.objects.using(using).exists():
            raise CommandError(
                f"The bookshop in {using!r} holds rows already; choose an empty one."
            )
        started = perf_counter()
        written = fill(using, options["rows"], options["seed"])
        self.stdout.write(
            f"{sum(written.values()):,} rows in {len(written)} tables"
            f" in {perf_counter() - started:.1f} s"
        )
