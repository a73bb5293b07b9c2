"""A plain checksum query per table, on both servers at once.

The measure for the product's comparison: count and sum of 64 bits of the MD5 of
every row's text. It also shows whether a contestant's copy is equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks import measure
from benchmarks.contest import CHECK, Bout, Contestant, FailedError, Result
from benchmarks.engines.base import Checksum, Engine
from benchmarks.house import Direction
from benchmarks.shapes import Table


def contestants() -> list[Contestant]:
    return [
        Contestant(
            "checksum query",
            CHECK,
            _run,
            "count and sum of MD5 per table, both servers at once",
            needs_copy=True,
        )
    ]


def columns(table: Table, direction: Direction) -> tuple[str, ...]:
    """Those whose text is the same on both sides."""
    vendors = (direction.source, direction.destination)
    left_out = table.floats | (table.decimals if "sqlite" in vendors else frozenset())
    return tuple(column for column in table.columns if column not in left_out)


def differing(bout: Bout, tables: Sequence[Table]) -> list[str]:
    """The names of those tables whose copies are not equal to the source's."""
    with ThreadPoolExecutor(2) as pool:
        ends = (
            (bout.source, bout.source_name),
            (bout.destination, bout.destination_name),
        )
        source, destination = (
            pool.submit(_all, bout, engine, name, tables) for engine, name in ends
        )
        pairs = zip(tables, source.result(), destination.result(), strict=True)
        return [table.name for table, ours, theirs in pairs if ours != theirs]


def _all(
    bout: Bout, engine: Engine, name: str, tables: Sequence[Table]
) -> list[Checksum]:
    return [
        engine.checksum(name, table, columns(table, bout.case.direction))
        for table in tables
    ]


def _run(bout: Bout) -> Result:
    differences: list[str] = []
    usage = measure.call(
        lambda: differences.extend(differing(bout, bout.tables)),
        servers=bout.house.servers,
    )
    if differences:
        raise FailedError(f"sums differ: {', '.join(differences)}")
    return Result(usage)
