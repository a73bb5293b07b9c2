"""Which column goes where, and by which route."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .changes import Change, ChangedColumn, ChangeName
from .columns import ColumnKind, ColumnType
from .filters import Filter, Growing
from .key_maps import KeyMap
from .renumbering import Numbers
from .shape import Shape
from .transform import Transform

VERSION = 7
"""The format of a frozen plan. A worker refuses another one."""

TEXT = "text"
VALUES = "values"

MERGE = "merge"
MISSING = "missing"
NEW_KEYS = "new-keys"
MODES = (MERGE, MISSING, NEW_KEYS)
"""How rows get into a table that holds some: see ``merging.py``, ``new_keys.py``."""
BY_KEY = (MERGE, MISSING)
"""Of these, those that leave every row its key: the others need two databases."""
UPDATING = (MERGE, NEW_KEYS)
"""Of these, those that change rows that are there."""


@dataclass(frozen=True)
class PlanColumn:
    """One column: what it holds and its real types on both sides."""

    name: str
    kind: ColumnKind
    nullable: bool
    source: ColumnType
    destination: ColumnType
    # Computed by the engine: compared, never written.
    generated: bool = False
    # What the numbers of this reference become; None where they stay.
    numbers: Numbers | None = None
    # What the operator has decided to become of some values of the source's.
    change: Change | None = None
    # Where the destination keeps what the keys that it holds become; none where they
    # stay. More than one for the objects of a generic relation.
    key_maps: tuple[KeyMap, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the column as part of its plan's JSON."""
        types = {"source": vars(self.source), "destination": vars(self.destination)}
        change = vars(self.change) if self.change else None
        maps = [vars(one) for one in self.key_maps]
        return {**vars(self), **types, "change": change, "key_maps": maps}

    @property
    def is_octets_there(self) -> bool:
        """Whether the text format has to spell the value as octets."""
        if self.kind is ColumnKind.BINARY:
            return True
        return self.kind is ColumnKind.TEXT and self.destination.holds_octets


@dataclass(frozen=True)
class SourceColumn:
    """Where a column's values are in the source, which has another schema.

    The column ``in_source`` there; or nowhere, where that is "": then every row has
    one value, ``constant``, in the text of its kind or NULL.
    """

    name: str
    in_source: str
    kind: ColumnKind
    constant: str | None = None

    @property
    def is_filled(self) -> bool:
        """Whether the source has no such column."""
        return not self.in_source


@dataclass(frozen=True)
class TablePlan:
    """One table of a run, frozen when the run was checked."""

    model: str
    # The real name in the destination.
    table: str
    columns: tuple[PlanColumn, ...]
    key: tuple[str, ...]
    # The time zone of timestamps on their way, for engines that store none.
    zone: str = "UTC"
    route: str = TEXT
    # Why it is not the text route, for people; else empty.
    route_reason: str = ""
    # Whether key ranges can be cut; a table whose key cannot be is one range.
    is_divisible: bool = True
    # The real name in the source, where it is another one.
    table_in_source: str = ""
    # Both tables as they were when they were checked.
    source_shape: Shape = ()
    destination_shape: Shape = ()
    # Every column as the source has it, where any has another name there or none.
    source_columns: tuple[SourceColumn, ...] = ()
    # Which rows take part; None for all.
    filter: Filter | None = None
    # What the next run may begin behind.
    growing: Growing | None = None
    # One of MODES; "" where the table is empty when the copy begins.
    mode: str = ""
    # What a function of the project's makes of the rows; None where none does.
    transform: Transform | None = None
    # The table of the destination that holds the new keys of this table's own rows,
    # where the destination numbers them.
    key_map: str = ""

    @property
    def is_as_stored(self) -> bool:
        """Whether the source's rows are read from the table itself."""
        return not (self.source_columns or self.filter)

    @property
    def source_table(self) -> str:
        """The real name in the source."""
        return self.table_in_source or self.table

    @property
    def tables(self) -> tuple[str, str]:
        """The real names in the source and in the destination."""
        return self.source_table, self.table

    def in_source(self, column: str) -> str:
        """Return what the source calls a column; "" where it has none."""
        found = (one.in_source for one in self.source_columns if one.name == column)
        return next(found, "" if self.source_columns else column)

    @property
    def written(self) -> tuple[PlanColumn, ...]:
        """The columns that are read and loaded."""
        return tuple(c for c in self.columns if not c.generated)

    @property
    def changed(self) -> tuple[ChangedColumn, ...]:
        """The columns of the source of which some values are changed."""
        return tuple(
            ChangedColumn(c.name, c.kind, c.source, c.change)
            for c in self.columns
            if c.change is not None
        )

    @property
    def leaves_rows_out(self) -> bool:
        """Whether rows of the source are left out at the operator's choice."""
        return any(c.change.name is ChangeName.SKIP_ORPHANS for c in self.changed)

    @property
    def keeps_keys(self) -> bool:
        """Whether every row has the key in the destination that it has here."""
        if any(column.key_maps for column in self.key_columns):
            return False
        return self.transform is None or not self.transform.makes_keys

    @property
    def is_rekeyed(self) -> bool:
        """Whether any column gets other keys than it has in the source."""
        return any(column.key_maps for column in self.columns)

    @property
    def key_columns(self) -> tuple[PlanColumn, ...]:
        """The columns of the key, in the key's order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)

    @property
    def has_integer_key(self) -> bool:
        """Whether both databases order the rows by it alike, and have no NULL in it."""
        if len(self.key) != 1:
            return False
        (column,) = self.key_columns
        is_integer = column.kind is ColumnKind.INTEGER
        return is_integer and not column.nullable and column.numbers is None

    def to_json(self) -> dict[str, Any]:
        """Return what from_json turns back into an equal plan."""
        # A thousand plans by dataclasses.asdict take as long as the catalogues.
        return {
            **vars(self),
            "columns": [column.to_json() for column in self.columns],
            "source_columns": [dict(vars(one)) for one in self.source_columns],
            "filter": self.filter.to_json() if self.filter else None,
            "growing": self.growing.to_json() if self.growing else None,
            "transform": vars(self.transform) if self.transform else None,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TablePlan:
        """Return the plan that to_json wrote."""
        return cls(
            **{
                **value,
                "columns": tuple(_column(item) for item in value["columns"]),
                "key": tuple(value["key"]),
                "source_shape": _shape(value["source_shape"]),
                "destination_shape": _shape(value["destination_shape"]),
                "source_columns": tuple(
                    SourceColumn(**{**one, "kind": ColumnKind(one["kind"])})
                    for one in value["source_columns"]
                ),
                "filter": Filter.from_json(value.get("filter")),
                "growing": Growing.from_json(value.get("growing")),
                "transform": Transform.from_json(value["transform"]),
            },
        )


def _shape(value: Iterable[Iterable[str]]) -> Shape:
    return tuple((name, words) for name, words in value)


def _numbers(value: Iterable[Iterable[int]] | None) -> Numbers | None:
    return None if value is None else tuple((old, new) for old, new in value)


def _column(value: Mapping[str, Any]) -> PlanColumn:
    return PlanColumn(
        **{
            **value,
            "kind": ColumnKind(value["kind"]),
            "source": ColumnType(**value["source"]),
            "destination": ColumnType(**value["destination"]),
            "numbers": _numbers(value.get("numbers")),
            "change": Change.from_json(value.get("change")),
            "key_maps": tuple(KeyMap(**one) for one in value.get("key_maps", ())),
        }
    )
