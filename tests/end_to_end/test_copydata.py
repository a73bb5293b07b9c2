"""The commands, as somebody at a terminal or a script uses them."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.models import MigrationRun, Reservation
from tests import oracle, terminal
from tests.project import Project

REQUIRED = {"run", "status", "verdict", "seconds", "rows", "tables"}
REQUIRED_OF_A_TABLE = {
    "model",
    "table",
    "source_rows",
    "destination_rows",
    "rows_copied",
    "verdict",
    "route",
    "seconds",
    "error",
}
# One lane: further ones are processes that do not know what is registered here.
HERE = ("--lanes=1", "--no-input")
SMALL = ("bookshop.Currency", "bookshop.Genre")


@pytest.fixture
def pair(project: Project) -> Project:
    """A filled source and a migrated destination, both of them files."""
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


def rows(project: Project, alias: str) -> dict[str, int]:
    return oracle.row_counts(project.entry(alias))


def made_by_migrate(counts: dict[str, int]) -> dict[str, int]:
    tables = ("django_content_type", "auth_permission", "django_site")
    return {table: counts[table] for table in tables}


def filled(counts: dict[str, int]) -> set[str]:
    return {
        table
        for table, number in counts.items()
        if number and table not in made_by_migrate(counts)
    }


def run_sql(project: Project, alias: str, sql: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(project.entry(alias)["NAME"])) as connection:
        connection.execute(sql)
        connection.commit()


def test_a_summary_counts_both_sides_and_copies_nothing(pair: Project) -> None:
    before = rows(pair, "new")
    done = terminal.run("copydata", "old", "new", "bookshop", "--summary")
    assert done.code == 0, done.err
    counted = rows(pair, "old")
    shown, _, others = done.out.partition("\n\n")
    lines = {line.split()[0]: line.split()[1:] for line in shown.splitlines()}
    for model, table in (
        ("bookshop.Book", "bookshop_book"),
        ("bookshop.Book_genres", "bookshop_book_genres"),
        ("bookshop.OrderLine", "bookshop_orderline"),
    ):
        number = counted[table]
        assert lines[model] == [f"{number:,}", "0", f"-{number:,}"]
    assert "auth.User" not in shown
    assert "auth.User" in others
    assert rows(pair, "new") == before
    assert not MigrationRun.objects.exists()


def test_reversed_sides_change_places(pair: Project) -> None:
    done = terminal.run("copydata", "new", "old", *SMALL, "--reverse", *HERE)
    assert done.code == 0, done.err
    assert filled(rows(pair, "new")) == {"bookshop_currency", "bookshop_genre"}
    run = MigrationRun.objects.get()
    assert (run.source, run.destination) == ("old", "new")


def test_an_empty_destination_is_migrated_first(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", migrated=False)
    # In processes of their own, which know the databases from the environment.
    done = project.manage("copydata", "old", "new", "--migrate", *HERE)
    assert done.returncode == 0, done.stderr
    assert oracle.differences(project.entry("old"), project.entry("new")) == []
    assert "verified" in done.stdout


@pytest.fixture
def filled_pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new", filled=True)
    run_sql(project, "new", "UPDATE bookshop_dailytotal SET orders = orders + 1")
    return project


DAYS = "bookshop.DailyTotal"


def test_emptying_asks_first_and_names_what_goes(filled_pair: Project) -> None:
    before = rows(filled_pair, "new")
    number = before["bookshop_dailytotal"]
    for answer in ("", "no\n", "old\n"):
        done = terminal.run(
            "copydata", "old", "new", DAYS, "--empty", "--lanes=1", answer=answer
        )
        assert done.code == 1
        assert f"bookshop_dailytotal: {number:,} rows" in done.out
        assert "Nothing was deleted" in done.err
        assert "Traceback" not in done.err
        assert rows(filled_pair, "new") == before
    assert not Reservation.objects.exists()
    assert set(MigrationRun.objects.values_list("status", flat=True)) == {"cancelled"}

    done = terminal.run(
        "copydata", "old", "new", DAYS, "--empty", "--lanes=1", answer="new\n"
    )

    assert done.code == 0, done.err
    assert oracle.differences(filled_pair.entry("old"), filled_pair.entry("new")) == []


def test_nothing_is_emptied_without_being_asked(filled_pair: Project) -> None:
    before = rows(filled_pair, "new")
    done = terminal.run("copydata", "old", "new", DAYS, *HERE)
    assert done.code == 1
    assert "'bookshop_dailytotal'" in done.err
    assert rows(filled_pair, "new") == before
    done = terminal.run("copydata", "old", "new", DAYS, "--empty", *HERE)
    assert done.code == 0, done.err
    assert oracle.differences(filled_pair.entry("old"), filled_pair.entry("new")) == []


def test_labels_bring_what_belongs_to_them_and_excluded_ones_stay(
    pair: Project,
) -> None:
    labels = [
        "bookshop.book",
        "bookshop.EBook",
        "bookshop.Genre",
        "bookshop.Author",
        "bookshop.Currency",
    ]
    done = terminal.run("copydata", "old", "new", *labels, "--json", *HERE)
    assert done.code == 0, done.err
    tables = {table["table"] for table in json.loads(done.out)["tables"]}
    assert tables == {
        "bookshop_book",
        "bookshop_book_genres",
        "bookshop_book_authors",
        "bookshop_book_sequels",
        "bookshop_ebook",
        "bookshop_product",
        "bookshop_genre",
        "bookshop_author",
        "bookshop_currency",
    }
    assert filled(rows(pair, "new")) == tables
    done = terminal.run(
        "copydata",
        *("old", "new", "bookshop", "--exclude=bookshop.DailyTotal"),
        *("--exclude=bookshop.Tag", "--json", "--empty", "--verify=none", *HERE),
    )
    model_labels = {table["model"] for table in json.loads(done.out)["tables"]}
    assert "bookshop.OrderLine" in model_labels
    assert not model_labels & {"bookshop.DailyTotal", "bookshop.Tag", "auth.User"}
    # Users were left out, and every order refers to one: that is no start.
    assert done.code == 1
    assert "'auth_user' that are not chosen" in done.err
    assert "Choose auth.User as well" in done.err


def test_counts_prove_no_value_and_nothing_proves_nothing(pair: Project) -> None:
    for how in ("counts", "none"):
        done = terminal.run(
            "copydata",
            *("old", "new", *SMALL, "--empty", "--json", f"--verify={how}", *HERE),
        )
        assert done.code == 0, done.err
        document = json.loads(done.out)
        assert document["status"] == "succeeded"
        assert document["verdict"] != "verified"
        said = {"counts": "counted", "none": None}[how]
        assert {table["verdict"] for table in document["tables"]} == {said}
        counted = {
            table["destination_rows"] is not None for table in document["tables"]
        }
        assert counted == {how == "counts"}
    done = terminal.run("copydata", "old", "new", "--verify=perhaps")
    assert done.code == 2


def test_one_document_is_all_that_stands_on_standard_output(pair: Project) -> None:
    done = terminal.run("copydata", "old", "new", *SMALL, "--json", *HERE)
    document = json.loads(done.out)
    assert document.keys() >= REQUIRED
    assert document["tables"]
    for table in document["tables"]:
        assert table.keys() >= REQUIRED_OF_A_TABLE
        assert table["rows_copied"] == table["destination_rows"] == table["source_rows"]
        assert table["verdict"] == "verified"
    assert document["rows"] == sum(t["rows_copied"] for t in document["tables"])
    assert document["run"] == MigrationRun.objects.get().pk
    # A refusal too.
    done = terminal.run("copydata", "old", "new", *SMALL, "--json", *HERE)
    assert done.code == 1
    assert json.loads(done.out)["status"] == "draft"


def test_a_request_that_cannot_be_is_a_document_too(pair: Project) -> None:
    done = terminal.run("copydata", "old", "new", *SMALL, "--lanes=0", "--json")
    assert done.code == 1
    said = json.loads(done.out)
    assert said == {
        "status": "refused",
        "error": "A run cannot have 0 lanes.",
        "remedy": "Use 1 to 32.",
    }
    assert said["error"] in done.err
    assert not MigrationRun.objects.exists()


def test_a_report_in_every_form(pair: Project, tmp_path: Path) -> None:
    paths = {form: tmp_path / f"report.{form}" for form in ("html", "json", "csv")}
    commands: dict[str, Sequence[str]] = {
        "html": ["copydata", "old", "new", *SMALL, *HERE],
        "json": ["verifydata", "old", "new", *SMALL],
        "csv": ["verifydata", "old", "new", *SMALL],
    }
    for form, command in commands.items():
        done = terminal.run(*command, f"--report={paths[form]}")
        assert done.code == 0, done.err
    assert "bookshop.Genre" in paths["html"].read_text()
    assert json.loads(paths["json"].read_text())["verdict"] == "verified"
    with paths["csv"].open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if not line["left_out"]]
    assert {line["model"] for line in lines} == set(SMALL)
    assert {line["verdict"] for line in lines} == {"verified"}


def test_a_row_that_was_changed_is_named_by_key_and_column(pair: Project) -> None:
    assert terminal.run("copydata", "old", "new", *SMALL, *HERE).code == 0
    run_sql(pair, "new", "UPDATE bookshop_genre SET name = 'other' WHERE id = 3")
    done = terminal.run("verifydata", "old", "new", *SMALL)
    assert done.code == 1
    assert "bookshop.Genre" in done.out
    assert "mismatched" in done.out
    (line,) = [line for line in done.out.splitlines() if "differs" in line.lower()]
    assert "3" in line
    assert "name" in line
    assert "other" not in done.out
    done = terminal.run("verifydata", "old", "new", *SMALL, "--json")
    assert done.code == 1
    document = json.loads(done.out)
    assert (document["status"], document["verdict"]) == ("failed", "mismatched")
    assert "other" not in done.out


def test_a_column_of_a_foreign_type_is_refused_before_the_start(
    project: Project,
) -> None:
    """No value of a text field is made of bits."""
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    server = project.servers.server("postgresql")
    server.execute(
        "ALTER TABLE bookshop_currency ALTER COLUMN name TYPE varbit"
        " USING length(name)::bit(8)::varbit",
        database=project.entry("old")["NAME"],
    )
    done = terminal.run("copydata", "old", "new", "bookshop.Currency", *HERE)
    assert done.code == 1
    said = "Column 'name' of table 'bookshop_currency' is varbit in the source"
    assert said in done.err
    assert not rows(project, "new")["bookshop_currency"]


def test_the_admin_lists_what_a_terminal_did(pair: Project) -> None:
    assert terminal.run("copydata", "old", "new", *SMALL, *HERE).code == 0
    run = MigrationRun.objects.get()
    assert run.executor == "terminal"
    browser = Client(headers={"host": "localhost"})
    browser.force_login(pair.superuser())
    listed = browser.get(reverse("admin:migration_console_migrationrun_changelist"))
    assert reverse("admin:migration_console_migrationrun_change", args=[run.pk]) in (
        listed.content.decode()
    )
    page = browser.get(
        reverse("admin:migration_console_migrationrun_change", args=[run.pk])
    )
    assert page.status_code == 200
    assert "bookshop.Genre" in page.content.decode()
    assert User.objects.count() == 1


def test_two_lanes_and_a_worker_do_the_same(project: Project) -> None:
    """The whole shop with two processes of the command, then by the queue."""
    project.options.update(CHUNK_ROWS=50)
    project.database("mariadb", "old", filled=True)
    project.database("postgresql", "new")
    old, new = project.entry("old"), project.entry("new")
    schema = oracle.schema_snapshot(new)

    done = project.manage("copydata", "old", "new", "--lanes=2", "--no-input", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "verified"
    assert oracle.differences(old, new) == []
    assert oracle.schema_differences(schema, oracle.schema_snapshot(new)) == []
    run = MigrationRun.objects.get()
    # The second process needs a second to start; then it has its lane.
    assert all(epoch > 0 for epoch in run.lanes.values_list("epoch", flat=True))

    project.worker()
    done = project.manage(
        "copydata", "old", "new", "--queue", "--empty", "--no-input", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "verified"
    assert MigrationRun.objects.first().executor == "workers"
    assert oracle.differences(old, new) == []
    assert oracle.schema_differences(schema, oracle.schema_snapshot(new)) == []
