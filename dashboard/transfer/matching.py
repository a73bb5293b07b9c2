"""Match the columns of two real tables by name, and choose the route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .backends.base import Session
from .columns import Column, ColumnKind, Table
from .plan import TEXT, VALUES, PlanColumn, TablePlan

Side = tuple[Session, Table]
"""A table, and the session of the database that it is in."""


@dataclass(frozen=True)
class Remark:
    """Something about two tables that a person should know, or has to change."""

    message: str
    remedy: str = ""
    # Whether the table cannot be copied as long as it is so.
    blocks: bool = False


def plan_table(
    model: str,
    source: Side,
    destination: Side,
    kinds: Mapping[str, ColumnKind | None],
    key: tuple[str, ...],
    zone: str,
) -> tuple[TablePlan | None, list[Remark]]:
    """Return the plan of a table, and what was noticed on the way.

    ``kinds`` maps every column of the model to what its field holds, None for
    a custom field; ``key`` is the model's primary key. There is no plan where
    a remark blocks.
    """
    remarks = [
        *_check_table(source, destination),
        *_check_columns(source[1], destination[1], kinds),
    ]
    columns: list[PlanColumn] = []
    if not any(remark.blocks for remark in remarks):
        columns = [_plan_column(*item, source, destination) for item in kinds.items()]
        remarks += _unheld(source, destination, columns, kinds)
    reason = _route_reason(source, destination, columns)
    remarks += _unpaired(source[1], key, reason)
    if any(remark.blocks for remark in remarks):
        return None, remarks
    undivided = _why_undivided(source, key)
    plan = TablePlan(
        model=model,
        table=destination[1].name,
        table_in_source=_other_name(source[1], destination[1]),
        columns=tuple(columns),
        key=key,
        zone=zone,
        route=VALUES if reason else TEXT,
        route_reason=reason,
        is_divisible=undivided is None,
    )
    return plan, [*remarks, *([undivided] if undivided else [])]


def _other_name(old: Table, new: Table) -> str:
    return "" if old.name == new.name else old.name


def _why_undivided(source: Side, key: tuple[str, ...]) -> Remark | None:
    """Return why a table has to be read as a whole, or None."""
    session, table = source
    if not _is_unique(table, key):
        return Remark(
            _(
                "Table '%(table)s' of the source has no primary key or unique "
                "not-null index%(columns)s: its rows are copied in one piece, in one "
                "transaction, and equal ones are counted."
            )
            % {"table": table.name, "columns": _on(key)},
            _("Add one, if the table is large."),
        )
    for name in key:
        column = table.column(name)
        if column is not None and not session.catalog.divides(column.type):
            return Remark(
                _(
                    "The key of table '%(table)s' holds column '%(column)s' "
                    "(%(type)s), by which a table cannot be divided exactly: its rows "
                    "are copied in one piece, in one transaction."
                )
                % {"table": table.name, "column": name, "type": column.type.name}
            )
    return None


def _unpaired(table: Table, key: tuple[str, ...], reason: str) -> Iterator[Remark]:
    # A row is read twice, and only its key says which two belong together.
    if not reason or _is_unique(table, key):
        return
    yield Remark(
        _(
            "Table '%(table)s' of the source has no primary key or unique not-null "
            "index%(columns)s, without which values cannot be converted one by one: "
            "%(reason)s."
        )
        % {"table": table.name, "columns": _on(key), "reason": reason},
        _("Add one, or exclude the table."),
        blocks=True,
    )


def _on(key: tuple[str, ...]) -> str:
    return _(" on %(columns)s") % {"columns": ", ".join(key)} if key else ""


def _route_reason(source: Side, destination: Side, columns: list[PlanColumn]) -> str:
    """Return why values go through Python one by one, or ""."""
    unsafe = [column.name for column in columns if column.kind is ColumnKind.OTHER]
    if not unsafe or source[0].vendor == destination[0].vendor:
        return ""
    return _("no common text for %(columns)s") % {"columns": ", ".join(unsafe)}


def _check_table(source: Side, destination: Side) -> Iterator[Remark]:
    old, new = source[1], destination[1]
    if new.is_view or old.is_view:
        yield Remark(
            _("'%(table)s' is a view, not a table.") % {"table": old.name},
            _("Exclude it."),
            blocks=True,
        )
    if not new.transactional:
        yield Remark(
            _("Table '%(table)s' of the destination cannot roll back a transaction.")
            % {"table": new.name},
            _("Run ALTER TABLE %(table)s ENGINE=InnoDB, or exclude the table.")
            % {"table": new.name},
            blocks=True,
        )


def _is_unique(table: Table, key: tuple[str, ...]) -> bool:
    columns = [table.column(name) for name in key]
    # NULL is in no range of keys. A column that is missing is said elsewhere.
    if not key or any(column is not None and column.nullable for column in columns):
        return False
    # A key is unique where a part of it is.
    uniques = [index for index in (table.key, *table.uniques) if index]
    return any(set(index) <= set(key) for index in uniques)


def _check_columns(
    old: Table, new: Table, kinds: Mapping[str, ColumnKind | None]
) -> Iterator[Remark]:
    for table, in_source in ((old, True), (new, False)):
        missing = [name for name in kinds if table.column(name) is None]
        if missing:
            yield _missing_columns(table.name, missing, in_source=in_source)
    for column in new.columns:
        if column.name not in kinds and column.must_be_given:
            yield _wanting(new, column)


def _wanting(new: Table, column: Column) -> Remark:
    facts = {"column": column.name, "table": new.name}
    message = _(
        "Column '%(column)s' of table '%(table)s' exists only in the destination, and "
        "a row needs a value there."
    )
    if new.has_insert_trigger:
        # Whether it gives one nobody can see; else the load says so.
        return Remark(message % facts, _("Make sure that its trigger gives one."))
    return Remark(
        message % facts, _("Give the column a default, or drop it."), blocks=True
    )


def _missing_columns(table: str, missing: list[str], *, in_source: bool) -> Remark:
    facts = {"table": table, "columns": ", ".join(repr(name) for name in missing)}
    if in_source:
        message = _("Table '%(table)s' of the source has no column %(columns)s.")
    else:
        message = _("Table '%(table)s' of the destination has no column %(columns)s.")
    remedy = _("Run the migrations there: manage.py migrateinto, with its alias.")
    return Remark(message % facts, remedy, blocks=True)


# A number is what it is as a decimal, where a column is one of another sort.
NUMBERS = {
    ColumnKind.INTEGER: (ColumnKind.DECIMAL,),
    ColumnKind.FLOAT: (ColumnKind.DECIMAL,),
}


def _unheld(
    source: Side,
    destination: Side,
    columns: list[PlanColumn],
    kinds: Mapping[str, ColumnKind | None],
) -> list[Remark]:
    alike = source[0].vendor == destination[0].vendor
    return [
        _foreign(source, column)
        for column in columns
        if _is_foreign(column, kinds[column.name], alike=alike)
    ]


def _is_foreign(column: PlanColumn, kind: ColumnKind | None, *, alike: bool) -> bool:
    """Whether a built-in field would have to make its value of another type's.

    Between two columns of one type of one engine (``alike``) it passes as it is.
    """
    same = alike and column.source.name == column.destination.name
    return column.kind is ColumnKind.OTHER and kind is not None and not same


def _foreign(source: Side, column: PlanColumn) -> Remark:
    return Remark(
        _(
            "Column '%(column)s' of table '%(table)s' is %(old)s in the source and "
            "%(new)s in the destination: its field knows no value that both hold."
        )
        % {
            "column": column.name,
            "table": source[1].name,
            "old": column.source.name or _("without a type"),
            "new": column.destination.name or _("without a type"),
        },
        _("Give both columns the type that the field has, or exclude the table."),
        blocks=True,
    )


def _plan_column(
    name: str, kind: ColumnKind | None, source: Side, destination: Side
) -> PlanColumn:
    old, new = source[1].column(name), destination[1].column(name)
    assert old is not None  # both were checked
    assert new is not None
    natural = source[0].catalog.kind(old.type)
    if kind is None and natural is destination[0].catalog.kind(new.type):
        kind = natural
    candidates = (kind, *NUMBERS.get(kind, ())) if kind else ()
    common = (
        candidate
        for candidate in candidates
        if source[0].catalog.holds(candidate, old.type)
        and destination[0].catalog.holds(candidate, new.type)
    )
    return PlanColumn(
        name=name,
        kind=next(common, ColumnKind.OTHER),
        nullable=old.nullable or new.nullable,
        source=old.type,
        destination=new.type,
        generated=new.generated,
    )
