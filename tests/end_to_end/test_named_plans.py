"""Plans with a name in a terminal, as a scheduler runs them."""

from __future__ import annotations

import json

import pytest

from dashboard.models import MigrationRun, NamedPlan
from tests import oracle, terminal
from tests.project import Project

PAIR = ("old", "new", "bookshop.Currency", "bookshop.Genre")


@pytest.fixture
def pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


def test_a_plan_is_kept_and_run_night_after_night(pair: Project) -> None:
    options = ("--exclude=bookshop.Genre", "--empty", "--no-input", "--lanes=1")
    done = terminal.run("copydata", *PAIR, *options, "--save-plan", "nightly")
    assert done.code == 0, done.err
    kept = NamedPlan.objects.get()
    assert MigrationRun.objects.get().named_plan == kept
    done = terminal.run("copydata", *PAIR, *options, "--save-plan", "nightly")
    assert "There is a plan called 'nightly' already." in done.err
    assert MigrationRun.objects.count() == 1

    # What was kept is no agreement to delete anything tonight.
    named = ("--plan-name", "nightly", "--no-input")
    done = terminal.run("copydata", *named)
    assert done.code == 1
    assert "add --empty to agree to that." in done.err
    assert MigrationRun.objects.count() == 1
    done = terminal.run("copydata", *named, "--empty", "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert (report["plan_name"], report["verdict"]) == ("nightly", "verified")
    assert [one["model"] for one in report["tables"]] == ["bookshop.Currency"]
    counted = oracle.row_counts(pair.entry("new"))
    assert (counted["bookshop_currency"], counted["bookshop_genre"]) == (40, 0)
    # Somebody who sits there is asked.
    done = terminal.run("copydata", "--plan-name=nightly", answer="no\n")
    assert "Nothing was deleted and nothing was copied." in done.err
    done = terminal.run("copydata", "--plan-name=nightly", "--check")
    assert done.code == 0, done.err


def test_what_does_not_go_with_a_plan_is_refused_by_its_name(pair: Project) -> None:
    NamedPlan.objects.create(
        name="weekly",
        source="old",
        destination="nowhere",
        choices={"labels": ["bookshop.Gone"]},
    )
    for options, said in (
        (("weekly", "--verify=none", "--after=x"), "without: --verify, --after."),
        (("weekly", "--empty"), "empties no table: leave --empty out."),
        (("monthly",), "There is no plan called 'monthly'. There are: weekly."),
        (("weekly",), "'bookshop.Gone' is neither an app nor a model"),
    ):
        done = terminal.run("copydata", "--plan-name", *options, "--no-input")
        assert done.code == 1
        assert said in done.err
    assert "nowhere" in done.err
