"""A table written into a CSV file."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from ..backends.base import Session
from ..keys import EVERYTHING
from ..plan import TablePlan
from ..rows import LoadFormat
from .dialect import Dialect
from .manifest import TableFile
from .plans import described
from .writing import Dressing, beginning, sink


def write_table(
    session: Session, plan: TablePlan, dialect: Dialect, file: BinaryIO, name: str
) -> TableFile:
    """Write all rows of a table; return what the manifest says of the file.

    Nothing but a block is held. Raises DataRefused for a value that no text of the
    encoding holds, and what the session raises.
    """
    dressing = Dressing(file, dialect, plan.source_table)
    dressing.put(beginning(dialect))
    out = sink(dressing)
    out.write(header_of(plan))
    stream = session.reader.text(plan, EVERYTHING, LoadFormat.CSV)
    stream.write_to(out)
    out.flush()
    dressing.finish()
    return replace(
        described(plan, name),
        rows=stream.rows,
        octets=dressing.size,
        checksum=dressing.checksum,
    )


def header_of(plan: TablePlan) -> bytes:
    """Return the first line, as a reader would give it."""
    names = (column.name.replace('"', '""') for column in plan.written)
    return ",".join(f'"{name}"' for name in names).encode() + b"\n"
