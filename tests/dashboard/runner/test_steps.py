"""Steps: who may claim which, and beside whom."""

from __future__ import annotations

import pytest
from django.test import override_settings

from dashboard.models import CommandCall, Difference, MigrationRun, Step
from dashboard.runner import (
    chunk_claims,
    chunks,
    phases,
    steps,
)
from dashboard.runner.leases import LaneLost
from dashboard.runner.sessions import Sessions
from tests.dashboard.runner.steering import (
    again,
    claimed_comparison,
    finished,
    item_of,
    lease_of,
    off_tables,
    perform_all,
    restoring,
    started,
    states,
)
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_a_copied_tables_indexes_go_back_while_others_are_copied(
    run: MigrationRun,
) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
        assert phases.advance(again(run), lease, sessions)
        assert again(run).phase == "copying"
        settings = run.schema_objects.filter(object_type="setting")
        assert set(settings.values_list("name", "state")) == {
            ("autovacuum_enabled", "removed")
        }
        schema = sessions.destination_reader.schema
        assert not any(schema.is_there(item_of(o)) for o in settings)
        off = run.schema_objects.filter(object_type__in=["index", "unique"])
        assert off.exists()
        assert steps.claim(again(run), lease, sessions) is None
        while not off.filter(table__state="copied").exists():
            claimed = chunk_claims.claim(again(run), lease, sessions)
            assert claimed
            chunks.perform(claimed, lease, sessions)
        perform_all(run, lease, sessions)
        back = off.filter(state="restored")
        assert {one.table.state for one in back} == {"copied"}
        assert all(
            sessions.destination_reader.schema.is_there(item_of(o)) for o in back
        )
        assert set(off.exclude(table__state="copied").values_list("state")) == {
            ("removed",)
        }
    assert again(run).phase == "copying"
    run = finished(run, 1)
    assert run.status == "succeeded", run.error
    assert states(run) == {"restored"}
    made = run.steps.filter(action=Step.Action.RESTORE_INDEX).values_list("payload")
    numbers = [pk for payload in made for pk in payload[0]["objects"]]
    assert sorted(numbers) == sorted(off.values_list("pk", flat=True))


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_a_restored_table_is_compared_while_others_are_restored(
    run: MigrationRun,
) -> None:
    first, second = lease_of(run, 0), lease_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        indexes = []
        while step := steps.claim(again(run), first, sessions):
            if step.action != Step.Action.RESTORE_INDEX:
                break
            indexes.append(step)
        assert indexes
        assert step
        early = [step]
        while step := steps.claim(again(run), second, sessions):
            early.append(step)
        assert {one.action for one in early} == {Step.Action.COMPARE}
        assert {one.table_id for one in early}.isdisjoint(off_tables(run))
        for one in indexes:
            steps.perform(one, run, first, sessions)
        for one, lease in zip(early, [first, *[second] * len(early)], strict=False):
            steps.perform(one, run, lease, sessions)
        assert not off_tables(run)
    assert again(run).phase == "restoring"
    run = finished(run, 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    compared = list(run.steps.filter(action="compare").values_list("table", flat=True))
    assert sorted(compared) == sorted(run.tables.values_list("pk", flat=True))


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_nobody_reads_a_mysql_table_whose_keys_are_to_come(project: Project) -> None:
    run = started(project, "mariadb")
    keys = run.steps.filter(action="restore key")
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        assert keys.exists()
        claimed = []
        while keys.exclude(state="done").exists():
            while step := steps.claim(again(run), lease, sessions):
                assert step.action != Step.Action.COMPARE
                claimed.append(step)
                if step.action == Step.Action.RESTORE_KEY:
                    break
            while claimed:
                steps.perform(claimed.pop(), run, lease, sessions)
        actions = set()
        while step := steps.claim(again(run), lease, sessions):
            actions.add(step.action)
        assert Step.Action.COMPARE in actions


def test_a_comparison_of_before_a_retry_leaves_nothing(run: MigrationRun) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        comparison = claimed_comparison(run, lease, sessions)
        assert comparison.table
        table = comparison.table.table
        sessions.destination.execute(f"DELETE FROM {sessions.destination.quote(table)}")
        run.steps.all().delete()
        with pytest.raises(LaneLost):
            steps.perform(comparison, run, lease, sessions)
    assert not Difference.objects.filter(table__run=run).exists()
    assert not run.tables.filter(rows_compared__gt=0).exists()


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_nobody_waits_for_the_lock_of_another_lane(run: MigrationRun) -> None:
    first, second = lease_of(run, 0), lease_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        left = run.steps.filter(phase="restoring").exclude(state="done")
        alone = {step.table_id for step in left.all() if step.payload.get("alone")}
        assert alone
        while left.exists():
            one = steps.claim(again(run), first, sessions)
            other = steps.claim(again(run), second, sessions)
            assert one
            both = {step.phase for step in (one, other) if step} == {"restoring"}
            if both and other and one.table_id and one.table_id == other.table_id:
                assert not one.payload.get("alone")
                assert not other.payload.get("alone")
            for step, lease in ((one, first), (other, second)):
                if step:
                    steps.perform(step, run, lease, sessions)
    run = finished(run, 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_plain_indexes_of_one_table_are_made_side_by_side(run: MigrationRun) -> None:
    first, second = lease_of(run, 0), lease_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        waiting = run.steps.filter(action="restore index", state="waiting")
        plain: dict[int | None, int] = {}
        for step in waiting:
            plain[step.table_id] = plain.get(step.table_id, 0) + 1
            if step.payload["alone"]:
                assert steps._take(step, first)
                steps.perform(step, run, first, sessions)
                plain[step.table_id] -= 1
        table = max(plain, key=lambda pk: plain[pk])
        for step in waiting.exclude(table=table):
            assert steps._take(step, first)
            steps.perform(step, run, first, sessions)
        one = steps.claim(again(run), first, sessions)
        other = steps.claim(again(run), second, sessions)
        assert one
        assert other
        assert (one.action, other.action) == ("restore index", "restore index")
        assert one.table_id == other.table_id == table
        steps.perform(one, run, first, sessions)
        steps.perform(other, run, second, sessions)
    assert finished(run, 0).status == "succeeded"


@pytest.mark.parametrize(
    ("before", "is_called"),
    [("done", True), ("taken", True)]
    + [(one, False) for one in ("running", "failed", "stopped", "unknown", "waiting")],
)
def test_a_command_is_called_once_all_before_it_are_done(
    run: MigrationRun, before: str, is_called: bool
) -> None:
    """A step that failed has ended a moment before its run is failing."""
    MigrationRun.objects.filter(pk=run.pk).update(phase="after")
    first, second = (
        CommandCall.objects.create(run=run, when="after", position=n, name=f"c{n}")
        for n in (0, 1)
    )
    CommandCall.objects.filter(pk=first.pk).update(state=before)
    step = Step.objects.create(
        run=run, phase="after", stage=1, action="command", payload={"call": second.pk}
    )
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        claimed = steps.claim(again(run), lease, sessions)
    assert claimed == (step if is_called else None)
