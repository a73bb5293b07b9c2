"""Rows that are set aside: written down before their chunk's receipt, tried again.

Of a chunk that is copied, what is written down here is missing in the destination.
A chunk that is not copied holds its rows itself, whatever stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db.models import Count, F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import option
from ..control_database import atomic
from ..models import AsideRow, Chunk, MigrationRun, TableCopy
from ..transfer import keys
from ..transfer.bad_rows import BadRow
from ..transfer.errors import DataRefused
from ..transfer.failpoints import reach
from .leases import Lease


def number(run: MigrationRun, table: str | None = None) -> int:
    """Return how many rows of a run are aside, of all tables or of one."""
    found = AsideRow.objects.of(run)
    if table is not None:
        found = found.filter(table__table=table)
    return found.count()


def numbers(run: MigrationRun) -> dict[int, int]:
    """Return how many rows are aside of each table that has any, by its number."""
    found = AsideRow.objects.of(run).order_by().values_list("table")
    return dict(found.annotate(rows=Count("id")))


def said(rows: int, table: str) -> str:
    """Say of a table how many of its rows are aside."""
    return ngettext(
        "%(rows)d row of '%(table)s' is aside: the destination does not take it.",
        "%(rows)d rows of '%(table)s' are aside: the destination does not take them.",
        rows,
    ) % {"rows": rows, "table": table}


# --- one attempt at a chunk -----------------------------------------------------


def keep(chunk: Chunk, lease: Lease, found: Sequence[BadRow]) -> None:
    """Write down what an attempt leaves out, before it commits the rest.

    In place of what an earlier attempt has left out. Raises DataRefused where that
    is more than a run sets aside.
    """
    with atomic():
        lease.renew()
        AsideRow.objects.filter(chunk=chunk.pk).delete()
        most = int(option("ROWS_ASIDE"))
        if number(chunk.table.run) + len(found) > most:
            raise _too_many(most, found[-1])
        AsideRow.objects.bulk_create(_record(chunk, row) for row in found)
    reach("rows set aside")


def may_find(chunk: Chunk) -> int:
    """Return how many rows an attempt looks for: one more than may be set aside.

    What stands of the chunk itself counts for nothing: this takes its place.
    """
    others = AsideRow.objects.of(chunk.table.run).exclude(chunk=chunk.pk)
    return max(int(option("ROWS_ASIDE")) - others.count(), 0) + 1


def _record(chunk: Chunk, row: BadRow) -> AsideRow:
    return AsideRow(
        table_id=chunk.table_id,
        chunk=chunk,
        lower=keys.to_json(row.key_range.lower),
        key=keys.to_json(row.key),
        column=row.column[:255],
        error=row.error.message,
        remedy=row.error.remedy,
        values=[list(pair) for pair in row.values],
    )


def _too_many(most: int, last: BadRow) -> DataRefused:
    return DataRefused(
        _(
            "More rows than %(most)d cannot be loaded, and a run sets no more aside. "
            "Of the last one: %(said)s"
        )
        % {"most": most, "said": last.error.message},
        _(
            "Correct the rows in the source, then retry; or change the column in the "
            "destination and plan a new run. MIGRATION_CONSOLE['ROWS_ASIDE'] is the "
            "limit."
        ),
        code=last.error.code,
    )


def copied(chunk: Chunk) -> None:
    """Forget what a chunk's earlier attempts left out, as it is committed now.

    In the transaction that says so.
    """
    AsideRow.objects.filter(chunk=chunk.pk, kept=False).delete()


def replaced(old: Chunk, new: Iterable[Chunk]) -> None:
    """Hand over what was left out of a chunk that others take the place of."""
    found = AsideRow.objects.filter(chunk=old.pk)
    match list(new):
        case [only]:
            found.update(chunk=only, kept=False)
        case _:
            # They find by themselves which of them holds such a row.
            found.delete()


def left_out(chunk: Chunk) -> int:
    """Return how many rows the last attempt at a chunk meant to leave out."""
    return AsideRow.objects.filter(chunk=chunk.pk, kept=True).count()


# --- once more ------------------------------------------------------------------


def try_again(run: MigrationRun) -> None:
    """Make a chunk of every row that is aside, to be read from the source again.

    In the transaction that lets the run go on.
    """
    copied = AsideRow.objects.of(run).filter(chunk__state=Chunk.State.COPIED)
    rows = copied.order_by("table", "id").select_related("table")
    for table, found in groupby(rows, lambda row: row.table):
        _one_chunk_each(table, list(found))


def _one_chunk_each(table: TableCopy, rows: list[AsideRow]) -> None:
    known = TableCopy.objects.filter(pk=table.pk)
    # This numbers the chunks too, so it moves past the new ones.
    known.update(
        chunks_cut=F("chunks_cut") + len(rows), state=TableCopy.State.COPYING, error=""
    )
    first = known.values_list("chunks_cut", flat=True).get() - len(rows) + 1
    for offset, row in enumerate(rows):
        row.chunk = Chunk.objects.create(
            table=table,
            number=first + offset,
            lower=row.lower,
            upper=row.key,
            state=Chunk.State.WAITING,
        )
        row.kept = False
    AsideRow.objects.bulk_update(rows, ["chunk", "kept"])


def only_these_are_left(table: TableCopy) -> bool:
    """Whether nothing of a table is to be copied but rows that were aside."""
    left = table.chunks.exclude(state__in=[Chunk.State.COPIED, Chunk.State.VOID])
    return table.all_cut and not left.filter(aside_rows__isnull=True).exists()
