"""Where the next key range of a table ends."""

from __future__ import annotations

from .backends.base import Session
from .keys import Key
from .plan import TablePlan

# At a share of numbers in use below this, a range might hold many more rows
# than wanted, and rows are counted off instead.
DENSE = 0.5


def next_bound(
    source: Session, plan: TablePlan, lower: Key | None, rows: int, expected: int
) -> Key | None:
    """Return the end of a range of about ``rows`` rows after ``lower``.

    None where the rest of the table has no more. ``expected`` is how many rows
    the table has, roughly. Counting rows off reads what is about to be copied
    a first time. Where most numbers of an integer key are in use a stride does
    as well and costs nothing: of ``n`` numbers at most ``n`` are rows.
    What a filter selects is spread over the key: it is counted off, unless all of it
    is one range.
    """
    if plan.filter and lower is None and expected <= rows:
        return None
    if plan.has_integer_key and not plan.filter:
        stride = _stride(source, plan, rows, expected)
        if stride is not None:
            width, least, greatest = stride
            upper = (int(lower[0]) if lower else least - 1) + width
            return (upper,) if upper < greatest else None
    return source.reader.upper_bound(plan, lower, rows)


def _stride(
    source: Session, plan: TablePlan, rows: int, expected: int
) -> tuple[int, int, int] | None:
    """Return a width in numbers, and the least and the greatest of the key."""
    key = source.quote(plan.in_source(plan.key[0]))
    table = source.rows_of(plan.source_table)
    # Two queries in one: SQLite reads the whole table for both at once.
    sql = f"SELECT (SELECT min({key}) FROM {table}), (SELECT max({key}) FROM {table})"  # noqa: S608
    least, greatest = source.query(sql)[0]
    # A key of SQLite that is declared as a number may hold something else.
    if not (isinstance(least, int) and isinstance(greatest, int)):
        return None
    used = min(expected / (greatest - least + 1), 1.0)
    if used < DENSE:
        return None
    return max(int(rows / used), 1), least, greatest
