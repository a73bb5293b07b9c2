"""What is remembered of runs, in the control database."""

from __future__ import annotations

from .aside import AsideRow
from .call import CommandCall
from .event import Event
from .left_out import LeftOut
from .named_plan import NamedPlan
from .preflight import Preflight
from .run import Finding, MigrationRun, Reservation, ReservationLock
from .schema import SchemaObject
from .table import Difference, TableCopy
from .work import Abstention, Chunk, Lane, Step, Worker

__all__ = [
    "Abstention",
    "AsideRow",
    "Chunk",
    "CommandCall",
    "Difference",
    "Event",
    "Finding",
    "Lane",
    "LeftOut",
    "MigrationRun",
    "NamedPlan",
    "Preflight",
    "Reservation",
    "ReservationLock",
    "SchemaObject",
    "Step",
    "TableCopy",
    "Worker",
]
