from __future__ import annotations

from dataclasses import dataclass

from ..models import MigrationRun
from ..statuses import Phase


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


@dataclass(frozen=True)
class TableProgress:
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
    compares_only: bool
    # A chunk has been given out, and not every one is copied.
    is_begun: bool

    @property
    def bar(self) -> Bar:
        """The bar that the run is about."""
        return self.compared if self.compares_only else self.copied


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


@dataclass(frozen=True)
class Condition:
    """What a person has to know to understand why a run does not move."""

    code: str
    level: str  # info or warning
    message: str
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True)
class Snapshot:
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
    lanes_held: int
    conditions: tuple[Condition, ...]
    retrying: tuple[str, ...]

    @property
    def stage(self) -> Stage | None:
        """The phase that the run is in, or stopped in."""
        return next((s for s in self.stages if s.state in ("current", "stopped")), None)

    @property
    def condition(self) -> Condition | None:
        """The weightiest condition."""
        return self.conditions[0] if self.conditions else None

    @property
    def tables_copied(self) -> int:
        return sum(table.copied.done for table in self.tables)

    @property
    def tables_compared(self) -> int:
        return sum(table.compared.done for table in self.tables)
