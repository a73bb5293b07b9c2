"""Values that are not of their column's kind, which a reader spells as nobody would."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from ..columns import ColumnKind
from ..errors import DataRefused
from ..plan import TablePlan
from .dialect import Dialect
from .octets import Block, whole_rows
from .rows import parsed

AS_THEY_ARE = {ColumnKind.TEXT, ColumnKind.JSON, ColumnKind.OTHER, ColumnKind.BINARY}
AS_READ = Dialect(encoding="utf-8")


class OddValues(io.RawIOBase):
    """Passes a reader's CSV on, and raises DataRefused for a value that is odd.

    ``odd`` are the texts that the reader puts in the place of such values.
    """

    def __init__(
        self, plan: TablePlan, odd: Collection[str], file: io.RawIOBase
    ) -> None:
        super().__init__()
        self._table = plan.source_table
        self._file = file
        self._odd = set(odd)
        self._columns = [
            (index, column.name)
            for index, column in enumerate(plan.written)
            if column.kind not in AS_THEY_ARE
        ]
        self._rest = b""
        self._rows = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if self._columns:
            block = self._rest + bytes(data)
            cut = whole_rows(block)
            self._rest = block[cut:]
            self._look_at(block[:cut])
        self._file.write(data)
        return len(data)

    def _look_at(self, block: bytes) -> None:
        rows = parsed(Block(block, 1, 0), AS_READ, self._table)
        for index, name in self._columns:
            values = [row[index] for row in rows]
            if self._odd.isdisjoint(values):
                continue
            place = next(i for i, value in enumerate(values) if value in self._odd)
            raise DataRefused(
                _(
                    "Column '%(column)s' of table '%(table)s' holds a value that is "
                    "not of its type, in row %(row)d of the file."
                )
                # The first line names the columns.
                % {
                    "column": name,
                    "table": self._table,
                    "row": self._rows + place,
                },
                _("Correct the row in the source, then retry."),
            )
        self._rows += len(rows)
