"""Gives rows the keys of the destination, and back, in its own SQL.

Rows lie in the destination under the keys of the source. Every column that holds keys
which are new there is joined with the table that says what they become; see
``key_maps.py``. The way back is what a merge is proved by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from .backends.base import Session
from .columns import ColumnKind
from .errors import CountMismatch, KeysUnknown, TransferError
from .key_maps import KeyMap
from .plan import PlanColumn, TablePlan

UNKNOWN = "mc_unknown"
"""Is 1 in a row that refers to one which has no new key yet, else 0."""

# Stands for a table that is not made yet: nothing has a new key.
NOTHING = (
    "(SELECT 0 AS old_key, 0 AS new_key, 0 AS is_there FROM (SELECT 1) o WHERE 1=0)"
)


@dataclass(frozen=True)
class _Joined:
    """A column and one of its maps, under a name in the statement."""

    column: PlanColumn
    map: KeyMap
    name: str


class Rekeying:
    """The statements for one table."""

    def __init__(self, session: Session, plan: TablePlan) -> None:
        self._session = session
        self._plan = plan
        self._joined = [
            _Joined(column, one, f"k{place}_{number}")
            for place, column in enumerate(plan.written)
            for number, one in enumerate(column.key_maps)
        ]

    # --- rows under other keys ---------------------------------------------------

    def forth(self, rows: str) -> str:
        """Return rows, for FROM, under the keys that they get.

        A key that is not known yet is NULL.
        """
        values = [self._value(c, "new_key") for c in self._plan.written]
        flag = f"CASE WHEN {self._any_unknown()} THEN 1 ELSE 0 END AS {UNKNOWN}"
        selected = ", ".join([*values, flag])
        return f"(SELECT {selected} FROM {rows} x{self._joins('old_key')})"  # noqa: S608

    def back(self, *, generated: bool = False) -> str:
        """Return the destination's rows, for FROM, under the keys of the source.

        Of those whose own key is new there only what the source has, or had; also what
        is ``generated`` by the server if somebody looks at it.
        """
        columns = self._plan.columns if generated else self._plan.written
        values = [self._value(column, "old_key") for column in columns]
        rows = self._session.rows_of(self._plan.table)
        selected = ", ".join([*self._places(), *values])
        return f"(SELECT {selected} FROM {rows} x{self._joins('new_key')})"  # noqa: S608

    def back_of(self, staged: str) -> str:
        """Return the rows that staged ones have become, to be selected from as d.

        In the order in which they are looked up: where too many are joined to be
        weighed up an engine may read all of a large table for a part of it.
        """
        columns, key = self._plan.written, self._plan.key
        values = ", ".join(self._value(column, "old_key") for column in columns)
        first = [one for one in self._joined if one.column.name in key]
        by_column = {one.column.name: f"{one.name}.new_key" for one in first}
        quote = self._session.quote
        maps = "".join(
            f" JOIN {self._map(one.map)} {one.name} "
            f"ON {one.name}.old_key = s.{quote(one.column.name)}"
            for one in first
        )
        same = " AND ".join(
            f"x.{quote(name)} = {by_column.get(name, f's.{quote(name)}')}"
            for name in key
        )
        rows = f"{staged} s{maps} JOIN {self._session.rows_of(self._plan.table)} x"
        others = [one for one in self._joined if one.column.name not in key]
        joins = self._joins("new_key", others)
        return f"(SELECT {values} FROM {rows} ON {same}{joins}) d"  # noqa: S608

    def _places(self) -> Iterator[str]:
        for name in self._session.place_columns:
            yield f"x.{name}"

    def _value(self, column: PlanColumn, side: str) -> str:
        name = self._session.quote(column.name)
        found = [one for one in self._joined if one.column.name == column.name]
        if not found:
            return f"x.{name}"
        texts = [(one, self._as_held(column, f"{one.name}.{side}")) for one in found]
        if not found[0].map.type_column:
            return f"{texts[0][1]} AS {name}"
        cases = " ".join(
            f"WHEN {one.name}.{side} IS NOT NULL THEN {text}" for one, text in texts
        )
        return f"CASE {cases} ELSE x.{name} END AS {name}"

    def _as_held(self, column: PlanColumn, number: str) -> str:
        if column.kind is ColumnKind.INTEGER:
            return number
        return self._session.schema.as_text(number)

    def _joins(self, side: str, joined: Sequence[_Joined] | None = None) -> str:
        """Return the joins with maps, else all; a ``side`` is what the rows have."""
        return "".join(
            # Where a row is found by its key a planner is free to begin with the map.
            f" {'JOIN' if self._is_own(one, side) else 'LEFT JOIN'} "
            f"{self._map(one.map)} {one.name} "
            f"ON {one.name}.{side} = {self._number(one)}{self._of_type(one)}"
            for one in (self._joined if joined is None else joined)
        )

    def _is_own(self, one: _Joined, side: str) -> bool:
        return side == "new_key" and one.column.name in self._plan.key

    def _number(self, one: _Joined) -> str:
        name = f"x.{self._session.quote(one.column.name)}"
        if one.column.kind is ColumnKind.INTEGER:
            return name
        return self._session.schema.as_number(name)

    def _of_type(self, one: _Joined) -> str:
        if not one.map.type_column:
            return ""
        name = self._session.quote(one.map.type_column)
        return f" AND x.{name} = {int(one.map.content_type)}"

    def _map(self, one: KeyMap) -> str:
        if one.table not in self._there:
            return NOTHING
        return self._session.quote(one.table)

    @cached_property
    def _there(self) -> set[str]:
        names = sorted({one.map.table for one in self._joined})
        return set(self._session.catalog.tables(names))

    # --- what is not known ---------------------------------------------------------

    def _unknown(self, one: _Joined) -> str:
        """Return the condition that a row's key in a column has no new one."""
        given = f"{self._number(one)} IS NOT NULL{self._of_type(one)}"
        return f"({given} AND {one.name}.old_key IS NULL)"

    def _any_unknown(self) -> str:
        return " OR ".join(map(self._unknown, self._joined))

    def require_known(self, rows: str) -> None:
        """Raise unless every key in staged rows has got a new one.

        KeysUnknown where it is their own, so that a new one may be got.
        """
        sums = [
            f"sum(CASE WHEN {self._unknown(j)} THEN 1 ELSE 0 END)" for j in self._joined
        ]
        sql = f"SELECT {', '.join(sums)} FROM {rows} x{self._joins('old_key')}"  # noqa: S608
        found = self._session.query(sql)[0]
        for one, count in zip(self._joined, found, strict=True):
            if not count:
                continue
            facts = {
                "table": self._plan.table,
                "column": one.column.name,
                "rows": int(count),
            }
            if one.map.table == self._plan.key_map and not one.map.type_column:
                raise KeysUnknown(
                    _("%(rows)d rows of '%(table)s' have no new key.") % facts
                )
            raise TransferError(
                _(
                    "%(rows)d rows of table '%(table)s' refer by '%(column)s' to rows "
                    "that are not merged and have no new key."
                )
                % facts,
                _(
                    "Merge those rows too: by a filter that keeps them, or, where the "
                    "source has got them since, by another run."
                ),
            )

    def differs(self) -> CountMismatch:
        """Return what is raised where rows are not equal on the way back."""
        return CountMismatch(
            _(
                "Rows of table '%(table)s' are not equal to those of the source when "
                "they are looked up by their new keys."
            )
            % {"table": self._plan.table},
            _("Look for a trigger or a rule of the destination that changes rows."),
        )

    # --- the table's own keys --------------------------------------------------------

    def require_free(self, staged: str) -> None:
        """Raise where somebody else has a number that was taken for a staged row."""
        if self._plan.key_map:
            key = self._session.quote(self._plan.key[0])
            more = f"JOIN {staged} s ON k.old_key = s.{key} "
            require_free(self._session, self._plan, more)

    def note_inserted(self, written: str) -> None:
        """Write down that the written rows are there."""
        if not self._plan.key_map:
            return
        session, key = self._session, self._session.quote(self._plan.key[0])
        name = session.quote(self._plan.key_map)
        session.execute(session.schema.marking_sql(name, written, key))


def require_free(session: Session, plan: TablePlan, more: str = "") -> None:
    """Raise where a number that was taken, and not used yet, is in use.

    Of all numbers, or of those in k that ``more`` is joined with.
    """
    key = session.quote(plan.key[0])
    count = session.query(
        f"SELECT count(*) FROM {session.quote(plan.key_map)} k {more}"  # noqa: S608
        f"JOIN {session.rows_of(plan.table)} d ON d.{key} = k.new_key "
        "WHERE k.is_there = 0"
    )[0][0]
    if count:
        raise TransferError(
            _(
                "%(count)d numbers that table '%(table)s' gave out for new rows are in "
                "use there: somebody writes rows with numbers of his own."
            )
            % {"count": int(count), "table": plan.table},
            _(
                "Let nobody do so, delete the rows of '%(map)s' with is_there = 0, and "
                "run the merge again: it takes other numbers for them."
            )
            % {"map": plan.key_map},
        )
