"""Chunks: every row in one of them and none in two, as large as time allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import Chunk, Lane, TableCopy
from dashboard.runner import chunk_claims, chunk_recovery, chunks
from dashboard.runner.chunks import ClaimedChunk
from dashboard.runner.leases import LaneLost, Lease, take
from dashboard.runner.sessions import Sessions
from dashboard.transfer.columns import ColumnKind, ColumnType
from dashboard.transfer.copy import Copied
from dashboard.transfer.errors import Unconfirmed
from dashboard.transfer.plan import PlanColumn, TablePlan
from tests.dashboard.runs import identity, make_run, make_table
from tests.dashboard.transfer.every_kind import FIELD, EngineDatabase
from tests.project import VENDORS, Project
from tests.servers import real

ROWS = 5
NUMBERS = [0, 1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS]


@dataclass(frozen=True)
class KeyShape:
    """A key: its columns with their types and kinds, and keys to put there."""

    columns: dict[str, tuple[str, ColumnKind]]
    keys: Sequence[tuple[Any, ...]]


def shapes(vendor: str) -> dict[str, KeyShape]:
    uuid = FIELD["token"].types[vendor]
    # Texts that engines and collations order each in its own way.
    texts = ["Z", "a", "ö", "B", "b-", "b a", "10", "9", "_", "é"]
    tokens = [f"{n * 31 % 16:x}{n:031x}" for n in range(10)]
    if uuid == "uuid":
        tokens = [f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}" for t in tokens]
    numbers = [-7, 0, 3, 4, 1000, 10**12, 5, 6, 10**15, -(10**15)]
    return {
        "integer": KeyShape(
            {"id": ("bigint", ColumnKind.INTEGER)}, [(number,) for number in numbers]
        ),
        "text": KeyShape(
            {"code": ("varchar(20)", ColumnKind.TEXT)}, [(text,) for text in texts]
        ),
        "uuid": KeyShape(
            {"id": (uuid, ColumnKind.UUID)}, [(token,) for token in tokens]
        ),
        "date": KeyShape(
            {"day": ("date", ColumnKind.DATE)},
            [(f"2024-01-{n:02}",) for n in range(1, 11)],
        ),
        "composite": KeyShape(
            {"a": ("int", ColumnKind.INTEGER), "b": ("varchar(20)", ColumnKind.TEXT)},
            [(number % 3, texts[number]) for number in range(10)],
        ),
    }


class Given:
    """A run whose tables have keys of a shape, and a lane that works for it."""

    def __init__(self, project: Project, vendor: str) -> None:
        project.database(vendor, "old", migrated=False)
        project.database("sqlite", "new", migrated=False)
        self.side = EngineDatabase(real(vendor), project.entry("old"))
        self.there = EngineDatabase("sqlite", project.entry("new"))
        identities = {alias: identity(alias) for alias in ("old", "new")}
        self.run = make_run(
            source="old",
            destination="new",
            destination_identity=identities["new"],
            source_identity=identities["old"],
            lane_count=1,
        )
        Lane.objects.create(run=self.run, number=0)
        self.lease = self.take()
        self.sessions = Sessions(self.run, "tests")

    def take(self) -> Lease:
        lane = Lane.objects.get(run=self.run)
        lease = take(self.run, 0, lane.epoch)
        assert lease is not None
        return lease

    def table(
        self, name: str, shape: KeyShape, rows: int, expected: int = 0
    ) -> TableCopy:
        quote = self.side.quote
        columns = ", ".join(
            f"{quote(n)} {t} NOT NULL" for n, (t, _) in shape.columns.items()
        )
        key = ", ".join(map(quote, shape.columns))
        self.side.run(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key}))")
        # Nothing is cut of a table whose counterpart holds rows.
        self.there.run(f'CREATE TABLE "{name}" (id bigint)')
        if rows:
            places = ", ".join(["%s"] * len(shape.columns))
            self.side.run(
                f"INSERT INTO {name} VALUES " + ", ".join([f"({places})"] * rows),
                [value for found in shape.keys[:rows] for value in found],
            )
        plan = TablePlan(
            model=name,
            table=name,
            columns=tuple(
                PlanColumn(n, kind, False, column_type(t), column_type(t))
                for n, (t, kind) in shape.columns.items()
            ),
            key=tuple(shape.columns),
        )
        # Where nobody knows how many rows there are, they are counted off.
        return make_table(
            self.run,
            name,
            table=name,
            plan=plan.to_json(),
            chunk_rows=ROWS,
            rows_total=expected,
        )

    def claim(self) -> ClaimedChunk | None:
        return chunk_claims.claim(self.run, self.lease, self.sessions)

    def rows_of(self, claimed: ClaimedChunk) -> list[Any]:
        found = self.sessions.source.reader.rows(claimed.plan, claimed.key_range)
        return [row for batch in found for row in batch]


def column_type(text: str) -> ColumnType:
    name, _, length = text.rstrip(")").partition("(")
    return ColumnType(name, length=int(length) if length else None)


@pytest.fixture(params=VENDORS)
def given(project: Project, request: pytest.FixtureRequest) -> Iterator[Given]:
    given = Given(project, request.param)
    yield given
    given.sessions.close()


@pytest.fixture
def file(project: Project) -> Iterator[Given]:
    given = Given(project, "sqlite")
    yield given
    given.sessions.close()


def test_f38_every_row_is_in_one_chunk_whatever_the_key(given: Given) -> None:
    wanted = {}
    for name, shape in shapes(given.side.engine).items():
        for rows in NUMBERS:
            table = given.table(f"t_{name}_{rows}", shape, rows)
            wanted[table.table] = rows
    found: dict[str, list[int]] = {name: [] for name in wanted}
    seen: dict[str, set[Any]] = {name: set() for name in wanted}
    while claimed := given.claim():
        rows = given.rows_of(claimed)
        found[claimed.table.table].append(len(rows))
        assert not seen[claimed.table.table] & set(rows)
        seen[claimed.table.table] |= set(rows)
        chunks.record(claimed.chunk, given.lease, Copied(len(rows), 0), 0.0)
        TableCopy.objects.update(chunk_rows=ROWS)
    # A full chunk does not know whether another row follows.
    sizes = {0: [0], 1: [1], 4: [4], 5: [5, 0], 6: [5, 1], 10: [5, 5, 0]}
    assert found == {name: sizes[rows] for name, rows in wanted.items()}
    assert {name: len(rows) for name, rows in seen.items()} == wanted
    for table in given.run.tables.all():
        assert (table.state, table.all_cut) == ("copied", True)
        assert table.rows_copied == table.rows_total == wanted[table.table]


def chunks_of(given: Given, numbers: Sequence[int], expected: int) -> list[list[int]]:
    """Claim all chunks of a table with these keys and return their keys."""
    shape = KeyShape({"id": ("bigint", ColumnKind.INTEGER)}, [(n,) for n in numbers])
    table = given.table("t", shape, len(numbers), expected)
    found = []
    while claimed := given.claim():
        found.append([int(row[0]) for row in given.rows_of(claimed)])
        chunks.record(claimed.chunk, given.lease, Copied(len(found[-1]), 0), 0.0)
        TableCopy.objects.update(chunk_rows=ROWS)
    table.refresh_from_db()
    assert (table.state, table.rows_copied) == ("copied", len(numbers))
    return found


@pytest.mark.parametrize(
    ("numbers", "expected", "sizes"),
    [
        (range(1, 11), 10, [5, 5]),
        (range(-12, 10), 22, [5, 5, 5, 5, 2]),
        # Estimates of servers, twice and half of what is there.
        (range(1, 11), 20, [5, 5]),
        (range(1, 21), 10, [10, 10]),
        # Every second number, and a gap: an empty chunk, and one that is counted off.
        (range(0, 20, 2), 10, [5, 4, 1]),
        ([1, 2, 3, 4, 5, 6, 18, 19, 20], 10, [6, 3]),
        ([1, 2, 3, 4, *range(20, 34)], 18, [4, 0, 5, 9]),
        # Too sparse to know.
        (range(0, 1000, 100), 10, [5, 5, 0]),
        ([7], 1, [1]),
        ([2**62, 2**62 + 1], 2, [2]),
    ],
)
def test_most_numbers_in_use_are_cut_without_counting(
    given: Given, numbers: Sequence[int], expected: int, sizes: list[int]
) -> None:
    found = chunks_of(given, numbers, expected)
    assert [n for chunk in found for n in chunk] == list(numbers)
    assert [len(chunk) for chunk in found] == sizes


@pytest.mark.parametrize("apart", [10, 10**9, 10**14])
def test_a_stride_that_finds_nothing_is_followed_by_rows_counted_off(
    given: Given, apart: int
) -> None:
    """A server's estimate may be as wrong as it likes; the chunks stay few."""
    numbers = [number * apart for number in range(8 * ROWS)]
    found = chunks_of(given, numbers, expected=numbers[-1])
    assert [n for chunk in found for n in chunk] == numbers
    assert len(found) <= 2 * 8 + 2


def test_a_table_that_cannot_be_divided_is_one_chunk(given: Given) -> None:
    real = FIELD["size"].types[given.side.engine]
    shape = KeyShape(
        {"weight": (real, ColumnKind.FLOAT)},
        [(number / 3,) for number in range(3 * ROWS)],
    )
    table = given.table("t", shape, 3 * ROWS, 3 * ROWS)
    table.plan["is_divisible"] = False
    table.save()
    claimed = given.claim()
    assert claimed is not None
    assert len(given.rows_of(claimed)) == 3 * ROWS
    given.sessions.receipts.create()
    assert not chunk_recovery.split(claimed, given.lease, given.sessions, "too much")
    assert given.claim() is None


def test_rows_beyond_the_last_number_seen_belong_to_the_last_chunk(
    file: Given,
) -> None:
    shape = KeyShape({"id": ("bigint", ColumnKind.INTEGER)}, [(n,) for n in range(8)])
    file.table("t", shape, 8, 8)
    first, last = file.claim(), file.claim()
    file.side.run("INSERT INTO t VALUES (99)")
    assert first and last
    assert file.claim() is None
    assert [row[0] for row in file.rows_of(first)] == ["0", "1", "2", "3", "4"]
    assert [row[0] for row in file.rows_of(last)] == ["5", "6", "7", "99"]


def test_a_key_of_sqlite_that_is_no_number_is_counted_off(file: Given) -> None:
    shape = KeyShape({"id": ("bigint", ColumnKind.INTEGER)}, [(n,) for n in range(6)])
    file.table("t", shape, 6, 6)
    file.side.run("INSERT INTO t VALUES ('x')")
    sizes = []
    while claimed := file.claim():
        sizes.append(len(file.rows_of(claimed)))
    assert sizes == [5, 2]


def test_f14_a_chunk_that_is_too_much_is_halved_within_its_bounds(given: Given) -> None:
    for name, shape in shapes(given.side.engine).items():
        table = given.table(f"t_{name}", shape, 2 * ROWS)
        claimed = given.claim()
        assert claimed is not None
        whole = given.rows_of(claimed)
        # Others have found larger chunks to be right meanwhile.
        TableCopy.objects.filter(pk=table.pk).update(chunk_rows=3 * ROWS)
        claimed.table.refresh_from_db()
        given.sessions.receipts.create()
        assert chunk_recovery.split(claimed, given.lease, given.sessions, "too much")
        halves = []
        for chunk in Chunk.objects.filter(table=table, state="waiting"):
            half = ClaimedChunk(chunk, table, claimed.plan)
            halves.append(given.rows_of(half))
        assert [len(half) for half in halves] in ([2, 3], [3, 2])
        assert [row for half in halves for row in half] == whole
        claimed.chunk.refresh_from_db()
        assert claimed.chunk.state == "void"
        given.run.tables.all().delete()


def test_one_row_cannot_be_halved(file: Given) -> None:
    file.table("t", shapes("sqlite")["integer"], 1)
    claimed = file.claim()
    assert claimed is not None
    file.sessions.receipts.create()
    assert not chunk_recovery.split(claimed, file.lease, file.sessions, "too much")
    claimed.chunk.refresh_from_db()
    assert claimed.chunk.state == "claimed"


def test_a_chunk_that_was_committed_after_all_is_not_halved(file: Given) -> None:
    file.table("t", shapes("sqlite")["integer"], ROWS)
    claimed = file.claim()
    assert claimed is not None
    receipts = file.sessions.receipts
    receipts.create()
    with file.sessions.destination.transaction():
        receipts.take(claimed.receipt, file.lease.epoch)
    assert not chunk_recovery.split(claimed, file.lease, file.sessions, "too much")
    assert not Chunk.objects.filter(state__in=["waiting", "void"]).exists()


def test_whoever_lost_the_lane_records_nothing(file: Given) -> None:
    table = file.table("t", shapes("sqlite")["integer"], ROWS)
    claimed = file.claim()
    assert claimed is not None
    Lane.objects.update(is_leased=False)
    later = file.take()
    with pytest.raises(LaneLost):
        chunks.record(claimed.chunk, file.lease, Copied(ROWS, 0), 0.0)
    # The chunk is the dead holder's until it is adopted.
    with pytest.raises(LaneLost):
        chunks.record(claimed.chunk, later, Copied(ROWS, 0), 0.0)
    table.refresh_from_db()
    assert table.rows_copied == 0


def test_a_recorded_chunk_says_how_large_the_next_one_is(file: Given) -> None:
    table = file.table("t", shapes("sqlite")["integer"], 10)
    claimed = file.claim()
    assert claimed is not None
    wishes = {"CHUNK_SECONDS": 2.0, "CHUNK_BYTES": 10**9}
    with override_settings(MIGRATION_CONSOLE=wishes):
        chunks.record(claimed.chunk, file.lease, Copied(ROWS, ROWS), 1.0)
    table.refresh_from_db()
    # What it took to find the bound counts too.
    assert ROWS < table.chunk_rows <= 2 * ROWS


def test_a_table_is_not_begun_where_somebody_has_written(file: Given) -> None:
    table = file.table("t", shapes("sqlite")["integer"], 7)
    file.there.run("INSERT INTO t VALUES (1)")
    with pytest.raises(Unconfirmed, match="'t' of the destination was empty"):
        file.claim()
    # Rows of another lane that was faster are nobody else's.
    late = TableCopy.objects.get(pk=table.pk)
    TableCopy.objects.filter(pk=table.pk).update(chunks_cut=1)
    assert chunk_claims._cut(late, file.lease, file.sessions) is None
