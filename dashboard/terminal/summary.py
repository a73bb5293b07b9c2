"""The rows of both sides, table by table, and what takes no part."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..models import LeftOut
from ..planning.row_counts import Offer, look
from ..planning.table_selection import UnknownLabel
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
        found = look(source, destination, labels, excluded, parts=True)
    except UnknownLabel as error:
        raise CommandError(
            _("'%(label)s' is neither an app nor a model of this project.")
            % {"label": error}
        ) from error
    except TransferError as error:
        raise CommandError(str(error)) from error
    head = f"{'':<{NAMES_WIDTH}} {source:>14} {destination:>14}"
    screen.out.write(f"{head}  {_('difference')}")
    for app in found.apps:
        for model in app.models:
            screen.out.write(_line(model.label, model.source, model.destination))
    _write_left_out(screen, found)


def _write_left_out(screen: Screen, found: Offer) -> None:
    lines = [
        *(
            _left_out(one.label, LeftOut.Reason.UNOWNED, one.source, one.destination)
            for one in found.unowned
        ),
        *(
            _left_out(e.model or e.table, LeftOut.Reason(e.reason), *e.sizes, why=e.why)
            for e in found.left_out
        ),
    ]
    if lines:
        screen.out.write("")
        screen.out.write(_("These take no part:"))
        for line in lines:
            screen.out.write(line)


def _line(label: str, source: Size | None, destination: Size | None) -> str:
    shown = [_shown(size) for size in (source, destination)]
    difference = ""
    if source is not None and destination is not None:
        difference = _difference(source, destination)
    return f"{label:<{NAMES_WIDTH}} {shown[0]:>14} {shown[1]:>14}  {difference}"


def _difference(source: Size, destination: Size) -> str:
    """Return by how many rows the destination is ahead; of estimates nobody knows."""
    if not (source.exact and destination.exact):
        return _("unknown")
    return f"{destination.rows - source.rows:+,}".replace("+0", "0")


def _left_out(
    name: str,
    reason: LeftOut.Reason,
    source: Size | None,
    destination: Size | None,
    *,
    why: str = "",
) -> str:
    shown = [
        "–" if size is None else estimate(size.rows, exact=size.exact)
        for size in (source, destination)
    ]
    said = f"{reason.label}. {why}".strip()
    return f"{name:<{NAMES_WIDTH}} {shown[0]:>14} {shown[1]:>14}  {said}"


def _shown(size: Size | None) -> str:
    return _("no table") if size is None else estimate(size.rows, exact=size.exact)
