"""How many rows a chunk should have: as many as the clock and the bytes allow."""

from __future__ import annotations

from ..conf import option
from ..models import MigrationRun, TableCopy
from ..transfer.copy import Copied
from ..transfer.plan import VALUES

# A first chunk is small: nothing is known of the rows yet.
FIRST_ROWS = 5_000
LEAST_ROWS = 1
MOST_ROWS = 2_000_000
# On the values route a driver may hold the rows of a whole chunk.
MOST_OBJECTS = 5_000
# Small tables are copied together up to so many rows.
BUNDLE_ROWS = 20_000
# A chunk is at most this many times its predecessor.
GROWTH = 4.0
# A range with less than this share of the rows that it was to hold has missed.
MISSED = 0.1


def fixed_rows(run: MigrationRun) -> int | None:
    """Return how many rows somebody wants in every chunk, or None."""
    rows = option("CHUNK_ROWS") or run.chunk_rows
    return int(rows) if rows else None


def first_rows(rows: int, size: int | None, fixed: int | None) -> int:
    """Return the rows of a table's first chunk, from its size in bytes."""
    if fixed:
        return fixed
    if not rows or not size:
        return FIRST_ROWS
    by_bytes = option("CHUNK_BYTES") / 8 / max(size / rows, 1)
    return max(LEAST_ROWS, min(int(by_bytes), FIRST_ROWS * 4))


def paced_rows(table: TableCopy) -> int:
    """Return how many rows the table's next chunk may have under a limit.

    All lanes together use up about as long as a chunk should take.
    """
    return min(table.chunk_rows, _share_of_limit(table.run) or table.chunk_rows)


def bundled_rows(run: MigrationRun) -> int:
    """Return the most rows of small tables that are copied together."""
    return min(BUNDLE_ROWS, _share_of_limit(run) or BUNDLE_ROWS)


def small_rows(run: MigrationRun) -> int:
    """Return the most rows of a table that is copied together with others."""
    return min(fixed_rows(run) or FIRST_ROWS, FIRST_ROWS, bundled_rows(run))


def _share_of_limit(run: MigrationRun) -> int:
    """Return the rows that a lane copies under the limit while a chunk takes.

    0 where there is no limit.
    """
    if not run.rows_per_second:
        return 0
    share = run.rows_per_second * option("CHUNK_SECONDS") / max(run.lane_count, 1)
    return max(LEAST_ROWS, int(share))


def next_rows(
    table: TableCopy, copied: Copied, seconds: float, *, is_last: bool
) -> int:
    """Return how many rows the next chunk should have.

    ``table`` is as it was when the last chunk was claimed, which took
    ``seconds`` to find and to copy.
    """
    fixed = fixed_rows(table.run)
    if fixed:
        return fixed
    if is_last or has_missed(table, copied, is_last=is_last):
        # The rest of a table tells little, and a gap among its keys nothing.
        return table.chunk_rows
    by_clock = copied.read * option("CHUNK_SECONDS") / max(seconds, 0.001)
    by_bytes = option("CHUNK_BYTES") / max(_row_bytes(table, copied), 1)
    most = MOST_OBJECTS if table.route == VALUES else MOST_ROWS
    wanted = min(by_clock, by_bytes, table.chunk_rows * GROWTH, most)
    return max(int(wanted), LEAST_ROWS)


def has_missed(table: TableCopy, copied: Copied, *, is_last: bool) -> bool:
    """Whether a range held far fewer rows than wanted: its keys are sparse."""
    return not is_last and copied.read < table.chunk_rows * MISSED


def _row_bytes(table: TableCopy, copied: Copied) -> float:
    if copied.bytes:
        return copied.bytes / copied.read
    return (table.bytes_total or 0) / max(table.rows_total, 1)
