"""A run that a test leads through its phases by hand."""

from __future__ import annotations

from dashboard.models import Lane, MigrationRun, SchemaObject, Step
from dashboard.runner import (
    chunk_claims,
    chunks,
    controls,
    phases,
    steps,
)
from dashboard.runner.leases import Lease, take
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import SliceEnd, work
from dashboard.transfer.schema_items import SchemaItem
from tests.project import Project


def started(project: Project, destination: str) -> MigrationRun:
    """Start a run of two lanes, both of them without a worker."""
    project.database("sqlite", "old", filled=True)
    project.database(destination, "new")
    request = MigrationRun(source="old", destination="new", executor="terminal")
    run = controls.check(controls.draft(request, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    return again(run)


def item_of(recorded: SchemaObject) -> SchemaItem:
    return SchemaItem.from_json(recorded.definition)


def again(run: MigrationRun) -> MigrationRun:
    return MigrationRun.objects.get(pk=run.pk)


def lease_of(run: MigrationRun, number: int) -> Lease:
    lane = Lane.objects.get(run=run, number=number)
    lease = take(run, number, lane.epoch)
    assert lease is not None
    return lease


def states(run: MigrationRun) -> set[str]:
    return set(run.schema_objects.values_list("state", flat=True))


def perform_all(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    while step := steps.claim(again(run), lease, sessions):
        steps.perform(step, run, lease, sessions)


def restoring(
    run: MigrationRun, lease: Lease, sessions: Sessions, until: str = "restoring"
) -> None:
    """Copy everything, up to where indexes and keys go back.

    Until the copying, users and what belongs to them are not replaced yet.
    """
    for phase in ("preparing", "copying", "restoring"):
        assert phases.advance(again(run), lease, sessions)
        assert again(run).phase == phase
        if phase == "copying":
            while claimed := chunk_claims.claim(again(run), lease, sessions):
                chunks.perform(claimed, lease, sessions)
        if phase == until:
            return
        if phase != "restoring":
            for step in run.steps.filter(phase=phase).order_by("stage", "id"):
                assert steps._take(step, lease)
                steps.perform(step, run, lease, sessions)


def finished(run: MigrationRun, number: int) -> MigrationRun:
    """Let one lane do the rest."""
    Lane.objects.filter(run=run).update(is_leased=False)
    lane = Lane.objects.get(run=run, number=number)
    assert work(run.pk, number, lane.epoch, 60) is SliceEnd.OVER
    return again(run)


def off_tables(run: MigrationRun) -> set[int | None]:
    off = run.steps.filter(action="restore index").exclude(state="done")
    return set(off.values_list("table", flat=True))


def claimed_comparison(run: MigrationRun, lease: Lease, sessions: Sessions) -> Step:
    while step := steps.claim(again(run), lease, sessions):
        if step.action == Step.Action.COMPARE:
            return step
        steps.perform(step, run, lease, sessions)
    assert phases.advance(again(run), lease, sessions)
    assert again(run).phase == "verifying"
    found = steps.claim(again(run), lease, sessions)
    assert found
    return found
