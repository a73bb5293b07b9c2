"""exportdata: what is written, and what is said of it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ..exchange.exports import export, tables_of
from ..exchange.tables import session
from ..planning.transform_functions import offered
from ..transfer.csvfiles.dialect import Dialect
from ..transfer.csvfiles.manifest import TableFile
from ..transfer.csvfiles.places import new_place
from ..wording import count
from .exchanging import dialect_of
from .screen import Screen


def export_to(screen: Screen, options: dict[str, Any]) -> None:
    """Export as the options of the command say. Raises TransferError."""
    dialect, path = dialect_of(options, Dialect()), options["path"]

    def done(file: TableFile) -> None:
        screen.say(
            _("%(model)s: %(rows)s rows written")
            % {"model": file.model, "rows": count(file.rows)}
        )

    with (
        session(options["alias"]) as source,
        new_place(path, overwrite=options["overwrite"]) as place,
    ):
        there, absent = tables_of(source, options["labels"], options["exclude"])
        ordered = options["sorted"]
        found = export(source, there, absent, dialect, place, done, is_sorted=ordered)
    for label in found.absent:
        screen.say(_("%(model)s has no table there.") % {"model": label})
    files = found.manifest.tables
    if untouched := sorted(offered().keys() & {file.model for file in files}):
        screen.say(
            _("Written as they are, without their functions of TRANSFORMS: %(models)s.")
            % {"models": ", ".join(untouched)}
        )
    screen.say(
        _("%(rows)s rows of %(tables)d tables written to '%(path)s'.")
        % {
            "rows": count(sum(file.rows for file in files)),
            "tables": len(files),
            "path": path,
        }
    )
