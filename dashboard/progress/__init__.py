"""How far a run is: value, total, rate, time left, and what holds it up.

Everything is computed from rows, with the same number of queries for every size
of run, and nothing is written.
"""

from __future__ import annotations

from .compute import elapsed, snapshot
from .conditions import worker_command
from .contents import Bar, Condition, Snapshot, Stage, TableProgress

__all__ = [
    "Bar",
    "Condition",
    "Snapshot",
    "Stage",
    "TableProgress",
    "elapsed",
    "snapshot",
    "worker_command",
]
