"""A choice that a finding offers is taken, and leads to no other error."""

from __future__ import annotations

from dashboard.planning.asked import Asked
from dashboard.planning.checked_plan import CheckedPlan, ChoiceKind
from dashboard.planning.choices import choices_for
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
from tests.dashboard.planning.checking import run_sql
from tests.project import Project

ZERO = "'0000-00-00'"
BAD = (
    "DELETE FROM bookshop_currency WHERE code > (SELECT min(code) FROM"
    " bookshop_currency)",
    # May be NULL.
    "UPDATE bookshop_genre SET parent_id = 777 WHERE id = 1",
    f"UPDATE bookshop_book SET published_on = {ZERO}",
    # May not, and nobody refers to the rows.
    f"UPDATE bookshop_review SET book_id = '{7:032x}'",
    f"UPDATE bookshop_employee SET hired_on = {ZERO}",
    # May not, and others refer to them; and a key, which is never changed.
    "UPDATE bookshop_currency SET code = 'E' || char(0)",
    f"UPDATE bookshop_dailytotal SET day = {ZERO} WHERE day ="
    " (SELECT min(day) FROM bookshop_dailytotal)",
)


def offered(plan: CheckedPlan) -> set[str]:
    return {
        choice.value
        for found in plan.found
        for choice in choices_for(found)
        if choice.kind is ChoiceKind.CHANGE
    }


def test_what_is_offered_is_taken(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(project, "old", *BAD)
    labels = ["bookshop", "auth", "contenttypes"]
    plan = check(
        "old", "new", labels, asked=Asked(empty_first=True), scanning=Scanning()
    )
    red = {(one.check[-4:], one.model) for one in plan.found if one.level == "error"}
    assert red == {
        ("E222", "bookshop.Book"),
        ("E222", "bookshop.DailyTotal"),
        ("E222", "bookshop.Employee"),
        ("E217", "bookshop.Currency"),
        ("E240", "bookshop.Genre"),
        ("E240", "bookshop.Book"),
        ("E240", "bookshop.Product"),
        ("E240", "bookshop.Review"),
    }
    assert offered(plan) == {
        "bookshop.Genre.parent=orphan-to-null",
        "bookshop.Book.published_on=zero-date-to-null",
        "bookshop.Employee.hired_on=zero-date-to:1900-01-01",
        "bookshop.Review.book=skip-orphans",
    }
    chosen = dict(one.split("=") for one in offered(plan))
    again = check("old", "new", labels, asked=Asked(changes=chosen, empty_first=True))
    assert not [one for one in again.found if one.check.endswith("E170")]
