"""Values of tens of megabytes among small rows: memory follows the largest row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dashboard.transfer.columns import ColumnKind
from tests.dashboard.transfer.every_kind import (
    FIELD,
    ID,
    DatabasePair,
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.dashboard.transfer.large_tables import NUMBERS
from tests.project import BASE_DIR, DIRECTIONS, Servers
from tests.servers import fresh_name

MEGABYTE = 1 << 20
# What a worker may take besides four times the largest row.
ALLOWED = 70
SMALL_ROWS = 10_000
LARGE_ROWS = 4

TINY = Field("name", ColumnKind.TEXT, types("varchar(100)"))
# A tenth of it is escaped on the way; one character is wider than all others.
LINE = "abcdefgh\n"
SHAPES = {"text": FIELD["body"], "octets": FIELD["image"]}

REPEATED = {
    "postgresql": {
        "text": "'🚲' || repeat('{line}', {times})",
        "octets": "decode(repeat('0a5c27ff80414243', {times}), 'hex')",
    },
    "mysql": {
        "text": "concat('🚲', repeat('{line}', {times}))",
        "octets": "unhex(repeat('0a5c27ff80414243', {times}))",
    },
}


@pytest.fixture(scope="module")
def pairs(servers: Servers) -> Iterator[DatabasePairs]:
    pairs = DatabasePairs(servers)
    yield pairs
    pairs.close()


@contextmanager
def large_packets(*sides: EngineDatabase) -> Iterator[None]:
    """Let servers of MySQL take statements and rows of a gigabyte."""
    sides = tuple(side for side in sides if side.vendor == "mysql")
    before = [side.read("SELECT @@GLOBAL.max_allowed_packet")[0][0] for side in sides]
    for side in sides:
        side.run(f"SET GLOBAL max_allowed_packet = {1 << 30}")
    yield
    for side, octets in zip(sides, before, strict=True):
        side.run(f"SET GLOBAL max_allowed_packet = {octets}")


def fill(side: EngineDatabase, table: str, shape: str, megabytes: int) -> None:
    """Small rows, and large ones that are neighbours in the middle."""
    field = SHAPES[shape]
    numbers = NUMBERS[side.engine].format(rows=SMALL_ROWS)
    side.run(f"INSERT INTO {table} (id, name) SELECT n * 2, 'small' FROM ({numbers}) s")
    for key in range(SMALL_ROWS + 1, SMALL_ROWS + 1 + 2 * LARGE_ROWS, 2):
        if side.vendor == "sqlite":
            side.insert(
                table,
                [ID, TINY, field],
                {"id": key, "name": "large", field.name: value(shape, megabytes)},
            )
            continue
        unit = len(LINE) if shape == "text" else 8
        expression = REPEATED[side.vendor][shape].format(
            line=LINE.replace("\n", "\\n") if side.vendor == "mysql" else LINE,
            times=megabytes * MEGABYTE // unit,
        )
        side.run(
            f"INSERT INTO {table} (id, name, {field.name}) "
            f"SELECT {key}, 'large', {expression}"
        )


def value(shape: str, megabytes: int) -> Any:
    if shape == "text":
        return "🚲" + LINE * (megabytes * MEGABYTE // len(LINE))
    return bytes.fromhex("0a5c27ff80414243") * (megabytes * MEGABYTE // 8)


def measured(
    pair: DatabasePair, tmp_path: Path, shape: str, megabytes: int
) -> dict[str, Any]:
    plans = {}
    for name in ("plan", "small"):
        table, fields = fresh_name("t"), [ID, TINY, SHAPES[shape]]
        for side in pair:
            side.create(table, fields)
        if name == "plan":
            fill(pair[0], table, shape, megabytes)
        else:
            pair[0].run(f"INSERT INTO {table} (id, name) VALUES (1, 'x')")
        plans[name] = make_plan(pair, table, fields)
    given = {
        "old": pair[0].entry,
        "new": pair[1].entry,
        "receipts": fresh_name("migration_console_receipts"),
        **{name: plan.to_json() for name, plan in plans.items()},
    }
    file = tmp_path / "given.json"
    file.write_text(json.dumps(given))
    python = os.environ.get("TEST_PEAK_PYTHON", sys.executable)
    done = subprocess.run(
        [python, "-m", "tests.faults.peak", str(file)],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
    )
    for plan in plans.values():
        for side in pair:
            side.run(f"DROP TABLE {plan.table}")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    sys.stdout.write(
        "\n| {} | {} | {} | {:.0f} MB | {:.0f} MB |\n".format(
            f"{pair[0].engine} → {pair[1].engine}",
            found["load_format"],
            shape,
            found["copied"],
            found["compared"],
        )
    )
    return found


def limit(megabytes: int, times: int = 4) -> int:
    return ALLOWED + times * megabytes


@pytest.mark.soak
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_f35_a_worker_takes_four_times_the_largest_row(
    pairs: DatabasePairs, tmp_path: Path, source: str, destination: str, shape: str
) -> None:
    megabytes = int(os.environ.get("TEST_PEAK_MEGABYTES", "100"))
    pair = pairs.pair(source, destination)
    with large_packets(*pair):
        found = measured(pair, tmp_path, shape, megabytes)
    assert found["rows"] == SMALL_ROWS + LARGE_ROWS
    assert found["equal"] and not found["unverifiable"], found
    assert found["copied"] < limit(megabytes), found
    # Both files are hashed here, at the same time: SQLite has a text twice, and
    # Python once.
    times = 7 if (source, destination) == ("sqlite", "sqlite") else 4
    assert found["compared"] < limit(megabytes, times), found


@pytest.mark.parametrize(
    ("source", "destination", "shape"),
    [("mariadb", "postgresql", "text"), ("postgresql", "mariadb", "octets")],
)
def test_f34_neighbours_of_many_megabytes_come_one_by_one(
    pairs: DatabasePairs, tmp_path: Path, source: str, destination: str, shape: str
) -> None:
    pair = pairs.pair(source, destination)
    with large_packets(*pair):
        found = measured(pair, tmp_path, shape, 24)
    assert found["equal"] and found["rows"] == SMALL_ROWS + LARGE_ROWS, found
    assert found["copied"] < limit(24), found
