"""Leases: one holder at a time, told apart by an epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from django.test import override_settings

from dashboard.control_database import now_ms
from dashboard.models import Lane, MigrationRun
from dashboard.runner.leases import (
    LaneLost,
    Lease,
    LeaseRenewer,
    release,
    session_label,
    take,
    without_terminal,
)
from dashboard.runner.processes import process_mark
from dashboard.runner.slice import SliceEnd, work
from tests.dashboard.runs import make_run
from tests.project import VENDORS, Project, wait_until

pytestmark = pytest.mark.usefixtures("project")

LEASE = 2  # seconds
CLAIMANTS = 8


@pytest.fixture(autouse=True)
def short_lease() -> Iterator[None]:
    with override_settings(MIGRATION_CONSOLE={"LEASE_SECONDS": LEASE}):
        yield


def lane_of(run: MigrationRun) -> Lane:
    return Lane.objects.create(run=run, number=0)


def held(run: MigrationRun, epoch: int = 0) -> Lease:
    lease = take(run, 0, epoch)
    assert lease is not None
    return lease


def test_of_many_copies_of_a_message_the_first_takes_the_lane() -> None:
    run = make_run()
    lane = lane_of(run)
    lease = held(run)
    assert take(run, 0, 0) is None
    lane.refresh_from_db()
    assert (lane.is_leased, lane.epoch, lane.leased_by) == (True, 1, process_mark())
    assert now_ms() < lane.leased_until_ms <= now_ms() + LEASE * 1000
    assert release(lease)
    # Left, but at another epoch: the late copy still finds nothing.
    assert take(run, 0, 0) is None
    assert held(run, 1).epoch == 2
    assert work(run.pk, 0, 0, 1.0) is SliceEnd.LOST


def test_a_lane_that_does_not_exist_is_nobodys() -> None:
    assert take(make_run(), 7, 0) is None


def test_whoever_lost_the_lane_can_neither_renew_nor_leave_it() -> None:
    run = make_run(alive_ms=5)
    lane = lane_of(run)
    first = held(run)
    Lane.objects.filter(pk=lane.pk).update(is_leased=False)
    second = held(run, 1)
    for ask in (first.renew, first.report_work):
        with pytest.raises(LaneLost):
            ask()
    assert not release(first)
    run.refresh_from_db()
    assert run.alive_ms == 5
    second.report_work()
    run.refresh_from_db()
    assert abs(run.alive_ms - now_ms()) < 1000
    assert release(second, wait_ms=5000)
    lane.refresh_from_db()
    assert not lane.is_leased
    assert lane.leased_until_ms > now_ms() + 4000
    with pytest.raises(LaneLost):
        second.renew()


@pytest.mark.parametrize("control", VENDORS)
def test_of_many_claimants_one_gets_the_lane(project: Project, control: str) -> None:
    project.control(control)
    run = make_run()
    lane_of(run)
    barrier = threading.Barrier(CLAIMANTS)
    found: list[Lease | None] = []

    def claim() -> None:
        try:
            barrier.wait(30)
            found.append(take(run, 0, 0))
        finally:
            connections.close_all()

    each(claim)
    assert len(found) == CLAIMANTS
    assert len([lease for lease in found if lease]) == 1


def each(do: Callable[[], None]) -> None:
    threads = [threading.Thread(target=do) for _ in range(CLAIMANTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_a_lease_renewer_renews_until_its_work_is_done() -> None:
    run = make_run()
    alive = run.alive_ms
    lane = lane_of(run)
    lease = held(run)
    Lane.objects.filter(pk=lane.pk).update(leased_until_ms=0)
    with LeaseRenewer(lease) as renewer:
        wait_until(lambda: until(lane) > now_ms(), 10, "Nothing is renewed")
        first = until(lane)
        wait_until(lambda: until(lane) > first, 10, "It is renewed only once")
        assert renewer.is_alive()
    assert not renewer.is_alive()
    # That the run is alive is said of work, not of a thread that renews.
    run.refresh_from_db()
    assert run.alive_ms == alive


def until(lane: Lane) -> int:
    lane.refresh_from_db()
    return lane.leased_until_ms


def test_a_lease_renewer_notices_that_the_lane_is_lost() -> None:
    run = make_run()
    lane = lane_of(run)
    with LeaseRenewer(held(run)) as renewer:
        Lane.objects.filter(pk=lane.pk).update(epoch=7, leased_until_ms=0)
        wait_until(lambda: not renewer.is_alive(), 10, "The thread goes on")
        assert until(lane) == 0


def test_a_session_is_labelled_so_that_a_successor_finds_it() -> None:
    run = make_run()
    lane_of(run)
    lease = held(run)
    assert lease.label == session_label(run.uuid.hex, 0, 1)
    # A named lock of MySQL takes 64 characters, PostgreSQL cuts at 63.
    assert len(session_label(run.uuid.hex, 31, 4_000_000_000)) <= 63


def test_a_terminal_that_has_been_silent_for_a_lease_is_gone() -> None:
    silent = make_run(executor="terminal", alive_ms=now_ms() - LEASE * 1000 - 1)
    assert list(without_terminal(MigrationRun.objects.all())) == [silent]
    make_run(executor="terminal", alive_ms=now_ms())
    make_run(executor="workers", alive_ms=0)
    assert list(without_terminal(MigrationRun.objects.all())) == [silent]
    Lane.objects.create(
        run=silent, is_leased=True, number=0, leased_until_ms=now_ms() + 1000
    )
    assert not without_terminal(MigrationRun.objects.all()).exists()
    Lane.objects.update(leased_until_ms=now_ms() - 1)
    assert without_terminal(MigrationRun.objects.all()).exists()
