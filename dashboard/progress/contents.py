"""What a snapshot of a run consists of."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import MigrationRun
from ..statuses import Phase
from ..wording import count, estimate, percentage


@dataclass(frozen=True)
class Bar:
    """A value on its way to a total that may be an estimate."""

    value: int
    total: int
    exact: bool = True
    done: bool = False

    @property
    def fraction(self) -> float:
        """Between 0 and 1, and 1 only when it is done."""
        if self.done:
            return 1.0
        if self.total <= 0:
            return 0.0
        return min(max(self.value / self.total, 0.0), 0.999)

    @property
    def percent(self) -> int:
        """Rounded down, so 100 only when it is done."""
        return int(self.fraction * 100)

    @property
    def width(self) -> str:
        """The percentage with a decimal, for an attribute: never localised."""
        return f"{int(self.fraction * 1000) / 10}"

    @property
    def percent_text(self) -> str:
        return percentage(self.percent)

    @property
    def value_text(self) -> str:
        return count(self.value)

    @property
    def total_text(self) -> str:
        return estimate(self.total, exact=self.exact)


@dataclass(frozen=True)
class Badge:
    """A state in a word; the code chooses its colour."""

    code: str
    label: str


@dataclass(frozen=True)
class TableProgress:
    """One table of a run, and how far it is."""

    id: int
    model: str
    table: str
    route: str
    state: str
    replaced_last: bool
    copied: Bar
    compared: Bar
    verdict: str
    verdict_reason: str
    differences: int
    error: str
    badge: Badge
    compares_only: bool
    # A chunk has been given out, and not every one is copied.
    is_begun: bool
    # Rows that are missing because the destination does not take them.
    aside: int = 0

    @property
    def bar(self) -> Bar:
        """The bar that the run is about."""
        return self.compared if self.compares_only else self.copied

    # Texts, and straight from the table: a template takes several times as long
    # to format a number or to look one step further, and the page of a run shows
    # all of its tables every second.

    @property
    def anchor(self) -> str:
        return f"table-{self.id}"

    @property
    def width(self) -> str:
        return self.bar.width

    @property
    def percent_text(self) -> str:
        return self.bar.percent_text

    @property
    def rows_text(self) -> str:
        return self.bar.value_text

    @property
    def total_text(self) -> str:
        return self.bar.total_text

    @property
    def has_notes(self) -> bool:
        """Whether the state has to be explained."""
        return bool(self.verdict_reason or self.error or self.differences or self.aside)

    @property
    def aside_text(self) -> str:
        return ngettext("%(rows)s row aside", "%(rows)s rows aside", self.aside) % {
            "rows": count(self.aside)
        }

    @property
    def differences_text(self) -> str:
        return ngettext(
            "%(number)s row differs", "%(number)s rows differ", self.differences
        ) % {"number": count(self.differences)}


@dataclass(frozen=True)
class Stage:
    """A phase of a run and how far that phase is."""

    phase: Phase
    bar: Bar
    counts_rows: bool
    state: str  # waiting, current, done, stopped
    doing: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return str(self.phase.label)

    @property
    def is_reached(self) -> bool:
        """Whether the run is in this phase, or stopped in it."""
        return self.state in ("current", "stopped")


@dataclass(frozen=True)
class LaneProgress:
    """One lane: what it is at, and for whom."""

    number: int
    badge: Badge
    is_leased: bool
    # More than are asked for.
    is_surplus: bool
    doing: str
    holder: str
    # What its holder waits for in the middle of a piece, and why it begins none.
    waiting_for: str
    rests_for: str
    # Whether anybody has ever held it.
    is_taken: bool


@dataclass(frozen=True)
class Condition:
    """What a person has to know to understand why a run does not move."""

    code: str
    level: str  # info or warning
    message: str
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True)
class Piece:
    """A chunk or a step that failed, or waits to be tried again, in words."""

    name: str
    # Which keys of the table, or which table of the action.
    part: str
    attempts: str
    following: str
    is_given_up: bool
    error: str


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment."""

    run: MigrationRun
    bar: Bar
    stages: tuple[Stage, ...]
    tables: tuple[TableProgress, ...]
    rows_copied: int
    rows_compared: int
    rows_total: int
    total_exact: bool
    rate: float | None
    seconds_left: float | None
    seconds: float | None
    workers: int
    lanes: tuple[LaneProgress, ...]
    conditions: tuple[Condition, ...]
    pieces: tuple[Piece, ...]
    has_more_pieces: bool

    @property
    def aside(self) -> int:
        """Rows that the destination does not take."""
        return sum(table.aside for table in self.tables)

    @property
    def stage(self) -> Stage | None:
        """The phase that the run is in, or stopped in."""
        return next((stage for stage in self.stages if stage.is_reached), None)

    @property
    def condition(self) -> Condition | None:
        """The weightiest condition."""
        return self.conditions[0] if self.conditions else None

    @property
    def rows(self) -> Bar:
        """The rows that the run is about."""
        done = self.rows_copied if self.run.copies else self.rows_compared
        return Bar(done, self.rows_total, exact=self.total_exact)

    @property
    def lanes_leased(self) -> int:
        """The lanes that somebody holds."""
        return sum(lane.is_leased for lane in self.lanes)

    @property
    def lanes_text(self) -> str:
        """How many lanes somebody holds, and how many are asked for."""
        working, asked = self.lanes_leased, self.run.lane_count
        if working > asked:
            return _("%(value)d, %(total)d asked for") % {
                "value": working,
                "total": asked,
            }
        return _("%(value)d of %(total)d") % {"value": working, "total": asked}

    @property
    def tables_copied(self) -> int:
        return sum(table.copied.done for table in self.tables)

    @property
    def tables_compared(self) -> int:
        return sum(table.compared.done for table in self.tables)
