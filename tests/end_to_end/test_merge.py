"""A merge of a whole project, as somebody at a terminal asks for it."""

from __future__ import annotations

import json

from tests import oracle, terminal
from tests.dashboard.planning.checking import run_sql
from tests.oracle.rows import digests
from tests.project import Project

HERE = ("--lanes=1", "--no-input")


def rows_of(project: Project, alias: str, sql: str) -> list[tuple[object, ...]]:
    with oracle.reading(project.entry(alias)) as reader:
        return [tuple(row) for row in reader.query(sql)]


def test_a_project_goes_on_in_two_places_and_is_merged(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    assert terminal.run("copydata", "old", "new", *HERE).code == 0
    # Both sides go on: a pair has the number that the other side gave to another.
    run_sql(
        project,
        "old",
        "UPDATE bookshop_author SET biography = 'corrected' WHERE id <= 3",
        "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (901, 'Merged', 1)",
        "INSERT INTO bookshop_book_genres (id, book_id, genre_id) "
        "SELECT 100001, min(book_id), 901 FROM bookshop_book_genres",
    )
    run_sql(
        project,
        "new",
        "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (902, 'Own', 1)",
        "INSERT INTO bookshop_book_genres (id, book_id, genre_id) "
        "SELECT 100001, min(book_id::text)::uuid, 902 FROM bookshop_book_genres",
        "UPDATE bookshop_author SET biography = 'spoiled' WHERE id = 5",
        "UPDATE auth_user SET first_name = 'Own' WHERE id = 1",
    )
    before = digests(project.entry("new"))
    for dry in ("--check", "--dry-run"):
        done = terminal.run("copydata", "old", "new", "--mode", "merge", dry, *HERE)
        assert done.code == 0, done.err
        # Pairs have numbers of their own, which are no column left behind.
        assert "W162" not in done.out
    assert digests(project.entry("new")) == before
    done = terminal.run("copydata", "old", "new", "--mode", "merge", "--json", *HERE)
    assert done.code == 0, done.err + done.out
    report = json.loads(done.out)
    assert report["verdict"] == "verified"
    said = {one["model"]: one for one in report["tables"]}
    author = said["bookshop.Author"]
    assert (author["rows_inserted"], author["rows_updated"]) == (0, 4)
    pairs = said["bookshop.Book_genres"]
    assert (pairs["rows_inserted"], pairs["rows_updated"]) == (1, 0)
    assert "contenttypes.ContentType" not in said
    after = digests(project.entry("new"))
    changed = {name for name in after if after[name] != before[name]}
    assert {n for n in changed if n.startswith("bookshop")} == {
        "bookshop_author",
        "bookshop_genre",
        "bookshop_book_genres",
    }
    assert "django_content_type" not in changed
    own = "SELECT count(*) FROM bookshop_book_genres WHERE genre_id IN (901, 902)"
    assert rows_of(project, "new", own) == [(2,)]
    again = terminal.run("copydata", "old", "new", "--mode", "merge", "--json", *HERE)
    report = json.loads(again.out)
    assert {
        (one["rows_inserted"], one["rows_updated"]) for one in report["tables"]
    } == {(0, 0)}


def test_a_terminal_names_what_is_updated_and_asks(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    model = ("copydata", "old", "new", "bookshop.Currency", "--lanes=1")
    assert terminal.run(*model, "--no-input").code == 0
    run_sql(project, "old", "UPDATE bookshop_currency SET name = 'new name'")
    before = digests(project.entry("new"))
    said_no = terminal.run(*model, "--mode=merge", answer="n\n")
    assert said_no.code == 1
    assert "bookshop_currency: " in said_no.out
    assert " updated, 0 inserted" in said_no.out
    assert "Nothing was written." in said_no.err
    assert digests(project.entry("new")) == before
    said_yes = terminal.run(*model, "--mode=merge", answer="y\n")
    assert said_yes.code == 0, said_yes.err
    assert " updated, 0 others untouched" in said_yes.out + said_yes.err
    # Nothing is left to be updated, and nobody is asked.
    again = terminal.run(*model, "--mode=merge", answer="n\n")
    assert again.code == 0, again.err
