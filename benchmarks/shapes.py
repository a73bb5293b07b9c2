"""What is copied: the shapes, their tables and their sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from benchmarks import rows
from benchmarks.many import plan

SIZES = ("quick", "standard", "large")
QUICK_TABLES = 100


@dataclass(frozen=True)
class Table:
    name: str
    label: str
    """The label that Django's commands and `copydata` know it by."""
    columns: tuple[str, ...]
    make: Callable[[dict[str, int]], Iterator[str]]
    """Yields the lines of its data file; given how many rows each table has."""
    key: tuple[str, ...] = ("id",)
    binary: frozenset[str] = frozenset()
    uuids: frozenset[str] = frozenset()
    floats: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()
    many_to_many: bool = False
    """An automatic table, which commands copy with the model that declares it."""


@dataclass(frozen=True)
class Shape:
    name: str
    tables: tuple[Table, ...]
    """In an order in which they can be loaded: parents first."""
    counts: dict[str, dict[str, int]]
    """Rows by size and table; `sample` is for contestants too slow for the rest."""
    about: str
    per_table: bool = False
    """What a table costs is of interest, not what a row does."""

    def sized(self, size: str) -> Self:
        """The shape with the tables that it has at a size."""
        tables = tuple(t for t in self.tables if t.name in self.counts[size])
        counts = {
            one: {table.name: self.counts[one][table.name] for table in tables}
            for one in (size, "sample")
        }
        return replace(self, tables=tables, counts=counts)

    def count(self, size: str) -> int:
        return sum(self.counts[size][table.name] for table in self.tables)

    @property
    def labels(self) -> list[str]:
        """What `copydata` and `dumpdata` are asked for."""
        return [t.label for t in self.tables if not t.many_to_many]


USER = Table(
    "auth_user",
    "auth.User",
    (
        "id",
        "password",
        "last_login",
        "is_superuser",
        "username",
        "first_name",
        "last_name",
        "email",
        "is_staff",
        "is_active",
        "date_joined",
    ),
    rows.users,
)
NAMESPACE = Table(
    "pids_namespace", "pids.Namespace", ("id", "prefix", "description"), rows.namespaces
)
OWNER = Table("pids_owner", "pids.Owner", ("id", "name", "email"), rows.owners)
SERVICE = Table(
    "pids_service", "pids.Service", ("id", "name", "address"), rows.services
)
PID = Table(
    "pids_pid",
    "pids.Pid",
    (
        "id",
        "key",
        "namespace_id",
        "owner_id",
        "service_id",
        "created_at",
        "changed_at",
    ),
    rows.pids,
)
TARGET = Table(
    "pids_target", "pids.Target", ("id", "pid_id", "url", "active"), rows.targets
)
LOG = Table(
    "pids_logrecord",
    "pids.LogRecord",
    (
        "id",
        "action_time",
        "user_id",
        "content_type_id",
        "object_id",
        "object_repr",
        "action_flag",
        "change_message",
    ),
    rows.log_records,
)
KEYWORD = Table("pids_keyword", "pids.Keyword", ("id", "word"), rows.keywords)
DOCUMENT = Table("pids_document", "pids.Document", ("id", "title"), rows.documents)
PAIRS = Table(
    "pids_document_keywords",
    "pids.Document.keywords",
    ("id", "document_id", "keyword_id"),
    rows.document_keywords,
    many_to_many=True,
)
MEASUREMENT = Table(
    "pids_measurement",
    "pids.Measurement",
    ("id", *rows.MEASUREMENT_COLUMNS),
    rows.measurements,
    floats=frozenset(c for c in rows.MEASUREMENT_COLUMNS if c.startswith("value")),
    decimals=frozenset(c for c in rows.MEASUREMENT_COLUMNS if c.startswith("amount")),
)
ATTACHMENT = Table(
    "pids_attachment",
    "pids.Attachment",
    ("id", "name", "body", "content"),
    rows.attachments,
    binary=frozenset({"content"}),
)
DEVICE = Table(
    "pids_device",
    "pids.Device",
    ("id", "name", "token", "created_at"),
    rows.devices,
    uuids=frozenset({"id", "token"}),
)
TERM = Table(
    "pids_term", "pids.Term", ("key", "meaning", "weight"), rows.terms, ("key",)
)
READING = Table(
    "pids_reading",
    "pids.Reading",
    ("station", "number", "value", "read_at"),
    rows.readings,
    ("station", "number"),
)

PARENTS = {"auth_user": 50, "pids_namespace": 24, "pids_owner": 400, "pids_service": 12}


def _pids(pids: int, targets: int, log: int) -> dict[str, int]:
    return {
        **PARENTS,
        "pids_pid": pids,
        "pids_target": targets,
        "pids_logrecord": log,
    }


def _log(log: int) -> dict[str, int]:
    return {"auth_user": 50, "pids_logrecord": log}


def _narrow(pairs: int) -> dict[str, int]:
    return {
        "pids_keyword": 1_000,
        "pids_document": pairs // 20,
        "pids_document_keywords": pairs,
    }


def _one(table: Table, *counts: int) -> dict[str, dict[str, int]]:
    return {
        size: {table.name: count}
        for size, count in zip(("sample", *SIZES), counts, strict=True)
    }


def _many() -> Shape:
    specs = plan.specs()
    all_rows = {spec.table: spec.rows for spec in specs}
    few = specs[:QUICK_TABLES]
    return Shape(
        "many",
        tuple(map(_small_table, specs)),
        {
            "sample": {spec.table: spec.sample() for spec in specs},
            "quick": {spec.table: spec.rows for spec in few},
            "standard": all_rows,
            "large": all_rows,
        },
        "1,000 tables of 0 to 200 rows that refer to each other; quick has 100",
        per_table=True,
    )


def _small_table(spec: plan.Spec) -> Table:
    return Table(
        spec.table,
        f"{plan.APP}.{spec.model}",
        spec.columns,
        partial(plan.lines, spec),
        uuids=spec.of_kind("uuid"),
        decimals=spec.of_kind("decimal"),
    )


SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            "pids",
            (USER, NAMESPACE, OWNER, SERVICE, PID, TARGET, LOG),
            {
                "sample": _pids(5_428, 5_543, 8_766),
                "quick": _pids(33_000, 33_700, 53_300),
                "standard": _pids(542_835, 554_311, 876_642),
                "large": _pids(2_714_175, 2_771_555, 4_383_210),
            },
            "three large tables with foreign keys, their parents and the users",
        ),
        Shape(
            "log",
            (USER, LOG),
            {
                "sample": _log(20_000),
                "quick": _log(100_000),
                "standard": _log(876_642),
                "large": _log(10_000_000),
            },
            "one large log table with two foreign keys",
        ),
        Shape(
            "narrow",
            (KEYWORD, DOCUMENT, PAIRS),
            {
                "sample": _narrow(20_000),
                "quick": _narrow(100_000),
                "standard": _narrow(2_000_000),
                "large": _narrow(10_000_000),
            },
            "pairs of a many-to-many relation",
        ),
        Shape(
            "wide",
            (MEASUREMENT,),
            _one(MEASUREMENT, 2_000, 10_000, 200_000, 1_000_000),
            "forty columns",
        ),
        Shape(
            "fat",
            (ATTACHMENT,),
            _one(ATTACHMENT, 20, 100, 1_000, 5_000),
            "100 kB of text and 100 kB of bytes in a row",
        ),
        Shape(
            "uuid",
            (DEVICE,),
            _one(DEVICE, 10_000, 50_000, 500_000, 2_000_000),
            "random UUIDs as keys",
        ),
        Shape(
            "text",
            (TERM,),
            _one(TERM, 10_000, 50_000, 500_000, 2_000_000),
            "texts as keys",
        ),
        Shape(
            "composite",
            (READING,),
            _one(READING, 10_000, 50_000, 500_000, 2_000_000),
            "a composite primary key of two columns",
        ),
        _many(),
    )
}
