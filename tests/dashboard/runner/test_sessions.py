"""What a slice opens, it opens once."""

from __future__ import annotations

import shutil
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from dashboard.models import MigrationRun
from dashboard.runner import controls
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import SliceEnd, work
from dashboard.transfer.errors import NotADestination, WrongDatabase
from dashboard.transfer.keys import EVERYTHING
from dashboard.transfer.plan import VALUES, TablePlan
from tests import oracle
from tests.dashboard.runner.steering import again
from tests.project import VENDORS, Project, soaked

OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def begun(project: Project, vendor: str = "sqlite", **fields: Any) -> MigrationRun:
    """Start a run between two databases of which there are others, filled alike."""
    for alias in ("old", "new", "live"):
        project.database(vendor, alias, filled=alias != "new")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=["bookshop.Genre"],
        executor="terminal",
        **fields,
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready"
    controls.start(run, "tests", run.plan_hash)
    return again(run)


def ended(run: MigrationRun) -> MigrationRun:
    """Let one lane work, slice after slice, until the run has ended or waits."""
    for _ in range(3):
        lane = run.lanes.get(number=0)
        if work(run.pk, 0, lane.epoch, 60) is not SliceEnd.MORE:
            break
    return again(run)


def swap(project: Project, one: str, two: str) -> None:
    entries = project.entry(one), project.entry(two)
    for alias, entry in zip((two, one), entries, strict=True):
        connections[alias].close()
        project.register(alias, entry)


SWAPPED = [("old", "new"), ("live", "new"), ("live", "old")]
FEW = [("postgresql", SWAPPED[0]), ("sqlite", SWAPPED[1]), ("mysql", SWAPPED[2])]
MORE = [(vendor, pair) for vendor in VENDORS for pair in SWAPPED]


@pytest.mark.parametrize(
    ("vendor", "pair"), [*FEW, *(soaked(*one) for one in MORE if one not in FEW)]
)
def test_aliases_that_name_other_databases_now(
    project: Project, vendor: str, pair: tuple[str, str]
) -> None:
    run = begun(project, vendor)
    before = oracle.row_counts(project.entry("live"))
    live, new = project.entry("live"), project.entry("new")
    swap(project, *pair)
    run = ended(run)
    # What has not been begun fails; later on it waits for who reaches the right one.
    assert "is another database than the one that was checked" in said(run)
    # A retry looks again, at every session that it opens.
    MigrationRun.objects.filter(pk=run.pk).update(status="failed")
    run.reservations.all().delete()
    with suppress(WrongDatabase):
        controls.retry(run, "tests")
        assert "is another database" in said(ended(run))
    assert oracle.row_counts(live) == before
    assert oracle.row_counts(new)["bookshop_genre"] == 0


def said(run: MigrationRun) -> str:
    return run.error or run.waiting_for


def test_a_file_in_the_place_of_another_is_another_database(project: Project) -> None:
    run = begun(project)
    for alias in ("old", "new"):
        with Sessions(run, "tests") as sessions:
            assert sessions.source and sessions.destination
        place = Path(project.entry(alias)["NAME"])
        kept = place.with_suffix(".kept")
        place.rename(kept)
        shutil.copy(kept, place)
        with (
            Sessions(run, "tests") as sessions,
            pytest.raises(WrongDatabase, match=f"alias '{alias}' is another"),
        ):
            assert sessions.source and sessions.destination
        kept.replace(place)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_values_route_reads_what_the_session_reads(
    project: Project, vendor: str
) -> None:
    run = begun(project, vendor)
    plan = replace(TablePlan.from_json(run.tables.get().plan), route=VALUES)
    with Sessions(run, "tests") as sessions:
        assert sessions.source
        swap(project, "live", "old")
        with pytest.raises(WrongDatabase, match="alias 'old' is another"):
            sessions.objects(plan)
        swap(project, "live", "old")
        assert sessions.objects(plan)


def test_a_process_writes_only_where_its_own_settings_let_it(project: Project) -> None:
    run = begun(project)
    for options in ({"PROTECTED": ["new"]}, {"DESTINATIONS": ["default"]}):
        with (
            override_settings(MIGRATION_CONSOLE=options),
            Sessions(run, "tests") as sessions,
        ):
            assert sessions.source and sessions.destination_reader
            with pytest.raises(NotADestination, match="'new' is "):
                assert sessions.receipts
    with override_settings(MIGRATION_CONSOLE={"PROTECTED": ["new"]}):
        run = ended(run)
    # Others may be able to: this one stands aside, and the page names it.
    assert "'new' is protected" in run.abstentions.get().reason
    assert oracle.row_counts(project.entry("new"))["bookshop_genre"] == 0


def test_chunks_of_the_values_route_share_their_connections(project: Project) -> None:
    project.database("postgresql", "old")
    project.database("sqlite", "new")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=["bookshop.Genre"],
        empty_first=True,
        executor="terminal",
    )
    run = again(controls.check(controls.draft(request, "tests"), "tests"))
    found = TablePlan.from_json(run.tables.get().plan)
    plan = replace(found, route=VALUES)
    counts = []
    with Sessions(run, "tests") as sessions:
        for _ in range(4):
            route = sessions.objects(plan)
            assert route is not None
            with closing(route.batches(sessions.source, plan, EVERYTHING)) as batches:
                list(batches)
            counts.append(sessions.source.query(OPEN)[0][0])
    assert set(counts) == {counts[0]}
