"""How far a run is: value, total, rate, time left, and what holds it up.

Everything is computed from rows, with the same number of queries for every size
of run, and nothing is written.
"""

from __future__ import annotations

from .conditions import worker_command
from .contents import Badge, Bar, Condition, Snapshot, Stage, TableProgress
from .snapshots import elapsed, snapshot

__all__ = [
    "Badge",
    "Bar",
    "Condition",
    "Snapshot",
    "Stage",
    "TableProgress",
    "elapsed",
    "snapshot",
    "worker_command",
]
