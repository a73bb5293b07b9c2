"""Filters in a plan: exact rows, what belongs to them, and what cannot be asked."""

from __future__ import annotations

from typing import Any

from dashboard.planning.checked_plan import CheckedPlan
from dashboard.planning.lookups import conditions_in
from dashboard.planning.only import Only
from dashboard.planning.value_checks import Scanning
from dashboard.transfer.plan import TablePlan
from tests.dashboard.planning.checking import checked, files, run_sql
from tests.end_to_end.projects import rows
from tests.project import Project

SCANNING = Scanning(is_wanted=True, seconds=None)


def asked(*pairs: tuple[str, str], **more: Any) -> Only:
    return Only(conditions_in(pairs), **more)


def planned(plan: CheckedPlan) -> dict[str, int]:
    return {one.item.label: one.size.rows for one in plan.tables}


def ids(plan: CheckedPlan) -> list[str]:
    return [one.check.rpartition(".")[2] for one in plan.found]


def test_a_plan_counts_its_rows_and_keeps_their_condition(project: Project) -> None:
    files(project)
    ((genre, pages),) = rows(
        project,
        "old",
        "SELECT genre_id, count(*) FROM bookshop_book_genres "
        "GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
    )
    ((books,),) = rows(project, "old", "SELECT count(*) FROM bookshop_book")

    # Pairs follow their owners; authors and currencies come by themselves.
    only = asked(("bookshop.Book", f"genres={genre}"), with_parents=True)
    plan = checked("bookshop.Book", only=only)

    assert not plan.is_blocked, [one.message for one in plan.found]
    found = planned(plan)
    assert found["bookshop.Book"] == pages < books
    of_books = f"book_id IN (SELECT book_id FROM bookshop_book_genres WHERE genre_id = {genre})"  # noqa: E501
    for label, sql in {
        "bookshop.Book_genres": f"count(*) FROM bookshop_book_genres WHERE {of_books}",
        "bookshop.Genre": "count(DISTINCT genre_id) FROM bookshop_book_genres "
        f"WHERE {of_books}",
        "bookshop.Author": "count(DISTINCT author_id) FROM bookshop_book_authors "
        f"WHERE {of_books}",
    }.items():
        assert found[label] == rows(project, "old", f"SELECT {sql}")[0][0], label
    for one in plan.tables:
        assert TablePlan.from_json(one.plan.to_json()) == one.plan
        assert one.plan.filter is not None
        assert one.size.exact


def test_an_index_is_named_and_its_lack_is_said(project: Project) -> None:
    files(project)
    run_sql(
        project,
        "old",
        'INSERT INTO bookshop_genre (id, name, "order") WITH RECURSIVE n(i) AS '
        "(SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) "
        "SELECT i, 'genre ' || i, i %% 7 FROM n",
    )

    plan = checked("bookshop.Genre", only=asked(("bookshop.Genre", "id__gte=11990")))
    assert planned(plan) == {"bookshop.Genre": 11}
    ((index, said),) = [
        (one.plan.filter.index, one.plan.filter.said)
        for one in plan.tables
        if one.plan.filter
    ]
    assert (index, said) == ("INTEGER PRIMARY KEY", ("id__gte=11990",))
    assert "W250" not in ids(plan)

    # Of all genres, so that nothing less is counted by the condition.
    plan = checked("bookshop.Genre", only=asked(("bookshop.Genre", "position__gte=0")))
    assert planned(plan)["bookshop.Genre"] > 11000
    assert "W250" in ids(plan)


def test_what_cannot_be_asked_is_refused_by_name(project: Project) -> None:
    files(project)
    one = ("bookshop.Genre", "parent__name=x")
    plan = checked("bookshop.Genre", only=asked(("bookshop.Book", "pages=3")))
    assert ids(plan)[0] == "E250"
    assert "bookshop.Book" in plan.found[0].message

    # A column by its other name is the very same; one of another model is not.
    run_sql(project, "old", 'ALTER TABLE bookshop_genre RENAME "order" TO place')
    renamed = {"bookshop.Genre.position": "place"}
    own = asked(("bookshop.Genre", "position__gte=0"))
    plan = checked("bookshop.Genre", only=own, renamed=renamed)
    assert "E252" not in ids(plan)
    assert planned(plan)["bookshop.Genre"] > 0
    plan = checked("bookshop.Genre", only=asked(one), renamed=renamed)
    assert "E252" not in ids(plan), "it is the model itself"
    pages = ("bookshop.Book", "genres__position=1")
    plan = checked("bookshop", only=asked(pages), renamed=renamed)
    assert "E252" in ids(plan)


def test_rows_that_a_filter_leaves_out_are_found_with_their_number(
    project: Project,
) -> None:
    files(project)
    ((least, lost),) = rows(
        project,
        "old",
        "SELECT min(order_id), count(*) FROM bookshop_orderline WHERE order_id > "
        "(SELECT min(order_id) FROM bookshop_orderline)",
    )
    only = asked(("bookshop.Order", f"id__lt={least}"))
    labels = ("bookshop", "auth", "contenttypes")
    plan = checked(*labels, only=only, scanning=SCANNING)
    (found,) = [
        f
        for f in plan.found
        if f.check.endswith("E253") and f.model == "bookshop.OrderLine"
    ]
    assert f"{lost} rows" in found.message
    assert "--with-parents" in found.remedy


def test_rows_outside_of_a_filter_are_looked_at_by_no_check(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    ((last,),) = rows(project, "old", "SELECT max(id) FROM bookshop_genre")
    run_sql(
        project,
        "old",
        "PRAGMA foreign_keys = OFF",
        "UPDATE bookshop_genre SET parent_id = 99999, name = CAST(x'FF41' AS TEXT) "
        f"WHERE id = {last}",
    )
    of = "bookshop.Genre"
    good = checked(of, only=asked((of, f"id__lt={last}")), scanning=SCANNING)
    assert not good.is_blocked, [one.message for one in good.found]
    bad = checked(of, only=asked((of, f"id__gte={last}")), scanning=SCANNING)
    assert {"E218", "E253"} <= set(ids(bad)), bad.found
