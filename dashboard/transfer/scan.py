"""Looks through the values of a source for what the destination would not take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from .backends.base import Session
from .backends.many import Within, tried
from .backends.scanner import Question
from .columns import Table
from .errors import TransferError
from .keys import Key, KeyRange
from .moment_rules import OnOneClock
from .moments import is_converted
from .plan import PlanColumn, TablePlan
from .rules import NotNull, Rule

# Rows that one statement looks at: SQLite keeps its lock as long.
RANGE_ROWS = 100_000
SUSPECTS = 1_000
EXAMPLES = 5
# Of a table whose rows no key orders, no more than so many are read.
MOST_UNDIVIDED = 10_000


@dataclass
class Broken:
    """A rule that values break: how many, and the keys of up to ``most``."""

    column: PlanColumn
    rule: Rule
    count: int = 0
    keys: list[Key] = field(default_factory=list)
    most: int = EXAMPLES
    # Whether there may be more of them.
    more: bool = False


@dataclass
class Scanned:
    """What was found of a table, and what is not known of it."""

    broken: list[Broken] = field(default_factory=list)
    # What ended it before all rows were looked at.
    ended_by: TransferError | None = None
    # Rows that were looked at.
    rows: int = 0
    # Columns of which not all suspects were read, since no key orders them.
    unread: list[PlanColumn] = field(default_factory=list)


def questions(
    source: Session, destination: Session, plan: TablePlan, there: Table
) -> list[Question]:
    """Return what has to be asked; nothing where both columns hold the same.

    ``there`` is the destination's table.
    """
    foreign = source.vendor != destination.vendor
    found = []
    for column in plan.written:
        here = there.column(column.name)
        if here is None:
            continue
        rules: list[Rule] = [] if here.nullable or not column.nullable else [NotNull()]
        if foreign or not destination.scanner.is_alike(plan, column):
            rules += destination.scanner.rules(plan, column, here, foreign=foreign)
            rules += source.scanner.reading_rules(column)
        if is_converted(plan, column):
            rules.append(OnOneClock(plan.zone, column.source.instant))
        for rule in dict.fromkeys(rules):
            suspects = source.scanner.suspects(plan, column, rule)
            if suspects is not None:
                found.append(Question(column, rule, suspects))
    return found


def with_suspects(
    source: Session,
    asked: Mapping[str, tuple[TablePlan, list[Question]]],
    within: Within = nullcontext,
) -> set[str]:
    """Return the names of tables that may hold what breaks a rule.

    A hundred are asked in one statement; one that cannot be asked is among them. For
    small ones: what is found is looked for once more. ``within`` is of ``tried``.
    """
    scanner = source.scanner
    found, faults = tried(
        source,
        {name: scanner.suspected_rows(*of_table) for name, of_table in asked.items()},
        within,
    )
    return {name for name, rows in found.items() if rows} | faults.keys()


def scan(
    source: Session,
    plan: TablePlan,
    asked: list[Question],
    within: Within = nullcontext,
    examples: int = EXAMPLES,
    go_on: Callable[[int], None] = lambda rows: None,
) -> Scanned:
    """Return what the values of a table break.

    What was found before an error ended it is kept. Each range is looked at inside of
    what ``within`` returns; ``go_on`` hears how many rows were, and may raise.
    """
    broken = {q: Broken(q.column, q.rule, most=examples) for q in asked}
    scanned = Scanned()
    try:
        for _ in _looks(source, plan, broken, scanned, within) if asked else ():
            go_on(scanned.rows)
    except TransferError as error:
        scanned.ended_by = error
    scanned.broken = [one for one in broken.values() if one.count]
    for one in scanned.broken:
        one.more = one.more or scanned.ended_by is not None
    return scanned


def _looks(
    source: Session,
    plan: TablePlan,
    broken: Mapping[Question, Broken],
    scanned: Scanned,
    within: Within,
) -> Iterator[None]:
    """Look at one range after the other."""
    asked = list(broken)
    ranges = _ranges(source, plan)
    while True:
        with within():
            key_range = next(ranges, None)
            if key_range is None:
                return
            rows, counts = source.scanner.counts(plan, key_range, asked)
            for question, count in zip(asked, counts, strict=True):
                if not count:
                    continue
                if not _look(
                    source, plan, key_range, question, count, broken[question]
                ):
                    scanned.unread.append(question.column)
        scanned.rows += rows
        yield


def _ranges(source: Session, plan: TablePlan) -> Iterator[KeyRange]:
    lower: Key | None = None
    while plan.is_divisible:
        upper = source.reader.upper_bound(plan, lower, RANGE_ROWS)
        if upper is None:
            break
        yield KeyRange(lower, upper)
        lower = upper
    yield KeyRange(lower, None)


def _look(
    source: Session,
    plan: TablePlan,
    key_range: KeyRange,
    question: Question,
    count: int,
    broken: Broken,
) -> bool:
    """Add what a range has of suspects that do break the rule.

    Returns whether all of them were read, as far as that was needed.
    """
    scanner = source.scanner
    if question.suspects.exact:
        broken.count += count
        if len(broken.keys) < broken.most:
            rows = scanner.suspected(plan, key_range, question, broken.most)
            _add_keys(broken, [key for key, _ in rows])
        return True
    lower, left = key_range.lower, count
    while left > 0:
        most = SUSPECTS if plan.is_divisible else MOST_UNDIVIDED
        part = KeyRange(lower, key_range.upper)
        rows = scanner.suspected(plan, part, question, most)
        bad = [k for k, v in rows if v is None or question.rule.is_broken_by(v)]
        broken.count += len(bad)
        _add_keys(broken, bad)
        left -= len(rows)
        if not rows or not plan.is_divisible:
            is_whole = not rows or left <= 0
            broken.more = broken.more or not is_whole
            return is_whole
        lower = rows[-1][0]
    return True


def _add_keys(broken: Broken, keys: list[Key]) -> None:
    broken.keys += keys[: broken.most - len(broken.keys)]
