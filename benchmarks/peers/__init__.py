"""Other ways to copy the same tables, each run as its own documentation says."""

from __future__ import annotations

from benchmarks.contest import Contestant
from benchmarks.house import Direction
from benchmarks.peers import (
    django_peers,
    duckdb,
    dumps,
    pgloader,
    sling,
)
from benchmarks.shapes import Shape


def contestants(direction: Direction, shape: Shape) -> list[Contestant]:
    return [
        *pgloader.contestants(direction),
        *duckdb.contestants(),
        *dumps.contestants(direction),
        *sling.contestants(direction, shape),
        *django_peers.contestants(),
    ]
