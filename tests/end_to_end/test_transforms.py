"""Functions that rows go through: chosen, shown, applied once, and proved."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import Lane, MigrationRun
from dashboard.runner import abstentions, controls
from dashboard.runner.slice import SliceEnd, work
from dashboard.transfer.failpoints import ENVIRONMENT
from tests import functions, oracle, terminal
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.functions import SECRET
from tests.oracle import reading
from tests.project import Project, soaked, wait_until

AUTHOR, GENRE = "bookshop.Author", "bookshop.Genre"
OPTIONS: dict[str, Any] = {
    "TRANSFORMS": {
        AUTHOR: [
            "tests.functions.masked",
            "tests.functions.alike",
            "tests.functions.capital",
            "tests.functions.emptied",
            "tests.functions.prepared",
            "tests.functions.unlucky",
        ],
        GENRE: [
            "tests.functions.shouted",
            "tests.functions.without_some",
            "tests.functions.in_batches",
            "tests.functions.failing",
            "tests.functions.forgetful",
            "tests.functions.unsteady",
            "tests.functions.careless",
            "tests.functions.gone",
        ],
        "bookshop.Currency": ["tests.functions.without_some"],
    }
}


def copied(*arguments: str) -> tuple[terminal.Ended, dict[str, Any]]:
    options = ("--empty", "--no-input", "--lanes", "1", "--json")
    done = terminal.run("copydata", "old", "new", *arguments, *options)
    return done, json.loads(done.out)


def rows(project: Project, alias: str, table: str, *columns: str) -> list[Any]:
    with reading(project.entry(alias)) as reader:
        found = reader.query(f"SELECT {', '.join(columns)} FROM {table}")
        return sorted(map(tuple, found))


def checks(said: dict[str, Any]) -> set[str]:
    return {one["check"].rpartition(".")[2] for one in said["findings"]}


@override_settings(MIGRATION_CONSOLE=OPTIONS)
def test_rows_go_through_what_the_settings_name_and_are_proved(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True, rows=300)
    project.database("postgresql", "new")
    done, said = copied(AUTHOR, GENRE, "bookshop.Currency")
    assert done.code == 0, done.err
    assert said["verdict"] == "verified"
    before = rows(project, "old", "bookshop_author", "id", "email", "first_name")
    after = rows(project, "new", "bookshop_author", "id", "email", "first_name")
    assert [(a, c) for a, _, c in after] == [(a, c) for a, _, c in before]
    assert all(email.endswith("@example.com") for _, email, _ in after)
    assert len({email for _, email, _ in after}) == len(before)
    assert not {email for _, email, _ in after} & {email for _, email, _ in before}
    genres = rows(project, "old", "bookshop_genre", "id", "name", "parent_id")
    assert rows(project, "new", "bookshop_genre", "id", "name", "parent_id") == [
        (number, name.upper(), parent) for number, name, parent in genres
    ]
    codes = rows(project, "old", "bookshop_currency", "code")
    kept = [code for code in codes if code >= ("C",)]
    assert rows(project, "new", "bookshop_currency", "code") == kept != codes
    tables = {one["model"]: one for one in said["tables"]}
    assert tables["bookshop.Currency"]["transform"] == "tests.functions.without_some"
    assert tables["bookshop.Currency"]["rows_copied"] == len(codes)
    assert tables["bookshop.Currency"]["rows_made"] == len(kept)
    # What the function names is judged by what becomes of it, all else as ever.
    assert {"W270", "W272"} <= checks(said)


@override_settings(MIGRATION_CONSOLE=OPTIONS)
def test_what_cannot_be_followed_is_refused_before_the_start(project: Project) -> None:
    project.database("sqlite", "old", filled=True, rows=300)
    project.database("postgresql", "new")
    for name, check, words in (
        ("failing", "E272", "ValueError (functions.py:"),
        ("forgetful", "E272", "changes the row and returns nothing"),
        (
            "careless",
            "E272",
            "'parent_id' of table 'bookshop_genre', which it does not",
        ),
        ("gone", "E271", "cannot be imported: ImportError"),
        ("os.system", "E270", "but: tests.functions.shouted"),
    ):
        done, said = copied(GENRE, "--transform", f"{GENRE}={name}")
        errors = [one for one in said["findings"] if one["level"] == "error"]
        assert [one["check"].rpartition(".")[2] for one in errors] == [check], done.err
        assert words in errors[0]["message"]
        assert SECRET not in done.out + done.err
    done, said = copied(GENRE, "--transform", f"{GENRE}=unsteady")
    assert (done.code, said["verdict"]) == (3, "not verifiable")
    assert "gives two answers for the same row" in done.out
    done, said = copied(GENRE, "--no-transforms")
    assert (done.code, said["verdict"]) == (0, "verified")
    assert not checks(said) & {"W270", "W272"}
    done, said = copied(GENRE, "--no-transforms", "--transform", f"{GENRE}=in_batches")
    assert (done.code, said["verdict"]) == (0, "verified")


@override_settings(MIGRATION_CONSOLE=OPTIONS)
def test_what_becomes_of_the_rows_is_tried_in_the_destination(project: Project) -> None:
    project.database("sqlite", "old", filled=True, rows=300)
    project.database("postgresql", "new")
    EngineDatabase("postgresql", project.entry("new")).run(
        "ALTER TABLE bookshop_author ADD CHECK (first_name = upper(first_name))"
    )
    for name, table_demands in (("alike", "email"), ("none", "CHECK")):
        done, said = copied(AUTHOR, "--check", "--transform", f"{AUTHOR}={name}")
        errors = [one["message"] for one in said["findings"] if one["level"] == "error"]
        assert any(table_demands in one for one in errors), (done.err, errors)
    done, said = copied(AUTHOR, "--transform", f"{AUTHOR}=emptied")
    assert "Or correct 'tests.functions.emptied'" in said["remedy"], said["error"]
    # What the function mends is no error; it may be asked for what it has made before.
    for name in ("capital", "prepared"):
        done, said = copied(AUTHOR, "--transform", f"{AUTHOR}={name}")
        assert (done.code, said["verdict"]) == (0, "verified"), done.err


@override_settings(MIGRATION_CONSOLE=OPTIONS)
def test_a_row_that_a_function_fails_at_is_set_aside(project: Project) -> None:
    project.database("sqlite", "old", filled=True, rows=6_000)
    project.database("postgresql", "new")
    EngineDatabase("sqlite", project.entry("old")).run(
        "UPDATE bookshop_author SET first_name = 'unlucky' WHERE id = 119"
    )
    chosen = (AUTHOR, "--transform", f"{AUTHOR}=unlucky", "--on-bad-rows", "aside")
    done, said = copied(*chosen)
    assert (said["status"], said["verdict"]) == ("failed", "mismatched"), done.err
    assert SECRET not in done.out + done.err
    before = rows(project, "old", "bookshop_author", "id")
    after = rows(project, "new", "bookshop_author", "id")
    assert sorted({*before} - {*after}) == [(119,)]


@override_settings(MIGRATION_CONSOLE=OPTIONS)
def test_a_process_with_another_function_leaves_the_run_to_others(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.database("sqlite", "old", filled=True, rows=300)
    project.database("postgresql", "new")
    described = MigrationRun(
        source="old",
        destination="new",
        labels=[AUTHOR],
        transforms={AUTHOR: "capital"},
        lane_count=1,
        executor="terminal",
    )
    run = controls.check(controls.draft(described, "maria"), "maria")
    assert run.status == "ready", list(run.findings.values_list("message"))
    controls.start(run, "maria", run.plan_hash)
    with monkeypatch.context() as changed:
        changed.setattr(functions, "capital", functions.alike)
        end = work(run.pk, 0, Lane.objects.get(run=run).epoch, 30)
    run.refresh_from_db()
    assert (end, run.status) == (SliceEnd.WAIT, "running")
    assert "'tests.functions.capital' is not what it was" in run.waiting_for
    left = run.abstentions.get()
    assert "or plan a new run" in left.remedy
    # With the function that was checked nothing is lost.
    monkeypatch.setattr(abstentions, "_until", {})
    while end is not SliceEnd.OVER:
        Lane.objects.filter(run=run).update(is_leased=False)
        end = work(run.pk, 0, Lane.objects.get(run=run).epoch, 30)
    run.refresh_from_db()
    assert (run.status, run.verdict, run.waiting_for) == ("succeeded", "verified", "")
    names = rows(project, "new", "bookshop_author", "first_name")
    assert len(names) == 25
    assert all(name == name.upper() for (name,) in names)


@override_settings(
    MIGRATION_CONSOLE={"TRANSFORMS": {"bookshop.author": "tests.functions.masked"}}
)
def test_settings_that_mean_no_model_mask_nothing_in_silence(project: Project) -> None:
    project.database("sqlite", "old", filled=True, rows=300)
    project.database("sqlite", "new")
    done, said = copied(AUTHOR)
    (error,) = [one for one in said["findings"] if one["level"] == "error"]
    assert "bookshop.Author" in error["remedy"], done.err
    assert copied(AUTHOR, "--no-transforms")[0].code == 0


@pytest.mark.parametrize("place", ["rows loaded", soaked("chunk committed")])
def test_a_killed_copy_goes_on_exactly(
    project: Project, tmp_path: Path, place: str
) -> None:
    project.database("postgresql", "old", filled=True, rows=300)
    project.database("mariadb", "new")
    project.options = {**OPTIONS, "LEASE_SECONDS": 3}
    arguments = ("copydata", "old", "new", AUTHOR, "--no-input", "--lanes", "1")
    killed = project.manage(
        *arguments,
        "--chunk-rows",
        "50",
        environment={ENVIRONMENT: f"{place}=kill:{tmp_path / 'once'}"},
    )
    assert killed.returncode == -signal.SIGKILL
    resume, reports = ("copydata", "--resume=1", "--no-input", "--json"), []

    def is_resumed() -> bool:
        # Refused as long as the lease of whoever was killed lasts.
        reports.append(json.loads(project.manage(*resume).stdout))
        return bool(reports[-1]["status"] != "refused")

    wait_until(is_resumed, 60, "The run was not resumed")
    assert reports[-1]["verdict"] == "verified"
    before = rows(project, "old", "bookshop_author", "id", "first_name")
    assert rows(project, "new", "bookshop_author", "id", "first_name") == before
    emails = rows(project, "new", "bookshop_author", "email")
    assert len(set(emails)) == len(before)
    assert all(email.endswith("@example.com") for (email,) in emails)


@override_settings(MIGRATION_CONSOLE=OPTIONS)
def test_a_preview_shows_what_changes_and_values_to_who_may_see_them(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True, rows=300)
    project.database("postgresql", "new")
    before = oracle.row_counts(project.entry("new"))
    done = terminal.run("copydata", "old", "new", "--preview", AUTHOR, "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    (made,) = said["rows"][0]["made"]
    assert {one["column"] for one in made} >= {"email", "last_name"}
    (mail,) = [one for one in made if one["column"] == "email"]
    assert mail["after"].endswith("@example.com")
    assert mail["before"] != mail["after"]
    refused = terminal.run("copydata", "old", "new", "--preview", "bookshop.Book")
    assert "goes through no function" in refused.err
    assert oracle.row_counts(project.entry("new")) == before

    described = MigrationRun(source="old", destination="new", labels=[AUTHOR])
    run = controls.check(controls.draft(described, "maria"), "maria")
    starter = sign_in("starter")
    address = f"{url('preview', run.pk)}?model={AUTHOR}"
    assert address in text(starter.get(url("change", run.pk))).replace("&amp;", "&")
    page = text(starter.get(address))
    assert "email" in page
    assert mail["after"] not in page
    assert mail["before"] not in page
    page = text(sign_in("superuser").get(address))
    assert mail["after"] in page
