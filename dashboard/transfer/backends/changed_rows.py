"""The rows of a source as they are read and compared: with what was chosen to change.

They are a table expression that stands in FROM where the table's own name would,
and have the columns' own names. So nothing of a reader or of a comparer knows
changes, and both see the same. Servers take the expression apart: ranges of the key
are read along its index as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from ..changes import OF_ORPHANS, Changed, ChangedColumn, ChangeName
from ..errors import Unsupported
from ..filters import Where
from ..keys import Condition
from ..plan import SourceColumn, TablePlan
from .base import Session
from .projection import of_source, rows_as, rows_read

ROWS = "mc_rows"
"""What the rows are called as a table."""
STORED = "mc_stored"
"""What they are called as they are stored, inside of it."""
REFERRED = "mc_referred"

Changes = Sequence[ChangedColumn]


def rows_as_read(
    session: Session,
    table: str,
    names: Iterable[str],
    changes: Changes,
    own: Iterable[str] = (),
    renamed: Sequence[SourceColumn] = (),
    where: Where | None = None,
) -> str:
    """Return what stands in FROM for the rows of a changed table, called ROWS.

    ``names`` are all columns that are asked for, ``own`` what the engine itself has
    besides them, in its own words; ``renamed`` says where the columns are, ``where``
    which rows.
    """
    found = _in_sql(session, changes)
    columns = [_column(session, name, found.get(name)) for name in dict.fromkeys(names)]
    columns += [f"{STORED}.{name} AS {name}" for name in own]
    rows = _stored_rows(session, table, renamed, where)
    kept = _kept(changes, found)
    return f"(SELECT {', '.join(columns)} FROM {rows}{kept}) {ROWS}"  # noqa: S608


def rows_kept(session: Session, plan: TablePlan) -> str:
    """Return what stands in FROM for the rows of a changed table by their keys alone.

    Called ROWS, without those that are left out. No other column is in it: MySQL
    would not take apart what has a subquery among its columns, and read the rest of
    the table for every range that is looked for.
    """
    changes = [column for column in plan.changed if _leaves_out(column)]
    # A table without a key has at least a column.
    names = plan.key or [column.name for column in plan.columns[:1]]
    table, renamed = plan.source_table, plan.source_columns
    return rows_as_read(session, table, names, changes, (), renamed, of_source(plan))


def source_expression(session: Session, column: ChangedColumn) -> str:
    """Return a column's value in SQL, its change included, of rows called STORED."""
    return _value(stored(session, column.name), in_sql(session, column))


def stored(session: Session, name: str) -> str:
    """Return a column of the rows as they are stored."""
    return f"{STORED}.{session.quote(name)}"


def in_sql(session: Session, column: ChangedColumn) -> Changed:
    """Return a column's change in SQL. Raises Unsupported."""
    name = stored(session, column.name)
    if column.change.name in OF_ORPHANS:
        return _of_orphans(session, column, name)
    return session.changed(column, name)


def unsupported(column: ChangedColumn) -> Unsupported:
    """Return the error for a change that a column's type does not have."""
    return Unsupported(
        _(
            "The change '%(change)s' cannot be made of column '%(column)s' (%(type)s) "
            "of the source."
        )
        % {
            "change": column.change.name,
            "column": column.name,
            "type": column.type.name or _("without a type"),
        }
    )


def count_changed(
    session: Session,
    plan: TablePlan,
    condition: Condition = ("1=1", []),
    own: Iterable[str] = (),
) -> dict[str, int]:
    """Count the values of each column that are changed, or the rows left out.

    ``condition`` selects rows by the key's columns and ``own``; see ``rows_as_read``.
    A value of a row that is left out is not counted as changed.
    """
    found = _in_sql(session, plan.changed)
    columns = [stored(session, name) for name in plan.key]
    columns += [f"{STORED}.{name} AS {name}" for name in own]
    left_out = [found[c.name].condition for c in plan.changed if _leaves_out(c)]
    flags = []
    for number, column in enumerate(plan.changed):
        others = [] if _leaves_out(column) else left_out
        parts = [found[column.name].condition, *(f"NOT ({one})" for one in others)]
        is_changed = " AND ".join(f"({part})" for part in parts)
        flags.append(f"CASE WHEN {is_changed} THEN 1 ELSE 0 END AS mc_{number}")
    stored_there = plan.source_table, plan.source_columns, of_source(plan)
    rows = _stored_rows(session, *stored_there)
    sums = ", ".join(f"sum(mc_{number})" for number in range(len(flags)))
    where, values = condition
    sql = (
        f"SELECT {sums} FROM (SELECT {', '.join([*columns, *flags])} FROM {rows}) "  # noqa: S608
        f"{ROWS} WHERE {where}"
    )
    (row,) = session.query(sql, values)
    return {
        column.name: int(number or 0)
        for column, number in zip(plan.changed, row, strict=True)
    }


def count_rows(session: Session, plan: TablePlan) -> int:
    """Count the rows of the source that are read."""
    if plan.leaves_rows_out:
        rows = rows_kept(session, plan)
    elif plan.filter:
        rows = rows_read(session, plan)[1]
    else:
        return session.catalog.count(plan.source_table)
    return int(session.query(f"SELECT count(*) FROM {rows}")[0][0])  # noqa: S608


def count_there(session: Session, plan: TablePlan) -> int:
    """Count the rows of the destination that are compared."""
    where = plan.filter.compared(1) if plan.filter else None
    if where is None:
        return session.catalog.count(plan.table)
    place = session.quote_table(plan.table), session.rows_of(plan.table)
    rows = rows_as(session, *place, (), where=where)[1]
    return int(session.query(f"SELECT count(*) FROM {rows}")[0][0])  # noqa: S608


def _stored_rows(
    session: Session,
    table: str,
    renamed: Sequence[SourceColumn],
    where: Where | None = None,
) -> str:
    """Return the rows as they are stored, under the names of the plan."""
    if not renamed and where is None:
        return f"{session.rows_of(table)} {STORED}"
    place = session.quote_table(table), session.rows_of(table)
    return rows_as(session, *place, renamed, STORED, where)[1]


def _in_sql(session: Session, changes: Changes) -> dict[str, Changed]:
    return {column.name: in_sql(session, column) for column in changes}


def _leaves_out(column: ChangedColumn) -> bool:
    return column.change.name is ChangeName.SKIP_ORPHANS


def _kept(changes: Changes, found: Mapping[str, Changed]) -> str:
    conditions = [f"NOT ({found[c.name].condition})" for c in changes if _leaves_out(c)]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _column(session: Session, name: str, changed: Changed | None) -> str:
    value = stored(session, name)
    return f"{_value(value, changed)} AS {session.quote(name)}" if changed else value


def _value(name: str, changed: Changed) -> str:
    if changed.value == name:
        return name
    return f"CASE WHEN {changed.condition} THEN {changed.value} ELSE {name} END"


def _of_orphans(session: Session, column: ChangedColumn, name: str) -> Changed:
    """Return the change of what refers to no row; never NULL is the condition."""
    change = column.change
    rows = f"{session.rows_of(change.table)} {REFERRED}"
    other = f"{REFERRED}.{session.quote(change.column)}"
    same = f"{other} = {name}"
    if change.is_exact:
        # Of what type it is would only be of use to an index.
        same = session.schema.same_text((name, column.type), (other, column.type))
    is_orphan = f"{name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {rows} WHERE {same})"  # noqa: S608
    return Changed(is_orphan, name if _leaves_out(column) else "NULL")
