"""Workers on three hosts share a run; one of them is cut off in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.models import Chunk, Lane, MigrationRun
from dashboard.runner import pace
from dashboard.runner.pace import Pace
from localservers.usage import tree
from tests import oracle
from tests.faults.test_deaths import (
    assert_arrived,
    is_stopped,
    started,
    wait_for_end,
)
from tests.hosts import Host, why_not
from tests.project import Project, soaked, wait_until

OPTIONS = {
    "LEASE_SECONDS": 4,
    "LOOK_SECONDS": 1,
    "SLICE_SECONDS": 3,
    "CHUNK_ROWS": 30,
    "CONNECT_SECONDS": 2,
}
CONTROL = "postgresql"


@pytest.fixture
def hosts(project: Project) -> Iterator[list[Host]]:
    if reason := why_not():
        pytest.skip(reason)
    project.control(CONTROL)
    assert project.redis
    found = [Host(project, number) for number in range(3)]
    yield found
    for host in found:
        host.close()


def holders(run: MigrationRun) -> set[str]:
    held = Lane.objects.filter(run=run).values_list("leased_by", flat=True)
    return {name.partition(":")[0] for name in held}


def late(pid: int) -> int:
    """A process below this one that has stopped on its way to a commit."""
    return next(filter(is_stopped, tree(pid)), 0)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("source_vendor", "destination_vendor"),
    [
        ("mariadb", "postgresql"),
        soaked("postgresql", "mysql"),
        soaked("mysql", "mariadb"),
    ],
)
def test_a_host_that_is_cut_off_costs_what_it_had_in_hand(
    project: Project,
    hosts: list[Host],
    tmp_path: Path,
    source_vendor: str,
    destination_vendor: str,
) -> None:
    project.options.update(OPTIONS)
    source = project.database(source_vendor, filled=True)
    destination = project.database(destination_vendor)
    schema = oracle.schema_snapshot(project.entry(destination))
    once = tmp_path / "once"
    stopping = {"MIGRATION_CONSOLE_FAILPOINTS": f"rows loaded=stop:{once}"}
    workers = [host.worker() for host in hosts[:2]]
    cut, zombie = hosts[2], hosts[2].worker(stopping)
    workers.append(zombie)
    run = started(project, source, destination)
    pace.change(run, "tests", Pace(3, 120))
    pid = wait_until(lambda: late(zombie.pid), 60, "The third host does not work")
    (chunk,) = Chunk.objects.of(run).claimed().filter(lane__in=_lanes_of(run, cut))
    assert holders(run) == {host.name for host in hosts}

    # It goes on to its commit while nobody hears it.
    cut.cut_off()
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: _is_void(chunk), 40, "Nobody takes its chunk up")
    assert "lane lost" not in zombie.log
    cut.reconnect()
    wait_until(lambda: "lane lost" in zombie.log, 60, "Its commit is not refused")
    pace.change(run, "tests", Pace(3, None))

    assert_arrived(project, wait_for_end(run), schema)
    void = Chunk.objects.of(run).filter(state="void")
    assert list(void) == [chunk]
    assert not Chunk.objects.of(run).filter(attempts__gt=1).exists()
    assert all(worker.running() for worker in workers)


def _lanes_of(run: MigrationRun, host: Host) -> list[int]:
    lanes = Lane.objects.filter(run=run, leased_by__startswith=f"{host.name}:")
    return list(lanes.values_list("number", flat=True))


def _is_void(chunk: Chunk) -> bool:
    chunk.refresh_from_db()
    return chunk.state == Chunk.State.VOID
