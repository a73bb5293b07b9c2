"""A checked plan as it is written down, and what a confirmation is bound to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.models import MigrationRun
from dashboard.planning.checked_plan import CheckedPlan
from dashboard.planning.hearing import nobody
from dashboard.planning.preflight import check
from dashboard.runner import controls
from dashboard.runner.dry_runs import try_planned
from dashboard.runner.plan_records import record_plan
from dashboard.transfer.backends.catalog import Size
from dashboard.transfer.errors import CannotServe
from dashboard.transfer.plan import VERSION, TablePlan
from tests.dashboard.planning.checking import SMALL, files, run_sql
from tests.project import Project


def described(**fields: Any) -> MigrationRun:
    defaults = {"source": "old", "destination": "new", "labels": list(SMALL)}
    return MigrationRun(**{**defaults, **fields})


def drafted(**fields: Any) -> MigrationRun:
    return controls.draft(described(**fields), "tests")


@pytest.fixture
def plan(project: Project) -> CheckedPlan:
    files(project)
    # A destination that takes several writers keeps the number of lanes.
    return replace(check("old", "new", SMALL), one_writer=False)


def hash_of(plan: CheckedPlan, **fields: Any) -> str:
    run = drafted(**fields)
    record_plan(run, plan)
    kept = MigrationRun.objects.get(pk=run.pk).plan_hash
    assert len(kept) == 64
    return kept


def test_a_plan_is_written_down_as_it_was_found(plan: CheckedPlan) -> None:
    run = drafted()
    record_plan(run, plan)
    run = MigrationRun.objects.get(pk=run.pk)
    assert run.source_identity == plan.source_identity
    assert run.destination_identity == plan.destination_identity
    assert run.time_zone == "UTC"
    assert run.lane_count == 2
    tables = {table.model: table for table in run.tables.all()}
    assert set(tables) == set(SMALL)
    for found in plan.tables:
        table = tables[found.item.label]
        assert TablePlan.from_json(table.plan) == found.plan
        assert (table.rows_total, table.rows_total_exact) == (found.size.rows, True)
        assert (table.rows_before, table.rows_before_exact) == (0, True)
        assert (table.state, table.rows_copied) == ("waiting", 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "new"},
        {"destination": "old"},
        {"labels": ["bookshop"]},
        {"labels": list(reversed(SMALL))},
        {"excluded": ["bookshop.Tag"]},
        {"mode": "compare"},
        {"renamed": {"bookshop.Tag": "old_tag"}},
        {"changes": {"bookshop.Tag.name": "cut:9"}},
        {"scan_values": False},
        {"on_bad_rows": "aside"},
        {"triggers": "off"},
        {"empty_first": True},
        {"verify": "counts"},
        {"lane_count": 3},
        {"chunk_rows": 10},
    ],
)
def test_a_confirmation_is_bound_to_every_option(
    plan: CheckedPlan, fields: dict[str, Any]
) -> None:
    assert hash_of(plan, **fields) != hash_of(plan)


@pytest.mark.parametrize(
    "changes",
    [
        {"source_identity": "another"},
        {"destination_identity": "another"},
        {"time_zone": "Asia/Tokyo"},
        {"tables": []},
    ],
)
def test_a_confirmation_is_bound_to_what_was_found(
    plan: CheckedPlan, changes: dict[str, Any]
) -> None:
    assert hash_of(replace(plan, **changes)) != hash_of(plan)


def test_a_confirmation_is_bound_to_the_rows_that_would_go(
    plan: CheckedPlan,
) -> None:
    first, *rest = plan.tables
    more = replace(first, before=Size(1, exact=True))
    assert hash_of(replace(plan, tables=[more, *rest])) != hash_of(plan)
    # The source goes on being used meanwhile; nobody is asked again for that.
    grown = replace(first, size=Size(10**6, exact=False))
    assert hash_of(replace(plan, tables=[grown, *rest])) == hash_of(plan)


def test_a_confirmation_is_bound_to_the_columns(plan: CheckedPlan) -> None:
    first, *rest = plan.tables
    fewer = replace(first, plan=replace(first.plan, columns=first.plan.columns[:1]))
    assert hash_of(replace(plan, tables=[fewer, *rest])) != hash_of(plan)


def test_who_asks_and_how_often_is_no_matter(plan: CheckedPlan) -> None:
    assert hash_of(plan) == hash_of(plan)
    assert hash_of(plan, executor="terminal") == hash_of(plan)


def test_the_format_of_a_plan_is_that_of_whoever_made_it(plan: CheckedPlan) -> None:
    run = drafted()
    MigrationRun.objects.update(plan_version=VERSION - 1)
    run.refresh_from_db()
    # A plan of another version is tried by nobody.
    with pytest.raises(CannotServe, match="format"):
        try_planned(run, nobody)
    record_plan(run, plan)
    assert MigrationRun.objects.get().plan_version == VERSION


def test_checking_again_replaces_findings_and_tables(project: Project) -> None:
    files(project)
    run = drafted(labels=["bookshop.Genre", "bookshop.Currency", "bookshop.DailyTotal"])
    run_sql(project, "new", "ALTER TABLE bookshop_dailytotal RENAME TO away")
    controls.check(run, "tests")
    assert run.status == "draft"
    assert [one.check_name for one in run.findings.all()] == ["migration_console.E107"]
    assert run.tables.count() == 2
    first = run.plan_hash

    run_sql(project, "new", "ALTER TABLE away RENAME TO bookshop_dailytotal")
    controls.check(run, "tests")

    run = MigrationRun.objects.get(pk=run.pk)
    assert run.status == "ready"
    assert not run.findings.exists()
    assert run.tables.count() == 3
    assert run.plan_hash != first
    # The same again is the same.
    second = run.plan_hash
    controls.check(run, "tests")
    assert MigrationRun.objects.get(pk=run.pk).plan_hash == second


def test_a_start_of_a_plan_that_was_checked_anew_is_refused(
    project: Project,
) -> None:
    files(project)
    run = controls.check(drafted(empty_first=True), "tests")
    shown = run.plan_hash
    run_sql(
        project,
        "new",
        "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (1,'x',0)",
    )
    controls.check(run, "tests")
    with pytest.raises(controls.RequestRefused, match="has changed"):
        controls.start(run, "tests", shown)


def test_what_is_replaced_last_comes_last(project: Project) -> None:
    files(project)
    run = controls.check(drafted(labels=[]), "tests")
    flags = [table.replaced_last for table in run.tables.order_by("position")]
    assert flags == sorted(flags)
    assert any(flags)
    # A comparison replaces nothing.
    compared = controls.check(drafted(labels=[], mode="compare"), "tests")
    assert compared.status == "ready"
    assert not compared.tables.filter(replaced_last=True).exists()


def test_a_destination_with_one_writer_has_one_lane(project: Project) -> None:
    files(project)
    run = controls.check(drafted(lane_count=4), "tests")
    assert MigrationRun.objects.get(pk=run.pk).lane_count == 1


def test_rows_of_a_fixed_number_are_cut_from_the_start(plan: CheckedPlan) -> None:
    run = drafted(chunk_rows=7)
    record_plan(run, plan)
    assert set(run.tables.values_list("chunk_rows", flat=True)) == {7}
