"""What is taken off is written down once, and comes back."""

from __future__ import annotations

import pytest
from django.test import override_settings

from dashboard.models import Difference, Lane, MigrationRun, SchemaObject, Step
from dashboard.runner import agenda, chunks, performers, phases, requests, steps
from dashboard.runner.inline import Crew
from dashboard.runner.lanes import Hold, LaneLost, take
from dashboard.runner.requests import RunRequest
from dashboard.runner.sessions import Sessions
from dashboard.runner.slices import Outcome, work
from dashboard.transfer.errors import Busy, TransferError
from tests.project import Project


def started(project: Project, destination: str) -> MigrationRun:
    """Start a run of two lanes, both of them without a worker."""
    project.database("sqlite", "old", filled=True)
    project.database(destination, "new")
    request = RunRequest("old", "new", (), lanes=2, origin="terminal")
    run = requests.check(requests.draft(request, "tests"), "tests")
    requests.start(run, "tests", run.plan_hash)
    return again(run)


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


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
    with Sessions(run, "label") as sessions:
        assert steps.claim(stale, second, sessions) is None
    assert not Step.objects.filter(run=run, phase="preparing", state="claimed").exists()


def test_what_another_run_left_not_validated_counts_as_valid_before_it(
    run: MigrationRun,
) -> None:
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), hold_of(run, 0), sessions)
        item = performers.item_of(run.schema_objects.get(name__contains="genre_parent"))
        sessions.destination.schema.remove(item)
        sessions.destination.schema.restore(item, validated=False)
        (found,) = (
            one
            for one in sessions.destination.schema.foreign_keys([item.table])
            if one.name == item.name
        )
        assert not found.definition["valid"]
        assert agenda._as_before(run, found) == found
        for state in ("not valid", "removed"):
            run.schema_objects.filter(name=item.name).update(state=state)
            assert agenda._as_before(run, found) == item


def perform_all(run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    while step := steps.claim(again(run), hold, sessions):
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
        settings = run.schema_objects.filter(kind="setting")
        assert set(settings.values_list("name", "state")) == {
            ("autovacuum_enabled", "removed")
        }
        schema = sessions.witness.schema
        assert not any(schema.is_there(performers.item_of(o)) for o in settings)
        off = run.schema_objects.filter(kind__in=["index", "unique"])
        assert off.exists()
        assert steps.claim(again(run), hold, sessions) is None
        while not off.filter(table__state="copied").exists():
            claimed = chunks.claim(again(run), hold, sessions)
            assert claimed
            chunks.perform(claimed, hold, sessions)
        perform_all(run, hold, sessions)
        back = off.filter(state="restored")
        assert {one.table.state for one in back} == {"copied"}
        assert all(
            sessions.witness.schema.is_there(performers.item_of(o)) for o in back
        )
        assert set(off.exclude(table__state="copied").values_list("state")) == {
            ("removed",)
        }
    assert again(run).phase == "copying"
    run = finished(run, 1)
    assert run.status == "succeeded", run.error
    assert states(run) == {"restored"}
    made = run.steps.filter(kind=Step.Kind.RESTORE_INDEX).values_list("payload")
    numbers = [pk for payload in made for pk in payload[0]["objects"]]
    assert sorted(numbers) == sorted(off.values_list("pk", flat=True))


def restoring(run: MigrationRun, hold: Hold, sessions: Sessions) -> None:
    """Copy everything, up to where indexes and keys go back."""
    for phase in ("preparing", "copying", "restoring"):
        assert phases.advance(again(run), hold, sessions)
        assert again(run).phase == phase
        if phase == "copying":
            while claimed := chunks.claim(again(run), hold, sessions):
                chunks.perform(claimed, hold, sessions)
        if phase != "restoring":
            for step in run.steps.filter(phase=phase).order_by("stage", "id"):
                assert steps._take(step, hold)
                steps.perform(step, run, hold, sessions)


def finished(run: MigrationRun, number: int) -> MigrationRun:
    """Let one lane do the rest."""
    Lane.objects.filter(run=run).update(held=False)
    lane = Lane.objects.get(run=run, number=number)
    assert work(run.pk, number, lane.epoch, 60) is Outcome.OVER
    return again(run)


def off_tables(run: MigrationRun) -> set[int | None]:
    off = run.steps.filter(kind="restore index").exclude(state="done")
    return set(off.values_list("table", flat=True))


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_a_restored_table_is_compared_while_others_are_restored(
    run: MigrationRun,
) -> None:
    first, second = hold_of(run, 0), hold_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        indexes = []
        while step := steps.claim(again(run), first, sessions):
            if step.kind != Step.Kind.RESTORE_INDEX:
                break
            indexes.append(step)
        assert indexes
        assert step
        early = [step]
        while step := steps.claim(again(run), second, sessions):
            early.append(step)
        assert {one.kind for one in early} == {Step.Kind.COMPARE}
        assert {one.table_id for one in early}.isdisjoint(off_tables(run))
        for one in indexes:
            steps.perform(one, run, first, sessions)
        for one, hold in zip(early, [first, *[second] * len(early)], strict=False):
            steps.perform(one, run, hold, sessions)
        assert not off_tables(run)
    assert again(run).phase == "restoring"
    run = finished(run, 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    compared = list(run.steps.filter(kind="compare").values_list("table", flat=True))
    assert sorted(compared) == sorted(run.tables.values_list("pk", flat=True))


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_nobody_reads_a_mysql_table_whose_keys_are_to_come(project: Project) -> None:
    run = started(project, "mariadb")
    keys = run.steps.filter(kind="restore key")
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        assert keys.exists()
        claimed = []
        while keys.exclude(state="done").exists():
            while step := steps.claim(again(run), hold, sessions):
                assert step.kind != Step.Kind.COMPARE
                claimed.append(step)
                if step.kind == Step.Kind.RESTORE_KEY:
                    break
            while claimed:
                steps.perform(claimed.pop(), run, hold, sessions)
        kinds = set()
        while step := steps.claim(again(run), hold, sessions):
            kinds.add(step.kind)
        assert Step.Kind.COMPARE in kinds


def test_restoring_ends_before_anything_more_is_compared(run: MigrationRun) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        perform_all(run, hold, sessions)
        assert not run.steps.filter(phase="restoring").exclude(state="done").exists()
        assert run.steps.filter(kind="compare", state="waiting").exists()
        assert phases.advance(again(run), hold, sessions)
    assert again(run).phase == "verifying"


def claimed_comparison(run: MigrationRun, hold: Hold, sessions: Sessions) -> Step:
    while step := steps.claim(again(run), hold, sessions):
        if step.kind == Step.Kind.COMPARE:
            return step
        steps.perform(step, run, hold, sessions)
    assert phases.advance(again(run), hold, sessions)
    assert again(run).phase == "verifying"
    found = steps.claim(again(run), hold, sessions)
    assert found
    return found


def test_a_cancelled_run_ends_when_nobody_compares_any_more(
    run: MigrationRun,
) -> None:
    first, second = hold_of(run, 0), hold_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        rest = list(run.steps.filter(phase="restoring"))
        run.steps.filter(phase="restoring").update(state="claimed")
        comparison = claimed_comparison(run, second, sessions)
        requests.cancel(again(run), "tests", here=True)
        assert steps.claim(again(run), second, sessions) is None
        for step in rest:
            step.epoch = first.epoch
            step.save()
            Step.objects.filter(pk=step.pk).update(state="claimed")
            steps.perform(step, run, first, sessions)
        assert not phases.advance(again(run), first, sessions)
        steps.perform(comparison, run, second, sessions)
        assert phases.advance(again(run), first, sessions)
    assert again(run).status == "cancelled"
    assert states(run) == {"restored"}


def test_a_comparison_that_is_cancelled_begins_no_further_table(
    run: MigrationRun,
) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        run.steps.filter(kind="compare").update(not_before=2**62)
        perform_all(run, hold, sessions)
        assert phases.advance(again(run), hold, sessions)
    assert again(run).phase == "verifying"
    run.steps.filter(kind="compare").update(not_before=0)
    requests.cancel(again(run), "tests", here=True)
    assert finished(run, 1).status == "cancelled"
    assert not run.steps.filter(kind="compare", state="done").exists()


def test_a_comparison_of_before_a_retry_leaves_nothing(run: MigrationRun) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        comparison = claimed_comparison(run, hold, sessions)
        assert comparison.table
        table = comparison.table.table
        sessions.destination.execute(f"DELETE FROM {sessions.destination.quote(table)}")
        run.steps.all().delete()
        with pytest.raises(LaneLost):
            steps.perform(comparison, run, hold, sessions)
    assert not Difference.objects.filter(table__run=run).exists()
    assert not run.tables.filter(rows_compared__gt=0).exists()


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


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_nobody_waits_for_the_lock_of_another_lane(run: MigrationRun) -> None:
    first, second = hold_of(run, 0), hold_of(run, 1)
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
            for step, hold in ((one, first), (other, second)):
                if step:
                    steps.perform(step, run, hold, sessions)
    run = finished(run, 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 1})
def test_plain_indexes_of_one_table_are_made_side_by_side(run: MigrationRun) -> None:
    first, second = hold_of(run, 0), hold_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        waiting = run.steps.filter(kind="restore index", state="waiting")
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
        assert (one.kind, other.kind) == ("restore index", "restore index")
        assert one.table_id == other.table_id == table
        steps.perform(one, run, first, sessions)
        steps.perform(other, run, second, sessions)
    assert finished(run, 0).status == "succeeded"


def test_keys_hold_for_new_rows_before_the_first_is_proved(run: MigrationRun) -> None:
    hold = hold_of(run, 0)
    keys = SchemaObject.objects.filter(run=run, kind="foreign key")
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        while step := steps.claim(again(run), hold, sessions):
            if step.kind == Step.Kind.RESTORE_KEY:
                break
            steps.perform(step, run, hold, sessions)
        assert step
        tables = list({item.table for item in map(performers.item_of, keys)})
        there = sessions.witness.schema.foreign_keys(tables)
        names = {one.name for one in there if not one.definition["valid"]}
        assert {one.name for one in keys} <= names
        assert {one.state for one in keys} == {"not valid"}
        steps.perform(step, run, hold, sessions)
        perform_all(run, hold, sessions)
        there = sessions.witness.schema.foreign_keys(tables)
        assert all(one.definition["valid"] for one in there)
    assert finished(run, 0).status == "succeeded"
    assert states(run) == {"restored"}


def test_small_tables_keys_are_proved_in_one_step_though_some_are_refused(
    run: MigrationRun,
) -> None:
    hold = hold_of(run, 0)
    keys = SchemaObject.objects.filter(run=run, kind="foreign key")
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        destination = sessions.destination
        # A shop's manager and a genre's parent that do not exist.
        wrong = []
        for name in ("shop_manager", "genre_parent"):
            item = performers.item_of(keys.get(name__contains=name))
            destination.execute(
                f"UPDATE {destination.quote(item.table)} SET "
                f"{destination.quote(item.columns[0])} = 0"
            )
            wrong.append(item.name)
        while step := steps.claim(again(run), hold, sessions):
            if step.kind == Step.Kind.RESTORE_KEY:
                break
            steps.perform(step, run, hold, sessions)
        assert step
        assert run.steps.filter(kind=Step.Kind.RESTORE_KEY).count() == 1
        with pytest.raises(TransferError, match="is back, but not valid"):
            steps.perform(step, run, hold, sessions)
        states = dict(keys.values_list("name", "state"))
        assert {name for name in states if states[name] == "not valid"} == set(wrong)
        assert set(states.values()) == {"not valid", "restored"}
        tables = {item.table for item in map(performers.item_of, keys)}
        there = sessions.witness.schema.foreign_keys(list(tables))
        assert {one.name for one in there if not one.definition["valid"]} == set(wrong)
        requests.cancel(again(run), "tests")
    assert finished(run, 0).status == "failed"


def test_a_large_table_proves_every_key_in_a_step_of_its_own(
    run: MigrationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = hold_of(run, 0)
    monkeypatch.setattr(agenda, "OWN_STEPS_ROWS", 1)
    with Sessions(run, "label") as sessions:
        restoring(run, hold, sessions)
        proving = run.steps.filter(kind=Step.Kind.RESTORE_KEY)
        sizes = [len(step.payload["objects"]) for step in proving]
        assert sizes.count(1) == proving.exclude(table=None).count() > 1
        assert sum(sizes) == run.schema_objects.filter(kind="foreign key").count()
        assert all(step.table.rows_total for step in proving.exclude(table=None))
        perform_all(run, hold, sessions)
    assert finished(run, 0).status == "succeeded"
    assert states(run) == {"restored"}


def test_a_key_that_never_came_off_is_not_called_unproved(run: MigrationRun) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), hold, sessions)
        # Whoever was to take them off has said so, and died.
        run.schema_objects.update(state="removed")
        requests.cancel(again(run), "tests")
        assert phases.advance(again(run), hold, sessions)
        assert again(run).phase == "restoring"
        perform_all(run, hold, sessions)
    assert finished(run, 0).status == "cancelled"
    assert states(run) == {"restored"}


def test_a_locked_table_keeps_only_its_own_keys_in_place(run: MigrationRun) -> None:
    hold = hold_of(run, 0)
    with Sessions(run, "label") as sessions, Sessions(run, "other") as others:
        assert phases.advance(again(run), hold, sessions)
        recorded = run.schema_objects.filter(kind="foreign key")
        items = [performers.item_of(one) for one in recorded]
        table = items[0].table
        sessions.destination.query("SET lock_timeout = '50ms'")
        step = run.steps.get(kind=Step.Kind.REMOVE_KEYS)
        with others.destination.transaction():
            others.destination.execute(
                f"LOCK TABLE {others.destination.quote(table)} IN ACCESS EXCLUSIVE MODE"
            )
            assert steps._take(step, hold)
            with pytest.raises(Busy, match=f"key '.*' of table '{table}'"):
                steps.perform(step, run, hold, sessions)
        # To drop a foreign key locks the table that it refers to, too.
        held = {item.name for item in items if table in (item.table, item.to_table)}
        assert len(held) < len(items)
        schema = sessions.witness.schema
        assert {item.name for item in items if schema.is_there(item)} == held
        requests.cancel(again(run), "tests")
    assert finished(run, 0).status == "cancelled"


def test_a_crew_member_that_has_died_is_done_without(run: MigrationRun) -> None:
    with Crew.of(run) as crew:
        (member,) = crew._members
        member.kill()
        member.join()
        crew.send(run)
    assert member.exitcode == -9
