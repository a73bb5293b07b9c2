"""Which demands of a table the rows of a source may break, by both catalogues alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .backends.base import Session
from .backends.scanner import Question
from .columns import ColumnType, Table
from .demands import Check, Demands, Entry, keeps_apart
from .number_rules import NotNegative
from .plan import PlanColumn, TablePlan
from .text_rules import Octets

# As Django makes it of a field for positive numbers, in each engine's spelling.
POSITIVE = re.compile(r"[(\s]*[\"`\[]?(\w+)[\"`\]]?[)\s]*>=\s*\(?0\)?[)\s]*")
# As Django makes it of a JSONField: documents are looked through by themselves.
DOCUMENT = re.compile(r"\W*json_valid\W+(\w+)\W*(?:or\W+\1\W+is\W+null\W*)?", re.I)

# What a value takes at most where its type says it: four octets a character.
OCTETS_OF_CHARACTER = 4
# Types of any length.
ENDLESS = {"text", "citext", "bytea", "json", "jsonb", "xml", "varchar", "bpchar"}


def doubts(
    sessions: tuple[Session, Session],
    plan: TablePlan,
    here: Table,
    there: Table,
    demands: tuple[Demands, Demands],
) -> Demands:
    """Return what of the destination's demands has to be tried.

    ``here`` is the source's table, ``there`` the destination's; ``demands`` are both
    sides'. Nothing that the source demands in the same words, of columns of the same
    types, nor what it keeps apart at least as well.
    """
    ours, theirs = demands[0], _of_plan(plan, demands[1], there)
    known = _known(sessions, plan, ours)
    return Demands(
        tuple(
            unique
            for unique in theirs.uniques
            if not keeps_apart(plan, unique, here)
            and not (_words(unique) in known and _alike(sessions, plan, unique.columns))
        ),
        tuple(
            check
            for check in theirs.checks
            if not is_positive(check)
            and not DOCUMENT.fullmatch(check.condition)
            and not (check.condition in known and _alike(sessions, plan, check.columns))
        ),
        tuple(entry for entry in theirs.entries if _may_be_long(plan, entry)),
        tuple(
            one
            for one in theirs.exclusions
            if not (one in known and _alike(sessions, plan, one.columns))
        ),
    )


def _of_plan(plan: TablePlan, demands: Demands, there: Table) -> Demands:
    """Leave out what is about columns that get their values there, as defaults."""
    made = {column.name for column in there.columns if column.generated}
    known = made | {column.name for column in plan.written}
    return Demands(
        tuple(one for one in demands.uniques if known.issuperset(one.columns)),
        tuple(one for one in demands.checks if known.issuperset(one.columns)),
        tuple(one for one in demands.entries if known.issuperset(one.columns)),
        tuple(one for one in demands.exclusions if known.issuperset(one.columns)),
    )


def _words(unique: object) -> object:
    return tuple(getattr(unique, n) for n in ("parts", "where", "nulls_are_equal"))


def _known(
    sessions: tuple[Session, Session], plan: TablePlan, ours: Demands
) -> set[object]:
    """Return what the source demands, where its words mean the same there."""
    if sessions[0].vendor != sessions[1].vendor or plan.source_columns:
        return set()
    uniques = (unique for unique in ours.uniques if unique.is_proved)
    checks = (check for check in ours.checks if check.is_proved)
    conditions = (check.condition for check in checks)
    return {*map(_words, uniques), *conditions, *ours.exclusions}


def _alike(
    sessions: tuple[Session, Session], plan: TablePlan, names: Iterable[str]
) -> bool:
    columns = {column.name: column for column in plan.columns}
    return all(
        name in columns
        and columns[name].change is None
        and columns[name].numbers is None
        and sessions[1].scanner.is_alike(plan, columns[name])
        for name in names
    )


# --- CHECKs of the commonest kind ----------------------------------------------


def is_positive(check: Check) -> bool:
    """Whether a CHECK is that of a field for positive numbers."""
    return len(check.columns) == 1 and bool(POSITIVE.fullmatch(check.condition))


def below_zero(
    source: Session, plan: TablePlan, here: Table, demands: tuple[Demands, Demands]
) -> dict[Question, Check]:
    """Return the questions that tell what breaks such CHECKs, where anything may.

    The source answers them by itself.
    """
    kept = {
        check.columns
        for check in demands[0].checks
        if check.is_proved and is_positive(check)
    }
    found = {}
    for check in demands[1].checks:
        column = next((c for c in plan.written if (c.name,) == check.columns), None)
        if not is_positive(check) or column is None:
            continue
        name = plan.in_source(column.name)
        real = here.column(name)
        if (name,) in kept or (real is not None and "unsigned" in real.declared):
            continue
        rule = NotNegative()
        if suspects := source.scanner.suspects(plan, column, rule):
            found[Question(column, rule, suspects)] = check
    return found


# --- entries of indexes ---------------------------------------------------------


def long_values(
    source: Session, plan: TablePlan, entries: Iterable[Entry]
) -> list[Question]:
    """Return the questions that tell whether any value may be too long for them."""
    found = {}
    for entry in entries:
        columns = [c for c in plan.written if c.name in entry.columns]
        long = [c for c in columns if _octets(c.destination) is None] or columns
        for column in long:
            rule = Octets(entry.most_octets // (2 * len(columns)))
            if suspects := source.scanner.suspects(plan, column, rule):
                found[column.name, rule] = Question(column, rule, suspects)
    return list(found.values())


def _may_be_long(plan: TablePlan, entry: Entry) -> bool:
    columns: list[PlanColumn] = [c for c in plan.columns if c.name in entry.columns]
    octets = [_octets(column.destination) for column in columns]
    known = [number for number in octets if number is not None]
    return len(known) < len(octets) or sum(known) > entry.most_octets


def _octets(column_type: ColumnType) -> int | None:
    """Return how many octets a value takes at most, None without an end."""
    if column_type.name not in ENDLESS:
        return 64
    if column_type.length is None:
        return None
    return OCTETS_OF_CHARACTER * column_type.length
