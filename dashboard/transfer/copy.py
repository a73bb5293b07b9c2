"""Copy one key range: its receipt and its rows are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from .backends.base import Session
from .bad_rows import RowsRefused, Search, parts_without
from .errors import CountMismatch, DataRefused
from .failpoints import reach
from .keys import EVERYTHING, KeyRange
from .locating import Move, located
from .merged import Merged
from .plan import TablePlan
from .receipts import Receipts
from .routes import Route
from .rows import LargeText, LoadFormat, closed
from .transform_route import TransformRoute

TEXTS = (str, bytes, LargeText)


@dataclass(frozen=True)
class Copied:
    """Rows and bytes of text that a copy moved; bytes are 0 where unknown.

    ``made_of`` are the rows of the source, where a transform makes others of them.
    """

    rows: int
    bytes: int
    made_of: int | None = None
    # What became of them in a table that held rows before.
    merged: Merged | None = None

    @property
    def read(self) -> int:
        """How many rows of the source it was."""
        return self.rows if self.made_of is None else self.made_of


def copy_range(
    source: Session,
    destination: Session,
    plan: TablePlan,
    key_range: KeyRange,
    receipts: Receipts,
    item: str,
    epoch: int,
    objects: Route | None = None,
    *,
    without: Sequence[KeyRange] = (),
    most_bad: int = 1,
    load: Callable[[KeyRange], Copied] | None = None,
) -> Copied:
    """Copy a range once, whoever else tries, but for some rows of it.

    ``load`` moves a range in another way than ``move``.

    Raises ReceiptTaken where the piece is committed or void, CountMismatch where not
    as many rows were loaded as read, and RowsRefused with the first ``most_bad`` that
    are refused; then, as after every error, the destination is as before.
    """
    parts = parts_without(key_range, without)
    load = load or partial(move, source, destination, plan, objects=objects)
    search = Search(source, destination, plan, load)
    copy = partial(_copied, destination, parts, load, receipts, item, epoch)
    moved = partial(again, source, destination, objects)
    with located(destination, plan, moved(key_range)):
        try:
            copied = copy()
        except DataRefused as error:
            if not plan.is_divisible:
                raise
            if bad := search.bad_rows(parts, most_bad, moved):
                raise RowsRefused(bad) from error
            # What was refused is gone from the source.
            copied = copy()
    reach("chunk committed")
    return copied


def again(
    source: Session,
    destination: Session,
    objects: Route | None,
    part: KeyRange,
) -> Move:
    """Return what moves a range by one plan into the table of another."""

    def moved(read: TablePlan, written: TablePlan) -> Copied:
        return _move(source, destination, read, written, part, objects)

    return moved


def _copied(
    destination: Session,
    parts: Sequence[KeyRange],
    load: Callable[[KeyRange], Copied],
    receipts: Receipts,
    item: str,
    epoch: int,
) -> Copied:
    with destination.transaction():
        receipts.take(item, epoch)
        reach("receipt taken")
        found = [load(part) for part in parts]
        copied = together(found)
        reach("rows loaded")
        note = copied.merged.noted() if copied.merged else ""
        receipts.settle(item, copied.rows, copied.bytes, copied.read, note)
    return copied


def together(parts: Sequence[Copied]) -> Copied:
    """Return what several parts of one table come to."""
    rows, size = sum(part.rows for part in parts), sum(part.bytes for part in parts)
    merged = [part.merged for part in parts if part.merged is not None]
    read = sum(part.read for part in parts)
    return Copied(rows, size, read, sum(merged, Merged()) if merged else None)


def move(
    source: Session,
    destination: Session,
    plan: TablePlan,
    key_range: KeyRange = EVERYTHING,
    objects: Route | None = None,
) -> Copied:
    """Move the rows of a range inside the destination's open transaction."""
    if objects is None:
        direct = destination.loader.load_from(source, plan, key_range)
        if direct is not None:
            return _checked(plan, direct.read, direct.loaded, 0)
    return _move(source, destination, plan, plan, key_range, objects)


def _move(
    source: Session,
    destination: Session,
    plan: TablePlan,
    written: TablePlan,
    key_range: KeyRange,
    objects: Route | None,
) -> Copied:
    """Move what a plan reads into the table of another with the same columns."""
    loader = destination.loader
    if isinstance(objects, TransformRoute):
        moved = objects.load(source, loader, plan, written, key_range)
        copied = _checked(plan, moved.made, moved.loaded, moved.bytes)
        return replace(copied, made_of=moved.read)
    if objects is not None:
        with closed(objects.batches(source, plan, key_range)) as batches:
            counted = _Counted(batches)
            loaded = loader.load_objects(written, counted)
        return _checked(plan, counted.rows, loaded, 0)
    if loader.load_format is LoadFormat.ROWS:
        with closed(source.reader.rows(plan, key_range)) as batches:
            counted = _Counted(batches)
            loaded = loader.load_rows(written, counted)
        return _checked(plan, counted.rows, loaded, counted.size)
    stream = source.reader.text(plan, key_range, loader.load_format)
    loaded = loader.load_text(written, stream)
    return _checked(plan, stream.rows, loaded, stream.bytes)


def _checked(plan: TablePlan, read: int, loaded: int, size: int) -> Copied:
    if read != loaded:
        raise CountMismatch(
            _(
                "%(read)d rows of table '%(table)s' were read, but %(loaded)d were "
                "loaded."
            )
            % {"table": plan.table, "read": read, "loaded": loaded},
            _("Look for a trigger or a rule of the destination that keeps rows away."),
        )
    return Copied(loaded, size)


class _Counted(Iterable[list[Any]]):
    """Batches that are counted, and measured by their first row, going by."""

    def __init__(self, batches: Iterable[list[Any]]) -> None:
        self._batches = batches
        self.rows = 0
        self.size = 0

    def __iter__(self) -> Iterator[list[Any]]:
        # Not a generator, which would hold a batch while the next one is read.
        return map(self._count, self._batches)

    def _count(self, batch: list[Any]) -> list[Any]:
        self.rows += len(batch)
        if batch:
            self.size += len(batch) * sum(
                len(value) for value in batch[0] if isinstance(value, TEXTS)
            )
        return batch
