"""The rows of both sides, model by model."""

from __future__ import annotations

import pytest

from dashboard.planning.row_counts import ModelChoice, Offer, look
from dashboard.transfer.errors import TransferError
from tests import oracle
from tests.dashboard.planning.checking import files, run_sql
from tests.project import Project

MANY = 120_000


def by_label(found: Offer) -> dict[str, ModelChoice]:
    return {model.label: model for app in found.groups for model in app.models}


def test_every_model_is_counted_on_both_sides(project: Project) -> None:
    files(project)
    old, new = (oracle.row_counts(project.entry(alias)) for alias in ("old", "new"))
    found = look("old", "new")
    assert found.unowned == ()
    assert [app.label for app in found.groups].count("bookshop") == 1
    assert {app.label: app.name for app in found.apps}["auth"].startswith(
        "Authentication"
    )
    for model in by_label(found).values():
        assert model.source is not None and model.destination is not None
        assert (model.source.rows, model.source.exact) == (old[model.table], True)
        assert (model.destination.rows, model.destination.exact) == (
            new[model.table],
            True,
        )
        assert model.problem == ""


def test_automatic_tables_are_parts_or_lines_of_their_own(project: Project) -> None:
    files(project)
    without = by_label(look("old", "new"))
    assert "bookshop.Book_genres" not in without
    assert set(without["bookshop.Book"].parts) == {
        "bookshop_book_genres",
        "bookshop_book_authors",
        "bookshop_book_sequels",
    }
    assert without["bookshop.Genre"].parts == ()
    parts = by_label(look("old", "new", parts=True))
    assert parts.keys() - without.keys() >= {"bookshop.Book_genres"}
    assert parts["bookshop.Book_genres"].parts == ()
    source = parts["bookshop.Book_genres"].source
    assert source is not None
    counts = oracle.row_counts(project.entry("old"))
    assert source.rows == counts["bookshop_book_genres"] > 0


def test_a_table_that_is_absent_is_said_for_the_side_that_lacks_it(
    project: Project,
) -> None:
    files(project)
    run_sql(project, "old", "DROP TABLE bookshop_dailytotal")
    run_sql(project, "new", "DROP TABLE bookshop_stock")
    for alias in ("old", "new"):
        run_sql(project, alias, "DROP TABLE bookshop_currency")
    offer = look("old", "new")
    found = by_label(offer)
    day, stock = found["bookshop.DailyTotal"], found["bookshop.Stock"]
    assert day.source is None and day.destination is not None
    assert day.problem == (
        "'old' has no table 'bookshop_dailytotal'. All migrations of app 'bookshop' "
        "are applied there, so that migrate would not create it. Create it with the "
        "statements of manage.py sqlmigrate, or exclude the model."
    )
    assert stock.source is not None and stock.destination is None
    assert "'new' has no table 'bookshop_stock'" in stock.problem
    assert "bookshop.Currency" not in found
    (neither,) = [e for e in offer.left_out if e.model == "bookshop.Currency"]
    assert (neither.reason, neither.sizes) == ("absent", (None, None))


def test_tables_of_no_model_are_a_group_and_views_are_not(project: Project) -> None:
    files(project)
    for alias in ("old", "new"):
        run_sql(project, alias, "CREATE TABLE legacy (id integer PRIMARY KEY)")
    run_sql(
        project,
        "old",
        "INSERT INTO legacy VALUES (1), (2)",
        "CREATE TABLE here (id integer PRIMARY KEY)",
        "CREATE VIEW seen AS SELECT 1",
        "CREATE VIRTUAL TABLE words USING fts5(word)",
    )
    offer = look("old", "new")
    assert [one.label for one in offer.unowned] == ["table:here", "table:legacy"]
    here, legacy = offer.unowned
    assert here.problem == "'new' has no table 'here'. Create it there."
    assert legacy.problem == ""
    assert legacy.source is not None and legacy.destination is not None
    assert (legacy.source.rows, legacy.destination.rows) == (2, 0)
    assert offer.groups[-1].models == offer.unowned
    found = {entry.table: entry for entry in offer.left_out if not entry.model}
    assert {"django_migrations", "seen", "words", "words_data"} <= set(found)
    assert found["seen"].reason == found["words_data"].reason == "view"
    migrations = found["django_migrations"].sizes[0]
    assert migrations is not None and migrations.rows > 0


def test_a_large_table_is_estimated(project: Project) -> None:
    project.database("postgresql", "old")
    project.database("sqlite", "new")
    run_sql(
        project,
        "old",
        'INSERT INTO bookshop_genre (id, name, "order")'
        f" SELECT i, i::text, 0 FROM generate_series(1, {MANY}) AS n(i)",
        "ANALYZE bookshop_genre",
    )
    source = by_label(look("old", "new"))["bookshop.Genre"].source
    assert source is not None
    assert not source.exact
    assert abs(source.rows / MANY - 1) < 0.1


@pytest.mark.parametrize("pair", [("nowhere", "new"), ("old", "nowhere")])
def test_a_side_that_cannot_be_looked_at_is_an_error(
    project: Project, pair: tuple[str, str]
) -> None:
    files(project, filled=False)
    with pytest.raises(TransferError, match="nowhere"):
        look(*pair)
