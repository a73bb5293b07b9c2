"""What a contestant is, what it is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.engines.base import Engine
from benchmarks.house import DESTINATION, SOURCE, Direction, House
from benchmarks.measure import Usage
from benchmarks.shapes import Shape, Table

LIMIT, PRODUCT, PEER, CHECK = "limit", "product", "peer", "check"


class UnavailableError(Exception):
    """This contestant cannot run here; the message says why."""


class FailedError(Exception):
    """The contestant did not do what it was to do."""


@dataclass(frozen=True)
class Case:
    """One direction with one shape at one size."""

    direction: Direction
    shape: Shape
    size: str

    def __str__(self) -> str:
        return f"{self.direction}/{self.shape.name}"


@dataclass
class Bout:
    """A fresh destination and everything else that one run needs."""

    house: House
    case: Case
    files: dict[Table, Path]
    source_name: str = SOURCE
    size: str = ""
    """That of the source: the case's, or `sample` for what is extrapolated."""
    name: str = ""

    @property
    def source(self) -> Engine:
        return self.house.engines[self.case.direction.source]

    @property
    def destination(self) -> Engine:
        return self.house.engines[self.case.direction.destination]

    @property
    def destination_name(self) -> str:
        return DESTINATION

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.case.shape.tables

    @property
    def counts(self) -> dict[str, int]:
        return self.case.shape.counts[self.size]

    def environment(self) -> dict[str, str]:
        databases = self.house.databases(self.case.direction, self.source_name)
        return self.house.environment(databases)

    def log(self, suffix: str) -> Path:
        name = "".join(c if c.isalnum() else "-" for c in self.name)
        case = str(self.case).replace("/", "-")
        return self.house.logs / f"{case}-{name}.{suffix}"


@dataclass
class Result:
    usage: Usage
    extra: dict[str, Any] = field(default_factory=dict)
    scalable: float | None = None
    """The seconds that grow with the rows, where the contestant knows them."""


@dataclass(frozen=True)
class Contestant:
    name: str
    kind: str
    run: Callable[[Bout], Result]
    about: str = ""
    tables: Callable[[Sequence[Table]], Sequence[Table]] = tuple
    """The tables that it copies, out of those of the shape."""
    slow: bool = False
    """Tried on a sample first, and left at that where the whole takes too long."""
    needs_copy: bool = False
    """Looks at a finished copy instead of making one."""
    at_least: bool = False
    """The extrapolated time is a lower bound: the real one grows faster."""
