"""The state of a table in a word."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ..models import MigrationRun, TableCopy
from ..statuses import Phase, Verdict
from .contents import Badge, Bar


def table_badge(run: MigrationRun, row: Any, compared: Bar) -> Badge:
    """Return what becomes of a table: its verdict, or what is done with it now."""
    if row.state == TableCopy.State.FAILED:
        return Badge("failed", _("Failed"))
    if row.verdict:
        label = str(Verdict(row.verdict).label)
        return Badge(row.verdict.replace(" ", "-"), label)
    comparing = run.is_active and run.phase in (Phase.RESTORING, Phase.VERIFYING)
    if comparing and compared.value:
        if compared.value >= compared.total:
            return Badge("comparing", _("Compared"))
        percent = {"percent": compared.percent}
        return Badge("comparing", _("Comparing, %(percent)d %%") % percent)
    if row.replaced_last and run.copies and row.state != TableCopy.State.COPIED:
        return Badge("waiting", _("Replaced last"))
    return Badge(row.state, str(TableCopy.State(row.state).label))
