"""What a report says of tables that rows were merged into."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import MigrationRun
from ..transfer.plan import MISSING
from ..wording import count
from .contents import TableLine


def verified(run: MigrationRun, tables: Sequence[TableLine]) -> str:
    """Say of tables that were merged into what is proved; "" where none was."""
    merged = [table for table in tables if table.write_mode]
    if not merged:
        return ""
    numbers = {
        "tables": count(len(merged)),
        "destination": run.destination,
        "inserted": count(sum(table.rows_inserted for table in merged)),
        "updated": count(sum(table.rows_updated for table in merged)),
        "untouched": count(sum(table.rows_untouched or 0 for table in merged)),
    }
    if run.verify == MigrationRun.Verify.COUNTS:
        return _counted(len(merged)) % numbers
    parts = [_written(len(merged)) % numbers]
    if any(table.write_mode != MISSING for table in merged):
        parts.append(
            _(
                "Where rows were merged by key, or under new keys, every row that "
                "took part is there equal."
            )
        )
    if any(table.write_mode == MISSING for table in merged):
        parts.append(
            _(
                "Where only missing rows were wanted, those that were inserted are "
                "equal, and those that were there are as they were."
            )
        )
    return " ".join(parts)


def _counted(tables: int) -> str:
    return ngettext(
        "Merged into %(tables)s table of “%(destination)s”: %(inserted)s rows "
        "inserted, %(updated)s updated. The numbers of rows are as they should be; "
        "values were not compared.",
        "Merged into %(tables)s tables of “%(destination)s”: %(inserted)s rows "
        "inserted, %(updated)s updated. The numbers of rows are as they should be; "
        "values were not compared.",
        tables,
    )


def _written(tables: int) -> str:
    return ngettext(
        "Merged into %(tables)s table of “%(destination)s”: %(inserted)s rows "
        "inserted, %(updated)s updated, %(untouched)s others untouched.",
        "Merged into %(tables)s tables of “%(destination)s”: %(inserted)s rows "
        "inserted, %(updated)s updated, %(untouched)s others untouched.",
        tables,
    )


def method(tables: Sequence[TableLine]) -> str:
    """Say how a merge was proved, "" where none was."""
    if not any(table.write_mode for table in tables):
        return ""
    return " " + _(
        "Of a table that rows were merged into, the sum over the source was compared "
        "with that of the rows as they were staged in the destination, and the sum "
        "over the whole table with what it was before the merge, less the rows that "
        "were updated as they had been, and with all written rows as they are now."
    )
