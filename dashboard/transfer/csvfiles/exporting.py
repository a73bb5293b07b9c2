"""A table written into a CSV file."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from typing import BinaryIO

from django.utils.translation import gettext as _

from ..backends.base import Session
from ..errors import DataRefused
from ..keys import EVERYTHING, KeyRange
from ..plan import TablePlan
from ..rows import LoadFormat
from ..stream import TextStream
from .dialect import Dialect
from .manifest import TableFile
from .odd import OddValues
from .plans import described
from .writing import Dressing, beginning, sink


def write_table(
    session: Session,
    plan: TablePlan,
    dialect: Dialect,
    file: BinaryIO,
    name: str,
    part: KeyRange = EVERYTHING,
) -> TableFile:
    """Write the rows of a range; return what the manifest says of the file.

    Nothing but a block is held. Raises DataRefused for a value that no text of the
    encoding holds, and what the session raises.
    """
    with closing(Dressing(file, dialect, plan.source_table)) as dressing:
        dressing.put(beginning(dialect))
        try:
            stream = _write(session, plan, part, dressing)
        except DataRefused as error:
            raise _located(session, plan, part, error) from error
        dressing.finish()
    return replace(
        described(plan, name),
        rows=stream.rows,
        octets=dressing.size,
        checksum=dressing.checksum,
    )


def _write(
    session: Session, plan: TablePlan, part: KeyRange, file: io.RawIOBase
) -> TextStream:
    stream = session.reader.text(plan, part, LoadFormat.CSV)
    if odd := session.reader.odd_text:
        file = OddValues(plan, odd, file)
    out = sink(file)
    out.write(header_of(plan))
    stream.write_to(out)
    out.flush()
    return stream


def header_of(plan: TablePlan) -> bytes:
    """Return the first line, as a reader would give it."""
    names = (column.name.replace('"', '""') for column in plan.written)
    return ",".join(f'"{name}"' for name in names).encode() + b"\n"


class _Nowhere(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return len(data)  # type: ignore[arg-type]


def _located(
    session: Session, plan: TablePlan, part: KeyRange, error: DataRefused
) -> DataRefused:
    """Return an error that names the column, by reading each one alone again."""
    if any(f"'{column.name}'" in error.message for column in plan.written):
        return error
    for column in plan.written:
        key = [one for one in plan.key_columns if one != column]
        try:
            one = replace(plan, columns=(column, *key))
            _write(session, one, part, _Nowhere())
        except DataRefused as found:
            said = {"column": column.name, "table": plan.table, "said": found.message}
            return DataRefused(
                _("Column '%(column)s' of table '%(table)s': %(said)s") % said,
                found.remedy,
                code=found.code,
            )
    return error
