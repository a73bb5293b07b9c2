"""The rows of both sides, table by table, and what takes no part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from ..models import LeftOut
from ..planning.row_counts import Offer, look
from ..planning.table_selection import UnknownLabel
from ..transfer.backends.catalog import Size
from ..transfer.errors import TransferError
from ..wording import estimate
from .bars import NAMES_WIDTH
from .before_start import FORMAT
from .screen import Screen


def summarise(
    screen: Screen,
    source: str,
    destination: str,
    labels: Sequence[str],
    excluded: Sequence[str],
    document: OutputWrapper | None,
) -> None:
    """Write the rows of both sides, many-to-many tables included.

    As JSON into ``document``, if there is one. Raises CommandError.
    """
    try:
        found = look(source, destination, labels, excluded, parts=True)
    except UnknownLabel as error:
        raise CommandError(f"{error.message} {error.remedy}") from error
    except TransferError as error:
        raise CommandError(str(error)) from error
    head = f"{'':<{NAMES_WIDTH}} {source:>14} {destination:>14}"
    screen.out.write(f"{head}  {_('difference')}")
    for app in found.apps:
        for model in app.models:
            screen.out.write(_line(model.label, model.source, model.destination))
    _write_left_out(screen, found)
    if document is not None:
        said = _described(source, destination, found)
        document.write(json.dumps(said, indent=2, ensure_ascii=False))


def _described(source: str, destination: str, found: Offer) -> dict[str, Any]:
    """Return the document, as docs/json.md describes it."""
    models = [model for app in found.apps for model in app.models]
    sizes = {one.label: (one.source, one.destination) for one in models}
    left_out = {one.label: (one.source, one.destination) for one in found.unowned}
    left_out |= {one.model or one.table: one.sizes for one in found.left_out}
    return {
        "document": "summary",
        "format": FORMAT,
        "source": source,
        "destination": destination,
        "tables": [{"model": name, **_rows(*both)} for name, both in sizes.items()],
        "left_out": [{"name": name, **_rows(*both)} for name, both in left_out.items()],
    }


def _rows(source: Size | None, destination: Size | None) -> dict[str, Any]:
    are_known = source and destination and source.exact and destination.exact
    return {
        "source_rows": source.rows if source else None,
        "source_rows_exact": bool(source and source.exact),
        "destination_rows": destination.rows if destination else None,
        "destination_rows_exact": bool(destination and destination.exact),
        "difference": (
            destination.rows - source.rows
            if are_known and source and destination
            else None
        ),
    }


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
