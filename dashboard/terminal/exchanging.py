"""What exportdata and importdata have in common at a terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..transfer.csvfiles.dialect import DELIMITERS, Dialect, Quoting, made
from ..transfer.errors import TransferError

SPELLING = ("delimiter", "quoting", "encoding", "null")


def add_choice(parser: ArgumentParser) -> None:
    """Add what chooses tables."""
    parser.add_argument(
        "labels",
        nargs="*",
        metavar="LABEL",
        help=_("an app or app.Model; without any, everything"),
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="LABEL",
        help=_("an app or app.Model to leave out"),
    )


def add_spelling(parser: ArgumentParser) -> None:
    """Add what says how files are spelled; None where nobody says it."""
    parser.add_argument(
        "--delimiter",
        choices=[*DELIMITERS, *DELIMITERS.values()],
        help=_("what stands between two values; comma where nobody says it"),
    )
    parser.add_argument(
        "--quoting",
        choices=[str(one) for one in Quoting],
        help=_("which values stand in double quotes: all of them, or where needed"),
    )
    parser.add_argument(
        "--encoding",
        metavar="NAME",
        help=_("such as utf-8-sig, which a spreadsheet knows, utf-8, cp1252, utf-16"),
    )
    parser.add_argument(
        "--null",
        metavar="WORD",
        help=_("what stands for NULL: NULL where nobody says it; may be empty"),
    )


def dialect_of(options: dict[str, Any], base: Dialect) -> Dialect:
    """Return a dialect with what was said of it. Raises DialectRefused."""
    said = {name: options[name] for name in SPELLING if options[name] is not None}
    return made(
        said.get("delimiter", base.delimiter),
        Quoting(said.get("quoting", base.quoting)),
        said.get("encoding", base.encoding),
        said.get("null", base.null),
    )


def says_spelling(options: dict[str, Any]) -> bool:
    """Whether anything was said of how files are spelled."""
    return any(options[name] is not None for name in SPELLING)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a session or a file is refused for into a CommandError."""
    try:
        yield
    except TransferError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            _("'%(path)s': %(error)s") % {"path": error.filename, "error": error}
        ) from error
