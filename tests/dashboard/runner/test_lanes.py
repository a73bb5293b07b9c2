"""Lanes: one holder at a time, told apart by an epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from django.test import override_settings

from dashboard.models import Lane, MigrationRun
from dashboard.runner.clock import now_ms
from dashboard.runner.lanes import (
    Hold,
    Keeper,
    LaneLost,
    leave,
    session_label,
    take,
    without_terminal,
)
from dashboard.runner.slices import Outcome, work
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


def held(run: MigrationRun, epoch: int = 0) -> Hold:
    hold = take(run, 0, epoch, "tests")
    assert hold is not None
    return hold


def test_of_many_copies_of_a_message_the_first_takes_the_lane() -> None:
    run = make_run()
    lane = lane_of(run)
    hold = held(run)
    assert take(run, 0, 0, "tests") is None
    lane.refresh_from_db()
    assert (lane.held, lane.epoch, lane.holder) == (True, 1, "tests")
    assert now_ms() < lane.until <= now_ms() + LEASE * 1000
    assert leave(hold)
    # Left, but at another epoch: the late copy still finds nothing.
    assert take(run, 0, 0, "tests") is None
    assert held(run, 1).epoch == 2
    assert work(run.pk, 0, 0, 1.0) is Outcome.LOST


def test_a_lane_that_does_not_exist_is_nobodys() -> None:
    assert take(make_run(), 7, 0, "tests") is None


def test_whoever_lost_the_lane_can_neither_renew_nor_leave_it() -> None:
    run = make_run(alive_at=5)
    lane = lane_of(run)
    first = held(run)
    Lane.objects.filter(pk=lane.pk).update(held=False)
    second = held(run, 1)
    for ask in (first.guard, first.alive):
        with pytest.raises(LaneLost):
            ask()
    assert not leave(first)
    run.refresh_from_db()
    assert run.alive_at == 5
    second.alive()
    run.refresh_from_db()
    assert abs(run.alive_at - now_ms()) < 1000
    assert leave(second, wait_ms=5000)
    lane.refresh_from_db()
    assert not lane.held
    assert lane.until > now_ms() + 4000
    with pytest.raises(LaneLost):
        second.guard()


@pytest.mark.parametrize("control", VENDORS)
def test_of_many_claimants_one_gets_the_lane(project: Project, control: str) -> None:
    project.control(control)
    run = make_run()
    lane_of(run)
    barrier = threading.Barrier(CLAIMANTS)
    found: list[Hold | None] = []

    def claim() -> None:
        try:
            barrier.wait(30)
            found.append(take(run, 0, 0, "tests"))
        finally:
            connections.close_all()

    each(claim)
    assert len(found) == CLAIMANTS
    assert len([hold for hold in found if hold]) == 1


def each(do: Callable[[], None]) -> None:
    threads = [threading.Thread(target=do) for _ in range(CLAIMANTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_a_keeper_renews_until_its_work_is_done() -> None:
    run = make_run()
    lane = lane_of(run)
    hold = held(run)
    Lane.objects.filter(pk=lane.pk).update(until=0)
    with Keeper(hold) as keeper:
        wait_until(lambda: until(lane) > now_ms(), 10, "The keeper does not renew")
        first = until(lane)
        wait_until(lambda: until(lane) > first, 10, "The keeper renews only once")
        assert not keeper.lost
    assert not keeper.is_alive()
    run.refresh_from_db()
    assert abs(run.alive_at - now_ms()) < LEASE * 1000


def until(lane: Lane) -> int:
    lane.refresh_from_db()
    return lane.until


def test_a_keeper_notices_that_the_lane_is_lost() -> None:
    run = make_run()
    lane = lane_of(run)
    with Keeper(held(run)) as keeper:
        Lane.objects.filter(pk=lane.pk).update(epoch=7, until=0)
        wait_until(lambda: keeper.lost, 10, "The keeper goes on")
        assert until(lane) == 0


def test_a_session_is_labelled_so_that_a_successor_finds_it() -> None:
    run = make_run()
    lane_of(run)
    hold = held(run)
    assert hold.label == session_label(run.uuid.hex, 0, 1)
    # A named lock of MySQL takes 64 characters, PostgreSQL cuts at 63.
    assert len(session_label(run.uuid.hex, 31, 4_000_000_000)) <= 63


def test_a_terminal_that_has_been_silent_for_a_lease_is_gone() -> None:
    silent = make_run(origin="terminal", alive_at=now_ms() - LEASE * 1000 - 1)
    assert list(without_terminal(MigrationRun.objects.all())) == [silent]
    make_run(origin="terminal", alive_at=now_ms())
    make_run(origin="workers", alive_at=0)
    assert list(without_terminal(MigrationRun.objects.all())) == [silent]
    Lane.objects.create(run=silent, held=True, number=0, until=now_ms() + 1000)
    assert not without_terminal(MigrationRun.objects.all()).exists()
    Lane.objects.update(until=now_ms() - 1)
    assert without_terminal(MigrationRun.objects.all()).exists()
