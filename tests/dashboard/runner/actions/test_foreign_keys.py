"""Foreign keys: back for new rows first, and proved then."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun, SchemaObject, Step
from dashboard.runner import (
    controls,
    phase_steps,
    phases,
    steps,
)
from dashboard.runner.sessions import Sessions
from dashboard.transfer.errors import TransferError
from tests.dashboard.runner.steering import (
    again,
    finished,
    item_of,
    lease_of,
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


def test_keys_hold_for_new_rows_before_the_first_is_proved(run: MigrationRun) -> None:
    lease = lease_of(run, 0)
    keys = SchemaObject.objects.filter(run=run, object_type="foreign key")
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        while step := steps.claim(again(run), lease, sessions):
            if step.action == Step.Action.RESTORE_KEY:
                break
            steps.perform(step, run, lease, sessions)
        assert step
        tables = list({item.table for item in map(item_of, keys)})
        there = sessions.destination_reader.schema.foreign_keys(tables)
        names = {one.name for one in there if not one.definition["valid"]}
        assert {one.name for one in keys} <= names
        assert {one.state for one in keys} == {"not valid"}
        steps.perform(step, run, lease, sessions)
        perform_all(run, lease, sessions)
        there = sessions.destination_reader.schema.foreign_keys(tables)
        assert all(one.definition["valid"] for one in there)
    assert finished(run, 0).status == "succeeded"
    assert states(run) == {"restored"}


def test_small_tables_keys_are_proved_in_one_step_though_some_are_refused(
    run: MigrationRun,
) -> None:
    lease = lease_of(run, 0)
    keys = SchemaObject.objects.filter(run=run, object_type="foreign key")
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        destination = sessions.destination
        # A shop's manager and a genre's parent that do not exist.
        wrong = []
        for name in ("shop_manager", "genre_parent"):
            item = item_of(keys.get(name__contains=name))
            destination.execute(
                f"UPDATE {destination.quote(item.table)} SET "
                f"{destination.quote(item.columns[0])} = 0"
            )
            wrong.append(item.name)
        while step := steps.claim(again(run), lease, sessions):
            if step.action == Step.Action.RESTORE_KEY:
                break
            steps.perform(step, run, lease, sessions)
        assert step
        assert run.steps.filter(action=Step.Action.RESTORE_KEY).count() == 1
        with pytest.raises(TransferError, match="is back, but not validated"):
            steps.perform(step, run, lease, sessions)
        states = dict(keys.values_list("name", "state"))
        assert {name for name in states if states[name] == "not valid"} == set(wrong)
        assert set(states.values()) == {"not valid", "restored"}
        tables = {item.table for item in map(item_of, keys)}
        there = sessions.destination_reader.schema.foreign_keys(list(tables))
        assert {one.name for one in there if not one.definition["valid"]} == set(wrong)
        controls.cancel(again(run), "tests")
    assert finished(run, 0).status == "failed"


@pytest.mark.soak
def test_a_large_table_proves_every_key_in_a_step_of_its_own(
    run: MigrationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = lease_of(run, 0)
    monkeypatch.setattr(phase_steps, "OWN_STEPS_ROWS", 1)
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        proving = run.steps.filter(action=Step.Action.RESTORE_KEY)
        sizes = [len(step.payload["objects"]) for step in proving]
        assert sizes.count(1) == proving.exclude(table=None).count() > 1
        assert (
            sum(sizes) == run.schema_objects.filter(object_type="foreign key").count()
        )
        assert all(step.table.rows_total for step in proving.exclude(table=None))
        perform_all(run, lease, sessions)
    assert finished(run, 0).status == "succeeded"
    assert states(run) == {"restored"}


def test_a_key_that_never_came_off_is_not_called_unproved(run: MigrationRun) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease, sessions)
        # Whoever was to take them off has said so, and died.
        run.schema_objects.update(state="removed")
        controls.cancel(again(run), "tests")
        assert phases.advance(again(run), lease, sessions)
        assert again(run).phase == "restoring"
        perform_all(run, lease, sessions)
    assert finished(run, 0).status == "cancelled"
    assert states(run) == {"restored"}
