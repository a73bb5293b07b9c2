"""The options that say which rows take part."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..planning.lookups import WrongFilter, conditions_in, newer_in


def add_filters(parser: ArgumentParser) -> None:
    """Add --where, --newer and --with-parents."""
    for name, word, text in (
        ("where", "CONDITION", _("only rows such as placed__gte=2024-01-01")),
        ("newer", "FIELD", _("only rows above this field's value in the last run")),
    ):
        parser.add_argument(
            f"--{name}",
            action="append",
            nargs=2,
            default=[],
            metavar=("app.Model", word),
            help=text,
        )
    parser.add_argument(
        "--with-parents",
        action="store_true",
        help=_("bring the rows that filtered ones refer to"),
    )


def only(options: dict[str, Any]) -> dict[str, Any]:
    """Return which rows are to take part. Raises CommandError."""
    try:
        filters = conditions_in(options["where"])
        newer = newer_in(options["newer"])
    except WrongFilter as error:
        raise CommandError(str(error)) from None
    parents = options["with_parents"]
    return {"filters": filters, "newer": newer, "with_parents": parents}
