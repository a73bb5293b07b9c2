"""One run at a time in a destination, and who is in the way."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun, Reservation, ReservationLock
from dashboard.runner.refusals import RequestRefused
from dashboard.runner.reservations import abandoned, reserve
from dashboard.transfer.backends.base import IN_SCHEMAS
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


def reserved(run: MigrationRun) -> set[tuple[str, str]]:
    return set(run.reservations.values_list("identity", "role"))


def test_a_destination_is_reserved_once() -> None:
    first, second = between("A", "B"), between("C", "B")
    reserve(first)
    assert reserved(first) == {("A", "reads"), ("B", "writes")}
    with pytest.raises(RequestRefused) as refused:
        reserve(second)
    assert refused.value.message == (f"Run {first.pk} is using the destination 'b'.")
    assert refused.value.remedy == "Wait until that run has ended, or cancel it."
    assert not reserved(second)
    # Another destination is another matter, also from the same source.
    reserve(between("A", "D"))


USING, WRITING, READING = "is using the destination", "is writing", "is reading"
COPY, COMPARE = {"mode": "copy"}, {"mode": "compare"}
# What the first does, then the second, and what the second is told.
MEETINGS = [
    ("AB", COPY, "AC", COPY, ""),
    ("AB", COPY, "CD", COPY, ""),
    ("AB", COMPARE, "AB", COMPARE, ""),
    ("AB", COMPARE, "BA", COMPARE, ""),
    ("AB", COMPARE, "AC", COPY, ""),
    ("AB", COMPARE, "BC", COPY, ""),
    ("AC", COPY, "AB", COMPARE, ""),
    ("AB", COPY, "AB", COPY, f"{USING} 'b'"),
    ("AB", COPY, "BC", COPY, f"{WRITING} into 'b'"),
    ("AB", COPY, "BA", COPY, f"{READING} from 'a'"),
    ("AB", COPY, "CA", COPY, f"{READING} from 'a'"),
    ("AB", COPY, "AB", COMPARE, f"{WRITING} into 'b'"),
    ("AB", COPY, "BC", COMPARE, f"{WRITING} into 'b'"),
    ("AB", COMPARE, "AB", COPY, f"{READING} from 'b'"),
    ("AB", COMPARE, "CA", COPY, f"{READING} from 'a'"),
]


@pytest.mark.parametrize(("one", "does", "two", "does_too", "told"), MEETINGS)
def test_many_read_or_one_writes(
    one: str, does: dict[str, str], two: str, does_too: dict[str, str], told: str
) -> None:
    first, second = between(*one, **does), between(*two, **does_too)
    reserve(first)
    if not told:
        reserve(second)
        assert len(reserved(second)) == 2
        return
    with pytest.raises(RequestRefused) as refused:
        reserve(second)
    assert f"Run {first.pk} {told}" in refused.value.message
    assert not reserved(second)
    # And as soon as the first is gone, the second may.
    Reservation.objects.filter(run=first).delete()
    reserve(second)


def test_schemas_of_one_database_are_one_database() -> None:
    """Two search paths may lead to one table."""
    first = between(f"A{IN_SCHEMAS}public", f"B{IN_SCHEMAS}one,public")
    reserve(first)
    assert reserved(first) == {("A", "reads"), ("B", "writes")}
    with pytest.raises(RequestRefused):
        reserve(between("C", f"B{IN_SCHEMAS}two,public"))


def test_a_lock_that_somebody_has_deleted_is_made_again() -> None:
    ReservationLock.objects.all().delete()
    reserve(between("A", "B"))
    assert ReservationLock.objects.count() == 1


def test_a_terminal_in_the_way_may_be_gone() -> None:
    reserve(between("A", "B", executor="terminal"))
    with pytest.raises(RequestRefused) as refused:
        reserve(between("C", "B"))
    assert "If its terminal is gone, ask again in 20 seconds." in refused.value.remedy


# Of several that ask at once: all of them writers, or each in another's way.
CROWDS = {
    "writers": [("S", "B", COPY)] * SEVERAL,
    "in circles": [("A", "B", COPY), ("B", "C", COPY), ("C", "A", COPY)] * 2,
    "readers and a writer": [("A", "B", COMPARE)] * (SEVERAL - 1) + [("C", "B", COPY)],
}


@pytest.mark.parametrize("crowd", CROWDS)
@pytest.mark.parametrize("control", VENDORS)
def test_of_several_at_once_only_those_get_in_that_may(
    project: Project, control: str, crowd: str
) -> None:
    project.control(control)
    runs = [between(old, new, **mode) for old, new, mode in CROWDS[crowd]]
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
    roles: dict[str, list[str]] = {}
    for identity, role in Reservation.objects.values_list("identity", "role"):
        roles.setdefault(identity, []).append(role)
    for found in roles.values():
        assert found == ["writes"] or set(found) == {"reads"}
    got_in = outcomes.count("reserved")
    if crowd == "readers and a writer":
        assert got_in in (1, SEVERAL - 1)
    else:
        assert got_in == 1


def forced(run: MigrationRun) -> None:
    """Reserve both databases whoever else has."""
    does = "writes" if run.copies else "reads"
    for identity, role in (
        (run.source_identity, "reads"),
        (run.destination_identity, does),
    ):
        Reservation.objects.create(run=run, identity=identity, role=role)


def test_runs_whose_terminal_died_are_in_the_way_on_either_side() -> None:
    asking = between("A", "B")
    assert abandoned(asking) == []
    silent = {"executor": "terminal", "alive_ms": now_ms() - 60_000}
    into, from_here = between("C", "B", **silent), between("B", "F", **silent)
    out_of = between("G", "A", **silent)
    compares = between("X", "B", mode="compare", **silent)
    for run in (into, from_here, out_of, compares, between("C", "E", **silent)):
        forced(run)
    assert set(abandoned(asking)) == {into, from_here, out_of, compares}
    # Who only compares is in the way of whoever writes there, and of nobody else.
    assert set(abandoned(between("B", "Z"))) == {into}
    Reservation.objects.filter(run__in=[from_here, compares]).delete()
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
