"""A run that nothing serves is forced to an end, and nobody writes for it late."""

from __future__ import annotations

import pytest

from dashboard.control_database import now_ms
from dashboard.models import Chunk, MigrationRun, Reservation, SchemaObject
from dashboard.runner import controls, exits, unsettled
from dashboard.runner.leases import LaneLost, take
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.runner.asking import ACTOR, again, in_status, log
from tests.dashboard.runs import make_lane, make_table
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")


def unserved(status: str) -> MigrationRun:
    """Make a run that a whole lease has heard nothing of, with an index off."""
    run = in_status(status, phase="copying", alive_ms=1)
    make_lane(run, is_leased=True, leased_until_ms=now_ms() - 1)
    Reservation.objects.create(run=run, identity="other")
    SchemaObject.objects.create(
        run=run, object_type="index", name="one", state="removed"
    )
    return run


@pytest.mark.parametrize(
    ("status", "end"),
    [("running", "failed"), ("pausing", "failed"), ("cancelling", "cancelled")],
)
def test_it_ends_lets_go_and_says_what_is_off(status: str, end: str) -> None:
    run = unserved(status)
    exits.force(run, ACTOR)
    kept = again(run)
    assert kept.status == end
    assert kept.finished_at
    assert f"by {ACTOR}" in kept.error
    assert "1 index, key, trigger or setting of 'away' is off." in kept.error
    assert "Put the schema back" in kept.remedy
    assert log(run)[-1] == (ACTOR, end, kept.error)
    assert not Reservation.objects.exists()
    assert exits.may_be_restored(kept)


def test_nobody_who_worked_for_it_can_write_any_more() -> None:
    run = unserved("cancelling")
    run.lanes.update(is_leased=False, epoch=4)
    lease = take(run, 0, 4)
    assert lease
    chunk = Chunk.objects.create(
        table=make_table(run), number=1, state="claimed", lane=0, epoch=lease.epoch
    )
    exits.force(run, ACTOR)
    with pytest.raises(LaneLost):
        lease.renew()
    assert take(run, 0, 5) is None
    chunk.refresh_from_db()
    assert chunk.state == "unsettled"
    # A retry settles it as what a dead holder left.
    unsettled.settle_again(again(run))
    assert list(Chunk.objects.of(run).left_by(0, 7)) == [chunk]


def test_a_run_that_is_served_is_to_be_cancelled_first() -> None:
    run = unserved("running")
    run.lanes.update(leased_until_ms=now_ms() + 60_000, leased_by="host:1")
    with pytest.raises(RequestRefused, match="served by host:1. Cancel it"):
        exits.force(run, ACTOR)
    assert again(run).status == "running"
    controls.cancel(run, ACTOR)
    exits.force(run, ACTOR)
    assert again(run).status == "cancelled"


def test_a_run_that_was_heard_of_a_moment_ago_is_not_forced() -> None:
    run = unserved("running")
    MigrationRun.objects.filter(pk=run.pk).update(alive_ms=now_ms())
    with pytest.raises(RequestRefused, match="reported a moment ago"):
        exits.force(run, ACTOR)
    assert again(run).status == "running"


@pytest.mark.parametrize("status", ["draft", "ready", "paused", "succeeded", "failed"])
def test_what_does_not_work_is_not_forced(status: str) -> None:
    run = in_status(status, alive_ms=0)
    with pytest.raises(RequestRefused):
        exits.force(run, ACTOR)
    assert again(run).status == status


def test_the_first_reason_of_a_failure_stands(project: Project) -> None:
    run = unserved("running")
    MigrationRun.objects.filter(pk=run.pk).update(error="It broke.", remedy="Mend it.")
    exits.force(run, ACTOR)
    assert (again(run).error, again(run).remedy) == ("It broke.", "Mend it.")


def test_a_command_forces_it_too(project: Project) -> None:
    run = unserved("running")
    served = unserved("running")
    served.lanes.update(leased_until_ms=now_ms() + 600_000, leased_by="host:1")
    done = project.manage("copydata", f"--force={run.pk}")
    assert done.returncode == 1
    assert again(run).status == "failed"
    assert "1 index, key, trigger or setting of 'away' is off." in done.stdout
    assert f"restoreschema {run.pk}" in done.stdout + done.stderr
    refused = project.manage("copydata", f"--force={served.pk}")
    assert refused.returncode == 1
    assert "served by host:1. Cancel it" in refused.stderr
    assert again(served).status == "running"
    over = project.manage("copydata", f"--force={served.pk}", "--lanes=2")
    assert "without: --lanes, --rows-per-second." in over.stderr
