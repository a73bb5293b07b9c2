"""All checks before a start: in order, named, and nothing planned in vain."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import override_settings

from dashboard.planning.hearing import Stage
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
from localservers.ports import free_port
from tests import oracle
from tests.dashboard.planning.checking import (
    SMALL,
    brief,
    checked,
    files,
    named,
    only,
    run_sql,
)
from tests.project import Project


def test_two_databases_that_fit_are_planned(project: Project) -> None:
    files(project)
    before = oracle.row_counts(project.entry("new"))
    plan = checked(*SMALL)
    assert plan.found == []
    assert not plan.is_blocked
    assert plan.labels == set(SMALL)
    for planned in plan.tables:
        assert planned.size.rows > 0
        assert planned.before.rows == 0
        assert planned.plan.table == planned.item.table
    assert plan.source_identity and plan.destination_identity
    assert plan.source_identity != plan.destination_identity
    assert oracle.row_counts(project.entry("new")) == before


@pytest.mark.parametrize(
    ("vendor", "one_writer", "one_loader"),
    [("sqlite", True, True), ("mariadb", False, True), ("postgresql", False, False)],
)
def test_what_the_destination_can_do_at_a_time(
    project: Project, vendor: str, one_writer: bool, one_loader: bool
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    plan = checked(*SMALL)
    assert not plan.is_blocked
    assert (plan.one_writer, plan.one_loader_per_table) == (one_writer, one_loader)


@pytest.mark.parametrize("label", ["nosuch", "bookshop.Nosuch"])
def test_an_unknown_label(project: Project, label: str) -> None:
    files(project)
    for plan in (checked(label), checked("bookshop", excluded=(label,))):
        assert brief(plan) == [("labels", "error", "")]
        found = only(plan)
        assert repr(label) in found.message
        assert "admin.LogEntry" in found.remedy
        assert plan.tables == []
        # Not even the connections are looked at.
        assert plan.source_identity == ""


def test_nothing_left_to_copy(project: Project) -> None:
    files(project)
    plan = checked("bookshop.Genre", excluded=("bookshop.Genre",))
    assert brief(plan) == [("nothing chosen", "error", "")]
    assert only(plan).remedy == "Choose at least one model."


def test_an_unknown_alias_on_either_side_or_both(project: Project) -> None:
    files(project)
    for source, destination in (("nowhere", "new"), ("old", "nowhere")):
        plan = check(source, destination, SMALL)
        assert brief(plan) == [("connection", "error", "")]
        assert "'nowhere'" in only(plan).message
        assert "default, new, old" in only(plan).remedy
        assert plan.tables == []
    both = check("nowhere", "elsewhere", SMALL)
    assert brief(both) == [("connection", "error", "")] * 2


def test_labels_and_connections_are_complained_about_together(
    project: Project,
) -> None:
    files(project)
    plan = check("nowhere", "new", ["nosuch"])
    assert [named(found) for found in plan.found] == ["labels", "connection"]


def test_a_server_that_is_away(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "nothing",
        "USER": "nobody",
        "PASSWORD": "s3cr3t",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
    }
    project.register("new", entry)
    plan = checked(*SMALL)
    assert brief(plan) == [("connection", "error", "")]
    assert "s3cr3t" not in str(plan)


def test_one_database_twice_is_not_planned(project: Project) -> None:
    files(project)
    plan = check("new", "new", SMALL)
    assert brief(plan) == [("same database", "error", "")]
    assert plan.tables == []
    assert plan.source_identity == plan.destination_identity != ""


def test_only_allowed_destinations_are_written_to(project: Project) -> None:
    files(project)
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": ["default"]}):
        plan = checked(*SMALL)
        assert brief(plan) == [("destination", "error", "")]
        assert "'new'" in only(plan).message
        assert plan.tables == []
        # A comparison writes nothing.
        assert not checked(*SMALL, writes=False).is_blocked
    for allowed in (["new"], ("new",), {"new"}, None):
        with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": allowed}):
            assert not checked(*SMALL).is_blocked
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": []}):
        assert checked(*SMALL).is_blocked
    both = {"DESTINATIONS": ["new"], "PROTECTED": ["new"]}
    with override_settings(MIGRATION_CONSOLE=both):
        assert "'new' is protected" in only(checked(*SMALL)).message
        assert not checked(*SMALL, writes=False).is_blocked


def test_every_fault_of_the_pair_is_said_at_once(project: Project) -> None:
    files(project)
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": []}):
        plan = check("new", "new", SMALL)
    assert [named(found) for found in plan.found] == ["destination", "same database"]


def test_a_comparison_needs_no_empty_destination(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", filled=True)
    assert brief(checked(*SMALL))[0] == ("not empty", "error", "")
    plan = checked(*SMALL, writes=False)
    assert plan.found == []
    # Nor does it look at how many rows there are.
    assert {planned.before.rows for planned in plan.tables} == {0}


def test_what_would_be_emptied_is_not_asked_while_a_table_is_at_fault(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", filled=True)
    run_sql(project, "new", "DROP TABLE bookshop_dailytotal")
    plan = checked()
    assert [named(found) for found in plan.found] == ["missing tables"]


def test_whoever_waits_may_end_the_checks_at_every_table(project: Project) -> None:
    files(project)
    heard: Counter[str] = Counter()

    def hears(stage: Stage, table: str = "", done: int = 0, total: int = 0) -> None:
        heard[stage] += 1

    plan = checked("bookshop", scanning=Scanning(hears=hears), hears=hears)
    assert heard[Stage.REFERENCES] > len(plan.tables)
    # Once, and before each statement.
    assert heard[Stage.ORPHANS] > 1
