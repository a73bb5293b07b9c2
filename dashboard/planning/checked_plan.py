"""What the checks found and planned, before any of it is written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ..models import Finding, LeftOut
from ..transfer.backends.catalog import Size
from ..transfer.plan import TablePlan
from .known_check import full_id
from .table_selection import Item

NAMES_SHOWN = 10


class ChoiceKind(StrEnum):
    """What a person may choose to mend a finding, and what its value is."""

    CHANGE = "change"
    """Of values: "app.Model.field=change"."""
    RENAME = "rename"
    """Another name in the source: "app.Model.field=column", or nothing behind "="."""
    CHOOSE = "choose"
    """The label of a model, or "table:name", to be copied as well."""
    ASIDE = "aside"
    """Rows that the destination refuses are set aside."""
    EMPTY = "empty"
    """The tables of the destination are emptied first."""
    SCAN = "scan"
    """The values are looked through after all."""
    UNDO = "undo"
    """A change of values is taken back: "app.Model.field"."""
    PARENTS = "parents"
    """The rows that filtered ones refer to are copied as well."""
    EXCLUDE = "exclude"
    """The label of a model that is left out."""


@dataclass(frozen=True)
class Choice:
    """What a person may choose to mend a finding; see choices.py for where from."""

    kind: ChoiceKind
    value: str = ""


@dataclass(frozen=True)
class Found:
    """What one check found: its id, see known_checks.py, and one of Finding.Level."""

    check: str
    level: str
    message: str
    remedy: str = ""
    model: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class PlannedTable:
    """A table of the plan and what is known of its size on both sides."""

    item: Item
    plan: TablePlan
    size: Size
    before: Size

    @property
    def table(self) -> str:
        """The real name in the destination."""
        return self.plan.table

    @property
    def label(self) -> str:
        """The label of the model."""
        return self.item.label

    @property
    def rows_to_delete(self) -> int:
        """Rows of the destination that are in the way of a copy; none of a merge."""
        return 0 if self.plan.mode else self.before.rows


class Merging(NamedTuple):
    """What a merge would do to a table, counted: ``others`` are not in the source."""

    inserted: int
    updated: int
    same: int
    others: int


@dataclass(frozen=True)
class Foreseen:
    """What will be done to a table besides its rows.

    ``comes_off`` is type and name of what is taken off and put back, ``sequences``
    the statements that let its numbers go on.
    """

    comes_off: tuple[tuple[str, str], ...] = ()
    sequences: tuple[str, ...] = ()
    # None where rows are not merged, or where that is not known.
    merge: Merging | None = None


@dataclass(frozen=True)
class LeftOutTable:
    """What takes no part: ``reason`` is one of LeftOut.Reason, ``why`` a sentence.

    ``names`` and ``sizes`` are those of the source and of the destination, None
    where there is no such table, and a size also where there is nothing to count.
    """

    model: str
    table: str
    reason: str
    why: str
    names: tuple[str | None, str | None] = (None, None)
    sizes: tuple[Size | None, Size | None] = (None, None)

    def as_record(self) -> LeftOut:
        """Return the entry as it is written down, without its run."""
        old, new = self.sizes
        return LeftOut(
            model=self.model[:255],
            table=self.table[:255],
            reason=self.reason,
            why=self.why,
            source_rows=old.rows if old else None,
            source_rows_exact=old.exact if old else True,
            destination_rows=new.rows if new else None,
            destination_rows_exact=new.exact if new else True,
        )


@dataclass
class CheckedPlan:
    """Everything that the checks found and planned."""

    found: list[Found] = field(default_factory=list)
    tables: list[PlannedTable] = field(default_factory=list)
    left_out: list[LeftOutTable] = field(default_factory=list)
    # By the tables' names in the destination; empty where errors prevent a start.
    foreseen: dict[str, Foreseen] = field(default_factory=dict)
    source_identity: str = ""
    destination_identity: str = ""
    time_zone: str = "UTC"
    one_loader_per_table: bool = False
    one_writer: bool = False

    @property
    def is_blocked(self) -> bool:
        """Whether any finding prevents a start."""
        return any(found.level == Finding.Level.ERROR for found in self.found)

    @property
    def blocking_first(self) -> list[Found]:
        """The findings by their levels, and model by model, those of none first."""
        order = [level.value for level in Finding.Level]
        return sorted(self.found, key=lambda one: (order.index(one.level), one.model))

    @property
    def ordered(self) -> list[PlannedTable]:
        """The tables in the order in which they are worked on."""
        return sorted(self.tables, key=lambda planned: planned.item.replaced_last)

    @property
    def labels(self) -> set[str]:
        """The labels of the planned models."""
        return {planned.item.label for planned in self.tables}

    def error(
        self,
        check: str,
        message: str,
        remedy: str,
        model: str = "",
        choices: Sequence[Choice] = (),
    ) -> None:
        """Add a finding that prevents a start."""
        self.add(check, Finding.Level.ERROR, message, remedy, model, choices)

    def warning(
        self,
        check: str,
        message: str,
        remedy: str,
        model: str = "",
        choices: Sequence[Choice] = (),
    ) -> None:
        """Add a finding that is to be read before the start."""
        self.add(check, Finding.Level.WARNING, message, remedy, model, choices)

    def note(self, check: str, message: str, remedy: str = "", model: str = "") -> None:
        """Add a finding that is good to know."""
        self.add(check, Finding.Level.INFO, message, remedy, model)

    def add(
        self,
        check: str,
        level: Finding.Level,
        message: str,
        remedy: str,
        model: str,
        choices: Sequence[Choice] = (),
    ) -> None:
        """Add a finding of any level, with what a person may choose to mend it."""
        found = Found(
            full_id(check), level.value, message, remedy, model, tuple(choices)
        )
        self.found.append(found)


def listed(names: Iterable[str]) -> str:
    """Return the first names in quotation marks, and how many more there are."""
    quoted = [f"'{name}'" for name in names]
    more = len(quoted) - NAMES_SHOWN
    text = ", ".join(quoted[:NAMES_SHOWN])
    return f"{text} and {more} more" if more > 0 else text
