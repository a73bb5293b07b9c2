"""What a report says. Keys of rows, never their values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ..models import Finding, MigrationRun, TableCopy
from ..statuses import Verdict
from ..wording import count


@dataclass(frozen=True)
class DifferenceLine:
    """A row that is not the same on both sides."""

    problem: str
    label: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ChangeLine:
    """What became of a column's values at the operator's choice.

    ``values`` were changed, or as many rows left out; None where it was not counted.
    """

    column: str
    change: str
    values: int | None


@dataclass(frozen=True)
class TableLine:
    """A table: what was copied, what was compared, and its verdict."""

    model: str
    table: str
    rows_before: int | None
    source_rows: int | None
    destination_rows: int | None
    rows_copied: int
    rows_compared: int
    verdict: str
    verdict_reason: str
    route: str
    route_reason: str
    seconds: float
    verify_seconds: float
    error: str
    differences_count: int
    differences: tuple[DifferenceLine, ...]
    changes: tuple[ChangeLine, ...] = ()
    # How its rows got into a table that held some, and what that did.
    write_mode: str = ""
    rows_inserted: int = 0
    rows_updated: int = 0
    # Rows of the destination that are none of the source's; None where not proved.
    rows_untouched: int | None = None
    # The conditions by which rows were chosen; none where all take part.
    only: tuple[str, ...] = ()
    # The function that the rows went through, and how many it made of them.
    transform: str = ""
    rows_made: int | None = None
    # What came of its first rows in a dry run; "" where there was none.
    dry_run: str = ""
    dry_run_rows: int = 0
    dry_run_message: str = ""

    @property
    def dry_run_label(self) -> str:
        return str(TableCopy.Outcome(self.dry_run).label)

    @property
    def is_verified(self) -> bool:
        return self.verdict == Verdict.VERIFIED

    @property
    def verdict_label(self) -> str:
        return str(Verdict(self.verdict).label)

    @property
    def merged(self) -> str:
        """What a merge has done to the table, in words; "" where it was none."""
        if not self.write_mode:
            return ""
        said = _("merged: %(inserted)s inserted, %(updated)s updated") % {
            "inserted": count(self.rows_inserted),
            "updated": count(self.rows_updated),
        }
        if self.rows_untouched is None:
            return said
        others = _("%(rows)s others untouched") % {"rows": count(self.rows_untouched)}
        return f"{said}, {others}"

    @property
    def missing(self) -> int | None:
        """How many rows the destination has less than the source."""
        if self.source_rows is None or self.destination_rows is None:
            return None
        return self.source_rows - self.destination_rows


@dataclass(frozen=True)
class FindingLine:
    """What a check found before the start; ``check`` is its id."""

    check: str
    level: str
    label: str
    model: str
    message: str
    remedy: str


@dataclass(frozen=True)
class LeftOutLine:
    """A model or a table that took no part, and why."""

    model: str
    table: str
    reason: str
    label: str
    why: str
    source_rows: int | None
    source_rows_exact: bool
    destination_rows: int | None
    destination_rows_exact: bool


@dataclass(frozen=True)
class SchemaLine:
    """Something of the destination's schema, and whether it is as before the run."""

    object_type: str
    name: str
    table: str
    state: str
    label: str


@dataclass(frozen=True)
class CalledLine:
    """A command before or after the run, and how it ended.

    ``output`` is its beginning and its end, "" for those who may not see it.
    """

    when: str
    name: str
    words: str
    state: str
    label: str
    calls: int
    exit_code: int | None
    seconds: float
    output_bytes: int
    error: str
    output: str = ""


@dataclass(frozen=True)
class EventLine:
    """Who asked for what, and what became of it."""

    at: datetime
    actor: str
    address: str
    status: str
    label: str
    message: str
    plan_hash: str
    # Rows that may be deleted, by the names of their tables.
    confirmed: dict[str, int]


@dataclass(frozen=True)
class Report:
    """Everything that is remembered of a run, to be kept."""

    run: int
    uuid: str
    mode: str
    source: str
    destination: str
    status: str
    status_label: str
    verdict: str
    verdict_label: str
    error: str
    remedy: str
    options: dict[str, Any]
    plan_hash: str
    executor: str
    created_by: str
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    written_at: datetime
    headline: str
    method: str
    tables: tuple[TableLine, ...]
    left_out: tuple[LeftOutLine, ...]
    findings: tuple[FindingLine, ...]
    schema: tuple[SchemaLine, ...]
    triggers: tuple[SchemaLine, ...]
    events: tuple[EventLine, ...]
    commands: tuple[CalledLine, ...] = ()
    plan_name: str = ""

    @property
    def rows(self) -> int:
        """Rows copied, or compared where nothing was to be copied."""
        copies = self.mode == MigrationRun.Mode.COPY
        return sum(t.rows_copied if copies else t.rows_compared for t in self.tables)

    @property
    def source_rows(self) -> int | None:
        return _sum([t.source_rows for t in self.tables])

    @property
    def destination_rows(self) -> int | None:
        return _sum([t.destination_rows for t in self.tables])

    @property
    def verified(self) -> tuple[TableLine, ...]:
        return self._with(Verdict.VERIFIED)

    @property
    def mismatched(self) -> tuple[TableLine, ...]:
        return self._with(Verdict.MISMATCHED)

    @property
    def not_verifiable(self) -> tuple[TableLine, ...]:
        return self._with(Verdict.NOT_VERIFIABLE)

    @property
    def partly_verified(self) -> tuple[TableLine, ...]:
        return self._with(Verdict.PARTLY)

    @property
    def not_compared(self) -> tuple[TableLine, ...]:
        return self._with(Verdict.NONE)

    @property
    def changed(self) -> tuple[TableLine, ...]:
        """The tables of which values were to be changed."""
        return tuple(t for t in self.tables if t.changes)

    @property
    def transformed(self) -> tuple[TableLine, ...]:
        """The tables whose rows went through a function of the project's."""
        return tuple(t for t in self.tables if t.transform)

    @property
    def filtered(self) -> tuple[TableLine, ...]:
        """The tables of which only some rows took part."""
        return tuple(t for t in self.tables if t.only)

    @property
    def tried(self) -> tuple[TableLine, ...]:
        """The tables of which a dry run has tried the first rows."""
        return tuple(t for t in self.tables if t.dry_run)

    @property
    def not_as_tried(self) -> tuple[TableLine, ...]:
        """Those of them whose rows did not all arrive and prove equal."""
        equal = TableCopy.Outcome.EQUAL
        return tuple(t for t in self.tried if t.dry_run != equal)

    @property
    def tables_with_differences(self) -> tuple[TableLine, ...]:
        return tuple(t for t in self.tables if t.differences)

    @property
    def tables_with_errors(self) -> tuple[TableLine, ...]:
        return tuple(t for t in self.tables if t.error)

    @property
    def warnings(self) -> tuple[FindingLine, ...]:
        return tuple(f for f in self.findings if f.level != Finding.Level.INFO)

    def _with(self, verdict: Verdict) -> tuple[TableLine, ...]:
        return tuple(t for t in self.tables if t.verdict == verdict)


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) and known else None
