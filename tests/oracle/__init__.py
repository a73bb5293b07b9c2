"""An independent judge: two databases, every value of every row, and the schema.

It shares no code with the product. It reads with the raw drivers and brings each
value into one Python form by its own rules; only which kind a column is comes
from the models.
"""

from __future__ import annotations

from tests.oracle.numbers import high_water_marks, move_sequences, new_object_problems
from tests.oracle.readers import reading
from tests.oracle.rows import differences, row_counts
from tests.oracle.schema import schema_differences, schema_snapshot

__all__ = [
    "differences",
    "high_water_marks",
    "move_sequences",
    "new_object_problems",
    "reading",
    "row_counts",
    "schema_differences",
    "schema_snapshot",
]
