"""docs/edge_cases.md has every row, with the tests that are named after it."""

from __future__ import annotations

from tests.edge_cases import page
from tests.edge_cases.case import all_directions
from tests.edge_cases.cases import CASES
from tests.edge_cases.elsewhere import ELSEWHERE


def test_every_row_has_a_test_that_is_named_after_it() -> None:
    assert sorted(page.tests_by_row()) == list(page.ROWS)


def test_every_row_has_cases_or_a_line() -> None:
    assert {case.row for case in CASES} | ELSEWHERE.keys() == set(page.ROWS)


def test_the_page_has_every_case_in_every_direction_and_nothing_else() -> None:
    wanted = {
        (case.name, *pair)
        for case in CASES
        for pair in all_directions()
        if case.applies(*pair)
    }
    assert page.read(page.PAGE.read_text()).keys() == wanted, page.REMEDY


def test_the_page_is_what_it_would_be_written_from_its_words() -> None:
    """Whatever is in no cell: the cases' words and the names of the tests."""
    text = page.PAGE.read_text()
    assert page.render(page.read(text)) == text, page.REMEDY
