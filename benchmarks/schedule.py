"""Who meets whom: every contestant on the same data, each in a fresh database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks import checksums, limits, peers, product
from benchmarks.contest import (
    Bout,
    Case,
    Contestant,
    FailedError,
    Result,
    UnavailableError,
)
from benchmarks.house import SOURCE, House

LONGEST_SECONDS = 300.0
"""A contestant that would take longer is sampled and extrapolated."""
SAMPLE = "sample"

Say = Callable[[str], None]


@dataclass
class Line:
    """All runs of one contestant in one case."""

    contestant: Contestant
    rows: int
    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0
    servers_cpu: float = 0.0
    peak: int = 0
    extrapolated: bool = False
    problem: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float | None:
        return median(self.seconds) if self.seconds else None

    def add(self, result: Result) -> None:
        usage = result.usage
        self.seconds.append(usage.seconds)
        self.cpu = usage.cpu
        self.servers_cpu = sum(usage.servers_cpu.values())
        self.peak = max(self.peak, usage.peak)
        self.extra.update(result.extra)


def contestants(case: Case) -> list[Contestant]:
    found = [
        *limits.contestants(case.direction),
        *product.contestants(),
        *checksums.contestants(),
        *peers.contestants(case.direction, case.shape),
    ]
    # Those that look at a finished copy come right after one that made it.
    return sorted(found, key=lambda each: (each.slow, _order(each)))


def _order(contestant: Contestant) -> int:
    if contestant.kind == "limit":
        return 0
    return 3 if contestant.needs_copy else 2 if contestant.kind == "product" else 4


def run_case(
    house: House, case: Case, runs: int, wanted: Sequence[str], say: Say
) -> list[Line]:
    """Measure a case; a contestant that cannot run has its problem told."""
    files = house.stage_source(case.direction.source, case.shape, case.size)
    lines = []
    for contestant in contestants(case):
        if wanted and not any(part in contestant.name for part in wanted):
            continue
        tables = contestant.tables(case.shape.tables)
        counts = case.shape.counts[case.size]
        line = Line(contestant, sum(counts[table.name] for table in tables))
        bout = Bout(house, case, files, SOURCE, case.size, contestant.name)
        try:
            if contestant.slow:
                _sampled(bout, contestant, line)
            else:
                _measured(bout, contestant, line, runs)
        except (UnavailableError, FailedError) as error:
            line.problem = str(error)
        lines.append(line)
        say(f"  {contestant.name}: {_told(line)}")
    return lines


def _told(line: Line) -> str:
    if line.problem:
        return line.problem
    text = ", ".join(f"{seconds:.2f}" for seconds in line.seconds)
    return f"{text} s{' (extrapolated)' if line.extrapolated else ''}"


def _measured(bout: Bout, contestant: Contestant, line: Line, runs: int) -> None:
    for _ in range(runs):
        line.add(_once(bout, contestant))


def _once(bout: Bout, contestant: Contestant) -> Result:
    if contestant.needs_copy:
        return contestant.run(bout)
    bout.house.stage_destination(bout.case.direction)
    result = contestant.run(bout)
    _check(bout, contestant)
    return result


def _check(bout: Bout, contestant: Contestant) -> None:
    tables = contestant.tables(bout.tables)
    found = bout.destination.counts(bout.destination_name, tables)
    for table in tables:
        if found[table.name] != bout.counts[table.name]:
            raise FailedError(
                f"{table.name} has {found[table.name]:,} rows afterwards, "
                f"not {bout.counts[table.name]:,}"
            )


def _sampled(bout: Bout, contestant: Contestant, line: Line) -> None:
    """Run on a sample; on the whole too where that does not take too long."""
    case, house = bout.case, bout.house
    files = house.stage_source(
        case.direction.source, case.shape, SAMPLE, name="source_sample"
    )
    sample = Bout(house, case, files, "source_sample", SAMPLE, bout.name)
    result = _once(sample, contestant)
    rows = sum(sample.counts[t.name] for t in contestant.tables(bout.tables))
    whole = result.usage.seconds
    growing = whole if result.scalable is None else result.scalable
    expected = whole - growing + growing * line.rows / rows
    if expected <= LONGEST_SECONDS:
        line.add(_once(bout, contestant))
        return
    line.add(result)
    line.seconds = [expected]
    line.cpu *= line.rows / rows
    line.servers_cpu *= line.rows / rows
    line.extrapolated = True


def say_here(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
