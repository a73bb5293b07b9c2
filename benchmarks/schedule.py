"""Who meets whom: every contestant on the same data, each in a fresh database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from benchmarks import checksums, limits, peers, product, statements
from benchmarks.contest import (
    PEER,
    Bout,
    Case,
    Contestant,
    FailedError,
    Result,
    UnavailableError,
)
from benchmarks.house import SOURCE, House

QUICK_SECONDS, LONGEST_SECONDS = 20.0, 300.0
"""A contestant that would take longer, at the quick size, or at a larger one, is
sampled and extrapolated."""
SAMPLE = "sample"

Say = Callable[[str], None]


@dataclass
class Line:
    """All runs of one contestant in one case."""

    contestant: Contestant
    rows: int
    results: list[Result] = field(default_factory=list)
    extrapolated: bool = False
    problem: str = ""

    @property
    def seconds(self) -> list[float]:
        return [result.usage.seconds for result in self.results]

    @property
    def median(self) -> float | None:
        return median(self.seconds) if self.results else None

    @property
    def cpu(self) -> float:
        """The median of the contestant's own processor seconds."""
        return median(r.usage.cpu for r in self.results) if self.results else 0.0

    @property
    def servers_cpu(self) -> float:
        """The median of the servers' processor seconds."""
        sums = [sum(result.usage.servers_cpu.values()) for result in self.results]
        return median(sums) if sums else 0.0

    @property
    def peak(self) -> int:
        """The largest of all runs."""
        return max((result.usage.peak for result in self.results), default=0)

    @property
    def extra(self) -> dict[str, Any]:
        """What else is known: of numbers the median, of the rest the last."""
        found: dict[str, list[Any]] = {}
        for result in self.results:
            for name, value in result.extra.items():
                found.setdefault(name, []).append(value)
        return {
            name: median(values)
            if all(isinstance(value, int | float) for value in values)
            else values[-1]
            for name, values in found.items()
        }


def contestants(case: Case) -> list[Contestant]:
    found = [
        *limits.contestants(case.direction),
        *product.contestants(case.shape),
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
    """Measure a case; a contestant that cannot run has its problem told.

    All take turns, round after round: a machine that is slower for some
    minutes is so for every contestant.
    """
    files = house.stage_source(case.direction.source, case.shape, case.size)
    lines = [
        _line(case, contestant)
        for contestant in contestants(case)
        if not wanted or any(part in contestant.name for part in wanted)
    ]
    for number in range(1, runs + 1):
        for line in lines:
            if line.problem:
                continue
            name = line.contestant.name
            bout = Bout(house, case, files, SOURCE, case.size, name)
            try:
                line.results.append(_next(bout, line))
            except (UnavailableError, FailedError) as error:
                line.problem = str(error)
                line.results.clear()
            say(f"  {number} of {runs}: {name}: {_told(line)}")
    return lines


def _line(case: Case, contestant: Contestant) -> Line:
    counts = case.shape.counts[case.size]
    tables = contestant.tables(case.shape.tables)
    return Line(contestant, sum(counts[table.name] for table in tables))


def _told(line: Line) -> str:
    if line.problem:
        return line.problem
    return f"{line.seconds[-1]:.2f} s{' (extrapolated)' if line.extrapolated else ''}"


def _next(bout: Bout, line: Line) -> Result:
    """Run once more; on a sample where the whole would take too long.

    The first sample decides for all rounds.
    """
    if line.contestant.slow and (line.extrapolated or not line.results):
        sampled = _sampled(bout, line)
        if not line.results:
            longest = QUICK_SECONDS if bout.size == "quick" else LONGEST_SECONDS
            line.extrapolated = sampled.usage.seconds > longest
        if line.extrapolated:
            return sampled
    return _once(bout, line.contestant)


def _once(bout: Bout, contestant: Contestant) -> Result:
    if contestant.needs_copy:
        return contestant.run(bout)
    bout.house.stage_destination(bout.case.direction)
    if bout.case.shape.per_table:
        result = statements.counted(bout, contestant.run)
    else:
        result = contestant.run(bout)
    _check(bout, contestant)
    if contestant.kind == PEER:
        differing = checksums.differing(bout, contestant.tables(bout.tables))
        if differing:
            result.extra["differing"] = differing
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


def _sampled(bout: Bout, line: Line) -> Result:
    """Run on a sample, and return what the whole would take."""
    case, house, contestant = bout.case, bout.house, line.contestant
    files = house.stage_source(
        case.direction.source, case.shape, SAMPLE, name="source_sample"
    )
    sample = Bout(house, case, files, "source_sample", SAMPLE, bout.name)
    result = _once(sample, contestant)
    rows = sum(sample.counts[t.name] for t in contestant.tables(bout.tables))
    usage, times = result.usage, line.rows / rows
    growing = usage.seconds if result.scalable is None else result.scalable
    scaled = replace(
        usage,
        seconds=usage.seconds - growing + growing * times,
        cpu=usage.cpu * times,
        servers_cpu={name: spent * times for name, spent in usage.servers_cpu.items()},
    )
    return replace(result, usage=scaled)


def say_here(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
