from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import override_settings

from dashboard.admin.confirm_forms import StartForm
from dashboard.admin.forms import DatabasesForm, MigrationForm
from dashboard.models import MigrationRun
from dashboard.planning.row_counts import AppChoice, ModelChoice
from dashboard.transfer.backends.catalog import Size
from tests.dashboard.admin.browsing import confirmation
from tests.dashboard.runs import make_run, make_table
from tests.project import Project


def choice(label: str, problem: str = "") -> ModelChoice:
    count = Size(5, exact=True)
    return ModelChoice(label, label, label.lower(), count, count, problem, ())


OFFERED = [
    AppChoice("a", "A", (choice("a.One"), choice("a.Two"))),
    AppChoice("b", "B", (choice("b.Three"),)),
]


@pytest.fixture(autouse=True)
def databases(project: Project) -> None:
    project.database("sqlite", "legacy", migrated=False)


def form(*, offered: Sequence[AppChoice] = OFFERED, **changes: Any) -> MigrationForm:
    data = {
        "source": "legacy",
        "destination": "default",
        "models": ["a.One"],
        "mode": "copy",
        "verify": "full",
        "lanes": "2",
        **changes,
    }
    return MigrationForm(data, offered=offered)


def test_everything_is_ticked_at_first_but_what_cannot_be_copied() -> None:
    offered = [AppChoice("a", "A", (choice("a.One"), choice("a.Two", "No table.")))]
    assert MigrationForm(offered=offered).checked() == {"a.One"}


def test_some_models_are_asked_for_by_name() -> None:
    filled = form(models=["a.One", "b.Three"])
    assert filled.is_valid()
    assert filled.described().labels == ["a.One", "b.Three"]


def test_a_table_that_no_model_owns_is_only_asked_for_if_ticked() -> None:
    offered = [*OFFERED, AppChoice("table:", "Others", (choice("table:legacy"),))]
    every = ["a.One", "a.Two", "b.Three"]
    assert MigrationForm(offered=offered).checked() == set(every)
    for chosen, labels in (
        (every, []),
        ([*every, "table:legacy"], ["*", "table:legacy"]),
        (["table:legacy"], ["table:legacy"]),
        (["a.One", "table:legacy"], ["a.One", "table:legacy"]),
    ):
        filled = form(offered=offered, models=chosen)
        assert filled.is_valid()
        assert filled.described().labels == labels


def test_all_models_are_asked_for_as_everything() -> None:
    filled = form(models=["b.Three", "a.One", "a.Two"])
    assert filled.is_valid()
    assert filled.described().labels == []


def test_options_arrive() -> None:
    filled = form(
        empty="on",
        verify="counts",
        lanes="3",
        on_bad_rows="aside",
        triggers="off",
        rows_per_second="900",
    )
    assert filled.is_valid()
    request = filled.described()
    assert request.on_bad_rows == "aside"
    assert request.triggers == "off"
    assert not form(on_bad_rows="forget").is_valid()
    assert (request.empty_first, request.verify) == (True, "counts")
    assert (request.lane_count, request.rows_per_second) == (3, 900)
    unlimited = form(rows_per_second="0")
    assert unlimited.is_valid()
    assert unlimited.described().rows_per_second is None
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
        ("lanes", "33"),
        ("rows_per_second", "-1"),
        ("rows_per_second", "2000000001"),
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
    with override_settings(MIGRATION_CONSOLE={"PROTECTED": [data["destination"]]}):
        assert "destination" in DatabasesForm(data).errors


def start_form(run: MigrationRun, **data: str) -> StartForm:
    given = {"plan_hash": run.plan_hash, "confirmation": confirmation(run, "maria")}
    return StartForm({**given, **data}, run=run, actor="maria")


def test_a_start_that_deletes_nothing_needs_no_typing() -> None:
    asked = make_run(empty_first=True)
    make_table(asked, rows_before=0)
    assert start_form(asked).is_valid()
    made_by_migrate = make_run(empty_first=False)
    make_table(made_by_migrate, rows_before=3)
    assert start_form(made_by_migrate).is_valid()


def test_a_start_that_deletes_rows_needs_the_name_of_the_destination() -> None:
    run = make_run(empty_first=True)
    make_table(run, rows_before=3)
    assert start_form(run, typed=" default ").is_valid()
    refused = start_form(run, typed="legacy")
    assert refused.errors["typed"] == [
        "Type “default” to confirm that these rows will be deleted."
    ]
    assert "typed" in start_form(run).errors


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("models", [], "Choose at least one model."),
        ("models", ["a.Four"], "“a.Four” is not a model of this project."),
        ("destination", "legacy", "Choose a database other than the source."),
    ],
)
def test_an_error_names_the_thing(field: str, value: Any, message: str) -> None:
    assert form(**{field: value}).errors[field] == [message]


def test_every_field_that_is_filled_in_has_a_label() -> None:
    labels = {name: str(field.label) for name, field in form().fields.items()}
    assert labels["mode"] == "What to do"
    assert labels["verify"] == "What to compare"
    assert labels["lanes"] == "Lanes"


def test_an_app_without_models_is_not_offered() -> None:
    offered = [*OFFERED, AppChoice("c", "C", ())]
    assert [app.label for app in MigrationForm(offered=offered).apps] == ["a", "b"]
