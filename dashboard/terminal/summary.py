"""The rows of both sides, table by table."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..planning.row_counts import count_rows
from ..planning.table_selection import UnknownLabel, select
from ..transfer.backends.base import Size
from ..transfer.errors import TransferError
from ..wording import estimate
from .bars import NAMES_WIDTH
from .screen import Screen


def summarise(
    screen: Screen,
    source: str,
    destination: str,
    labels: Sequence[str],
    excluded: Sequence[str],
) -> None:
    """Write the rows of both sides, many-to-many tables included."""
    try:
        chosen = {item.label for item in select(labels, excluded)}
        found = count_rows(source, destination, parts=True)
    except UnknownLabel as error:
        raise CommandError(
            _("'%(label)s' is neither an app nor a model of this project.")
            % {"label": error}
        ) from error
    except TransferError as error:
        raise CommandError(str(error)) from error
    head = f"{'':<{NAMES_WIDTH}} {source:>14} {destination:>14}"
    screen.out.write(f"{head}  {_('difference')}")
    for app in found:
        for model in app.models:
            if model.label in chosen:
                line = _line(model.label, model.source, model.destination)
                screen.out.write(line)


def _line(label: str, source: Size | None, destination: Size | None) -> str:
    shown = [_shown(size) for size in (source, destination)]
    difference = ""
    if source is not None and destination is not None:
        difference = f"{destination.rows - source.rows:+,}".replace("+0", "0")
    return f"{label:<{NAMES_WIDTH}} {shown[0]:>14} {shown[1]:>14}  {difference}"


def _shown(size: Size | None) -> str:
    return _("no table") if size is None else estimate(size.rows, exact=size.exact)
