"""From two real tables to a frozen plan, or to what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .backends.base import Session
from .columns import Column, Kind, Table
from .plan import TEXT, VALUES, PlanColumn, TablePlan


@dataclass
class Planned:
    """A plan, why it takes its route, and what was noticed on the way.

    With a problem there is no plan. Each is a message with its remedy.
    """

    plan: TablePlan | None = None
    reason: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def plan_table(
    model: str,
    source: tuple[Session, Table],
    destination: tuple[Session, Table],
    kinds: Mapping[str, Kind | None],
    key: tuple[str, ...],
    zone: str,
) -> Planned:
    """Match columns by name and choose the route.

    ``kinds`` maps every column of the model to what its field holds, None for
    a custom field; ``key`` is the model's primary key.
    """
    planned = Planned()
    old, new = source[1], destination[1]
    _check_table(planned, old, new, key, (source[0], destination[0]))
    _check_columns(planned, old, new, kinds)
    if planned.problems:
        return planned
    columns = [
        _plan_column(name, kind, source, destination) for name, kind in kinds.items()
    ]
    unsafe = [column.name for column in columns if column.kind is Kind.OTHER]
    same_engine = source[0].vendor == destination[0].vendor
    if unsafe and not same_engine:
        planned.reason = f"no common text for {', '.join(unsafe)}"
    planned.plan = TablePlan(
        model=model,
        table=old.name,
        columns=tuple(columns),
        key=key,
        zone=zone,
        route=VALUES if planned.reason else TEXT,
        is_divisible=not _has_float_key(source, columns, key),
    )
    if not planned.plan.is_divisible:
        planned.notes.append(
            (
                f"The key of table '{old.name}' is a floating-point number, which has "
                "no exact text to cut the table by: its rows are copied in one piece, "
                "in one transaction.",
                "",
            )
        )
    return planned


def _has_float_key(
    source: tuple[Session, Table], columns: list[PlanColumn], key: tuple[str, ...]
) -> bool:
    session, table = source
    for column in columns:
        real = table.column(column.name)
        natural = session.catalog.kind(real.type) if real else column.kind
        if column.name in key and Kind.FLOAT in (column.kind, natural):
            return True
    return False


def _check_table(
    planned: Planned,
    old: Table,
    new: Table,
    key: tuple[str, ...],
    sessions: tuple[Session, Session],
) -> None:
    if new.is_view or old.is_view:
        planned.problems.append((f"'{old.name}' is a view.", "Exclude it."))
    if not new.transactional:
        planned.problems.append(
            (
                f"Table '{new.name}' of the destination cannot roll back.",
                f"ALTER TABLE {new.name} ENGINE=InnoDB, or exclude it.",
            )
        )
    for session, table in zip(sessions, (old, new), strict=True):
        if not _is_unique(table, key):
            planned.problems.append(
                (
                    f"Table '{table.name}' (alias '{session.database.alias}') has no "
                    f"primary key or unique not-null index on {', '.join(key)}.",
                    "Add one, or exclude it.",
                )
            )


def _is_unique(table: Table, key: tuple[str, ...]) -> bool:
    columns = [table.column(name) for name in key]
    if any(column is None for column in columns):
        # Said as a missing column.
        return True
    if set(table.key) == set(key):
        return True
    unique = any(set(index) == set(key) for index in table.uniques)
    return unique and not any(column.nullable for column in columns if column)


def _check_columns(
    planned: Planned, old: Table, new: Table, kinds: Mapping[str, Kind | None]
) -> None:
    for table, side in ((old, "source"), (new, "destination")):
        missing = [name for name in kinds if table.column(name) is None]
        if missing:
            planned.problems.append(
                (
                    f"Table '{table.name}' of the {side} has no column "
                    f"{', '.join(repr(name) for name in missing)}.",
                    f"Run the migrations on the {side}, so that both sides have "
                    "the columns of the models.",
                )
            )
    for column in new.columns:
        if column.name not in kinds and _must_be_given(column):
            planned.problems.append(
                (
                    f"Column '{column.name}' of table '{new.name}' exists only in the "
                    "destination and takes no NULL.",
                    "Give it a default, or drop it.",
                )
            )
    for column in old.columns:
        if column.name not in kinds:
            planned.notes.append(
                (
                    f"Column '{column.name}' of table '{old.name}' belongs to no "
                    "field and is not copied.",
                    "",
                )
            )


def _must_be_given(column: Column) -> bool:
    return not (column.nullable or column.has_default or column.generated)


def _plan_column(
    name: str,
    kind: Kind | None,
    source: tuple[Session, Table],
    destination: tuple[Session, Table],
) -> PlanColumn:
    old, new = source[1].column(name), destination[1].column(name)
    assert old is not None  # both were checked
    assert new is not None
    natural = source[0].catalog.kind(old.type)
    if kind is None and natural is destination[0].catalog.kind(new.type):
        kind = natural
    if kind is None or not (
        source[0].catalog.holds(kind, old.type)
        and destination[0].catalog.holds(kind, new.type)
    ):
        kind = Kind.OTHER
    return PlanColumn(
        name=name,
        kind=kind,
        nullable=old.nullable or new.nullable,
        source=old.type,
        destination=new.type,
        generated=new.generated,
    )
