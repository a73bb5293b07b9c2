"""What is taken off is written down once, and comes back."""

from __future__ import annotations

import pytest
from django.test import override_settings

from dashboard.models import Lane, MigrationRun, SchemaObject, Step
from dashboard.runner import chunks, phases, requests, steps
from dashboard.runner.inline import Crew
from dashboard.runner.lanes import Hold, take
from dashboard.runner.requests import RunRequest
from dashboard.runner.sessions import Sessions
from dashboard.runner.slices import Outcome, work
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run of two lanes whose destination has foreign keys."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    request = RunRequest("old", "new", (), lanes=2, origin="terminal")
    run = requests.check(requests.draft(request, "tests"), "tests")
    requests.start(run, "tests", run.plan_hash)
    return again(run)


def again(run: MigrationRun) -> MigrationRun:
    return MigrationRun.objects.get(pk=run.pk)


def hold_of(run: MigrationRun, number: int) -> Hold:
    lane = Lane.objects.get(run=run, number=number)
    hold = take(run, number, lane.epoch, "tests")
    assert hold is not None
    return hold


def states(run: MigrationRun) -> set[str]:
    return set(run.schema_objects.values_list("state", flat=True))


def test_a_lane_that_comes_late_does_not_write_over_what_has_come_off(
    run: MigrationRun,
) -> None:
    first, late = again(run), again(run)
    with Sessions(run, "label") as sessions:
        assert phases.advance(first, hold_of(run, 0), sessions)
        assert states(run) == {"recorded"}
        number = run.schema_objects.count()
        SchemaObject.objects.filter(run=run).update(state="removed")
        assert not phases.advance(late, hold_of(run, 1), sessions)
    assert states(run) == {"removed"}
    assert run.schema_objects.count() == number


def test_a_lane_that_has_not_heard_of_the_end_takes_nothing_off_any_more(
    run: MigrationRun,
) -> None:
    first, second = hold_of(run, 0), hold_of(run, 1)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), first, sessions)
        stale = again(run)
        phases.fail(run, "Something is wrong.", "")
        assert phases.advance(again(run), first, sessions)
    assert again(run).phase == "restoring"
    assert steps.claim(stale, second) is None
    assert not Step.objects.filter(run=run, phase="preparing", state="claimed").exists()


def test_what_another_run_left_not_validated_counts_as_valid_before_it(
    run: MigrationRun,
) -> None:
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), hold_of(run, 0), sessions)
        item = steps.item_of(run.schema_objects.get(name__contains="genre_parent"))
        sessions.destination.schema.remove(item)
        sessions.destination.schema.restore(item, validated=False)
        (found,) = (
            one
            for one in sessions.destination.schema.foreign_keys([item.table])
            if one.name == item.name
        )
        assert not found.definition["valid"]
        assert phases._as_before(run, found) == found
        run.schema_objects.filter(name=item.name).update(state="not valid")
        assert phases._as_before(run, found) == item


def perform_all(run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    while step := steps.claim(again(run), hold):
        steps.perform(step, run, hold, sessions)


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_a_copied_tables_indexes_go_back_while_others_are_copied(
    run: MigrationRun,
) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), hold, sessions)
        perform_all(run, hold, sessions)
        assert phases.advance(again(run), hold, sessions)
        assert again(run).phase == "copying"
        off = run.schema_objects.exclude(kind="foreign key")
        assert off.exists()
        assert steps.claim(again(run), hold) is None
        while not off.filter(table__state="copied").exists():
            claimed = chunks.claim(again(run), hold, sessions)
            assert claimed
            chunks.perform(claimed, hold, sessions)
        perform_all(run, hold, sessions)
        back = off.filter(state="restored")
        assert {one.table.state for one in back} == {"copied"}
        assert all(sessions.witness.schema.is_there(steps.item_of(o)) for o in back)
        assert set(off.exclude(table__state="copied").values_list("state")) == {
            ("removed",)
        }
    assert again(run).phase == "copying"
    Lane.objects.filter(run=run).update(held=False)
    other = Lane.objects.get(run=run, number=1)
    assert work(run.pk, 1, other.epoch, 60) is Outcome.OVER
    assert again(run).status == "succeeded", again(run).error
    assert states(run) == {"restored"}
    made = run.steps.filter(kind=Step.Kind.RESTORE_INDEX).values_list("payload")
    numbers = [pk for payload in made for pk in payload[0]["objects"]]
    assert sorted(numbers) == sorted(off.values_list("pk", flat=True))


def test_an_error_that_nobody_foresaw_ends_the_run_with_a_reason(
    run: MigrationRun,
) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), hold, sessions)
        perform_all(run, hold, sessions)
    # What the next phase is made of cannot be read any more.
    SchemaObject.objects.filter(run=run).update(definition={"columns": []})
    Lane.objects.filter(run=run).update(held=False)
    # One slice finds it, the next one that nothing can be put back either.
    for outcome in (Outcome.MORE, Outcome.OVER):
        other = Lane.objects.get(run=run, number=1)
        assert work(run.pk, 1, other.epoch, 60) is outcome
    assert again(run).status == "failed"
    assert "TypeError was raised" in again(run).error


def test_a_crew_member_that_has_died_is_done_without(run: MigrationRun) -> None:
    with Crew.of(run) as crew:
        (member,) = crew._members
        member.kill()
        member.join()
        crew.send(run)
    assert member.exitcode == -9
