from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from dashboard.admin.forms import DatabasesForm, MigrationForm, StartForm
from dashboard.models import MigrationRun
from dashboard.planning.row_counts import AppChoice, ModelChoice
from dashboard.transfer.backends.base import Size
from tests.project import Project


def choice(label: str, problem: str = "") -> ModelChoice:
    count = Size(5, exact=True)
    return ModelChoice(label, label, label.lower(), count, count, problem, ())


SURVEY = [
    AppChoice("a", "A", (choice("a.One"), choice("a.Two"))),
    AppChoice("b", "B", (choice("b.Three"),)),
]


@pytest.fixture(autouse=True)
def databases(project: Project) -> None:
    project.database("sqlite", "legacy", migrated=False)


def form(**changes: Any) -> MigrationForm:
    data = {
        "source": "legacy",
        "destination": "default",
        "models": ["a.One"],
        "mode": "copy",
        "verify": "full",
        "lanes": "2",
        **changes,
    }
    return MigrationForm(data, survey=SURVEY)


def test_everything_is_ticked_at_first_but_what_cannot_be_copied() -> None:
    survey = [AppChoice("a", "A", (choice("a.One"), choice("a.Two", "No table.")))]
    assert MigrationForm(survey=survey).checked() == {"a.One"}


def test_some_models_are_asked_for_by_name() -> None:
    filled = form(models=["a.One", "b.Three"])
    assert filled.is_valid()
    assert filled.described().labels == ["a.One", "b.Three"]


def test_all_models_are_asked_for_as_everything() -> None:
    filled = form(models=["b.Three", "a.One", "a.Two"])
    assert filled.is_valid()
    assert filled.described().labels == []


def test_options_arrive() -> None:
    filled = form(empty="on", verify="counts", lanes="3")
    assert filled.is_valid()
    request = filled.described()
    assert (request.empty_first, request.verify) == (True, "counts")
    assert request.lane_count == 3
    assert (request.source, request.destination) == ("legacy", "default")
    assert (request.mode, request.executor) == ("copy", "workers")


def test_a_comparison_never_empties_and_always_compares() -> None:
    filled = form(mode="compare", empty="on", verify="none")
    assert filled.is_valid()
    request = filled.described()
    assert (request.mode, request.empty_first) == ("compare", False)
    assert request.verify == "full"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("models", []),
        ("models", ["a.Four"]),
        ("lanes", "0"),
        ("lanes", "17"),
        ("lanes", "many"),
        ("verify", "some"),
        ("mode", "move"),
        ("source", "nowhere"),
        ("destination", "nowhere"),
        ("destination", "legacy"),
    ],
)
def test_what_makes_no_sense_is_refused(field: str, value: Any) -> None:
    filled = form(**{field: value})
    assert not filled.is_valid()
    assert field in filled.errors


def test_only_allowed_destinations_are_offered() -> None:
    data = {"source": "default", "destination": "legacy"}
    assert DatabasesForm(data).is_valid()
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": ["default"]}):
        refused = DatabasesForm(data)
        assert not refused.is_valid()
        assert "destination" in refused.errors


def test_a_start_that_deletes_nothing_needs_no_typing() -> None:
    run = MigrationRun(destination="default", plan_hash="ab")
    assert StartForm({"plan_hash": "ab"}, run=run, deletes=False).is_valid()
    assert not StartForm({"plan_hash": "ab"}, run=run, deletes=True).is_valid()
    data = {"plan_hash": "ab", "typed": " default "}
    assert StartForm(data, run=run, deletes=True).is_valid()
