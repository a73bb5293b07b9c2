"""One run at a time in a destination, and who is in the way."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun, Reservation
from dashboard.runner.refusals import RequestRefused
from dashboard.runner.reservations import abandoned, reserve
from tests.dashboard.runs import make_lane, make_run
from tests.project import VENDORS, Project

pytestmark = pytest.mark.usefixtures("project")

SEVERAL = 6


def between(source: str, destination: str, **fields: object) -> MigrationRun:
    return make_run(
        source=source.lower(),
        destination=destination.lower(),
        source_identity=source,
        destination_identity=destination,
        **fields,
    )


def test_a_destination_is_reserved_once() -> None:
    first, second = between("A", "B"), between("C", "B")
    reserve(first)
    with pytest.raises(RequestRefused) as refused:
        reserve(second)
    assert refused.value.message == (f"Run {first.pk} is using the destination 'b'.")
    assert refused.value.remedy == "Wait until that run has ended, or cancel it."
    assert Reservation.objects.get().run == first
    # Another destination is another matter, also from the same source.
    reserve(between("A", "D"))


def test_a_source_that_is_being_written_is_waited_for() -> None:
    writing = between("A", "B")
    reserve(writing)
    with pytest.raises(RequestRefused) as refused:
        reserve(between("B", "C"))
    assert refused.value.message == (
        f"Run {writing.pk} is writing into 'b' at the moment."
    )
    assert Reservation.objects.count() == 1


def test_a_destination_that_is_being_read_is_waited_for() -> None:
    """A copy of what another run empties and fills would be of nothing."""
    reading = between("A", "B")
    reserve(reading)
    with pytest.raises(RequestRefused) as refused:
        reserve(between("C", "A"))
    assert refused.value.message == (
        f"Run {reading.pk} is reading from 'a' at the moment."
    )
    assert Reservation.objects.count() == 1
    # One that only was read is free again.
    Reservation.objects.all().delete()
    reserve(between("D", "A"))


def test_a_terminal_in_the_way_may_be_gone() -> None:
    reserve(between("A", "B", executor="terminal"))
    with pytest.raises(RequestRefused) as refused:
        reserve(between("C", "B"))
    assert "If its terminal is gone, ask again in 20 seconds." in refused.value.remedy


@pytest.mark.parametrize("control", VENDORS)
def test_of_several_at_once_one_gets_the_destination(
    project: Project, control: str
) -> None:
    project.control(control)
    runs = [between(f"S{number}", "B") for number in range(SEVERAL)]
    barrier = threading.Barrier(SEVERAL)
    outcomes: list[str] = []

    def ask(run: MigrationRun) -> None:
        try:
            barrier.wait(30)
            reserve(run)
            outcomes.append("reserved")
        except RequestRefused as refused:
            outcomes.append(refused.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcomes) == SEVERAL
    assert outcomes.count("reserved") == 1
    winner = Reservation.objects.get().run
    others = set(outcomes) - {"reserved"}
    assert others == {f"Run {winner.pk} is using the destination 'b'."}


def test_runs_whose_terminal_died_are_in_the_way_on_either_side() -> None:
    asking = between("A", "B")
    assert abandoned(asking) == []
    silent = {"executor": "terminal", "alive_ms": now_ms() - 60_000}
    into, from_here = between("C", "B", **silent), between("B", "F", **silent)
    out_of = between("G", "A", **silent)
    for run in (into, from_here, out_of, between("C", "E", **silent)):
        Reservation.objects.create(run=run, identity=run.destination_identity)
    assert set(abandoned(asking)) == {into, from_here, out_of}
    from_here.reservation.delete()
    # Somebody works for it, says that it is alive, is a worker, or it has ended.
    lane = make_lane(into, leased_until_ms=now_ms() + 60_000)
    assert abandoned(asking) == [out_of]
    lane.delete()
    runs = MigrationRun.objects.filter(pk=into.pk)
    for fields in ({"alive_ms": now_ms()}, {"executor": "workers"}):
        runs.update(**fields)
        assert abandoned(asking) == [out_of]
        runs.update(**silent)
    runs.update(status="failed")
    assert abandoned(asking) == [out_of]
    assert abandoned(out_of) == []
