"""Looks for rows that are larger than a statement of the destination may be.

Only a loader that sends rows in statements has such a limit. What may be too large is
found by its octets in the source's SQL, then read and spelled as a run would, one row
at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .backends.base import Session
from .backends.scanner import Question
from .batches import is_long
from .keys import EVERYTHING, Key, KeyRange
from .plan import TEXT, TablePlan
from .rows import closed
from .text_rules import Octets
from .whole_table import EXAMPLES, ranges

# Rows that are fetched at once by their keys, and that are too large to look on.
AT_ONCE = 50
ENOUGH = 100


@dataclass
class TooLarge:
    """How many rows are too large, with the keys of the first ones, and the limit."""

    most_octets: int
    count: int = 0
    keys: list[Key] = field(default_factory=list)
    # Whether there may be more of them.
    more: bool = False


def too_large(
    source: Session,
    destination: Session,
    plan: TablePlan,
    go_on: Callable[[], None] = lambda: None,
) -> TooLarge | None:
    """Return the rows that no statement of the destination takes; None without any.

    ``go_on`` is called now and then, and may raise.
    """
    most = destination.loader.most_octets
    asked = _questions(source, plan, most) if most and plan.route == TEXT else []
    if not most or not asked:
        return None
    found = TooLarge(most)
    for key_range in ranges(source, plan):
        go_on()
        for key, part in _suspects(source, plan, key_range, asked):
            go_on()
            _judge(source, destination, plan, part, key, found)
            if found.count >= ENOUGH:
                found.more = True
                return found
    return found if found.count else None


def _questions(source: Session, plan: TablePlan, most: int) -> list[Question]:
    """Ask for what is too large if each of its octets is escaped."""
    long = [column for column in plan.written if is_long(column)]
    found = []
    for column in long:
        rule = Octets(most // (2 * len(long) + 1))
        if suspects := source.scanner.suspects(plan, column, rule):
            found.append(Question(column, rule, suspects))
    return found


def _suspects(
    source: Session, plan: TablePlan, key_range: KeyRange, asked: list[Question]
) -> Iterator[tuple[Key, KeyRange]]:
    """Yield the rows of a range that may be too large, each in a range of its own."""
    _, counts = source.scanner.counts(plan, key_range, asked)
    if any(counts) and not plan.is_divisible:
        yield (), EVERYTHING
        return
    seen: set[Key] = set()
    for question, count in zip(asked, counts, strict=True):
        part = key_range
        for _ in range(0, count, AT_ONCE):
            rows = source.scanner.suspected(plan, part, question, AT_ONCE)
            for key in (key for key, _ in rows if key not in seen):
                seen.add(key)
                yield key, _alone(source, plan, part.lower, key)
            part = KeyRange(rows[-1][0] if rows else part.lower, key_range.upper)


def _alone(source: Session, plan: TablePlan, lower: Key | None, key: Key) -> KeyRange:
    reader = source.reader
    selection, values = reader.selection(plan, KeyRange(lower, key), source.placeholder)
    sql = f"SELECT count(*) FROM (SELECT 1 {selection}) c"  # noqa: S608
    before = int(source.query(sql, values)[0][0]) - 1
    if before > 0:
        lower = reader.upper_bound(plan, lower, before, key)
    return KeyRange(lower, key)


def _judge(
    source: Session,
    destination: Session,
    plan: TablePlan,
    part: KeyRange,
    key: Key,
    found: TooLarge,
) -> None:
    with closed(source.reader.rows(plan, part)) as batches:
        for batch in batches:
            rows = destination.loader.count_too_large(plan, batch)
            found.count += rows
            if rows and key and len(found.keys) < EXAMPLES:
                found.keys.append(key)
