"""The rows of both sides, table by table, and nothing copied."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun
from tests import oracle, terminal
from tests.dashboard.planning.checking import run_sql
from tests.project import Project


@pytest.fixture
def pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


def summary(*arguments: str) -> list[list[str]]:
    done = terminal.run("copydata", *arguments, "--summary")
    assert done.code == 0, done.err
    assert not MigrationRun.objects.exists()
    shown, _, _ = done.out.partition("\n\n")
    return [line.split() for line in shown.splitlines()]


def test_both_sides_and_the_difference_stand_beside_each_other(
    pair: Project,
) -> None:
    counts = oracle.row_counts(pair.entry("old"))
    head, *lines = summary("old", "new", "bookshop")
    assert head == ["old", "new", "difference"]
    found = {line[0]: line[1:] for line in lines}
    rows = counts["bookshop_orderline"]
    assert found["bookshop.OrderLine"] == [f"{rows:,}", "0", f"-{rows:,}"]
    rows = counts["bookshop_book_genres"]
    assert found["bookshop.Book_genres"] == [f"{rows:,}", "0", f"-{rows:,}"]
    assert all(label.startswith("bookshop.") for label in found)


def test_the_other_way_round_there_is_more(pair: Project) -> None:
    rows = oracle.row_counts(pair.entry("old"))["bookshop_genre"]
    for arguments in (("new", "old"), ("old", "new", "--reverse")):
        head, line = summary(*arguments[:2], "bookshop.Genre", *arguments[2:])
        assert head[:2] == ["new", "old"]
        assert line == ["bookshop.Genre", "0", f"{rows:,}", f"+{rows:,}"]


def test_labels_stand_anywhere_and_typos_are_answered(pair: Project) -> None:
    done = terminal.run("copydata", "--exclude=sites", "old", "--summary", "new", "tag")
    assert done.code == 1
    assert "'tag' is neither" in done.err
    done = terminal.run("copydata", "old", "new", "--summary", "bookshop.genre")
    assert done.code == 0
    assert done.out.count("\nbookshop.Genre ") == 1
    done = terminal.run("copydata", "old", "new", "bokshop", "--summary")
    assert "'bokshop' is neither" in done.err
    assert "Did you mean: bookshop" in done.err


def test_no_difference_is_a_nought_without_a_sign(pair: Project) -> None:
    (_, line) = summary("old", "new", "sites")
    assert line == ["sites.Site", "1", "1", "0"]


def test_what_is_left_out_is_not_counted(pair: Project) -> None:
    lines = summary("old", "new", "bookshop.Book", "--exclude=bookshop.Book_genres")
    labels = {line[0] for line in lines[1:]}
    assert labels == {
        "bookshop.Book",
        "bookshop.Book_authors",
        "bookshop.Book_sequels",
    }


def test_a_table_that_is_not_there_is_said(pair: Project) -> None:
    run_sql(pair, "new", "DROP TABLE bookshop_stock")
    (_, line) = summary("old", "new", "bookshop.Stock")
    rows = oracle.row_counts(pair.entry("old"))["bookshop_stock"]
    assert line == ["bookshop.Stock", f"{rows:,}", "no", "table"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("old", "new", "nosuch"), "'nosuch' is neither an app nor a model"),
        (("old", "new", "--exclude=bookshop.Nosuch"), "'bookshop.Nosuch' is neither"),
        (("nowhere", "new"), "DATABASES has no alias 'nowhere'."),
    ],
)
def test_what_cannot_be_counted_is_refused(
    pair: Project, arguments: tuple[str, ...], words: str
) -> None:
    done = terminal.run("copydata", *arguments, "--summary")
    assert done.code == 1
    assert words in done.err
    assert "Traceback" not in done.err


def test_estimates_have_no_difference(project: Project) -> None:
    """PostgreSQL's statistics are of when the table was looked at last."""
    for alias, rows in (("old", 200_700), ("new", 200_000)):
        project.database("postgresql", alias)
        run_sql(
            project,
            alias,
            'INSERT INTO bookshop_genre (id, name, "order") '
            f"SELECT n, 'genre ' || n, 1 FROM generate_series(1, {rows}) n",
            "ANALYZE bookshop_genre",
        )
    _, line = summary("old", "new", "bookshop.Genre")
    assert [number.strip("~≈") for number in line[1:3]] != ["", ""]
    assert line[-1] == "unknown"
