"""Every finding has an id, every id a row in docs/checks.md, and none is idle."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.planning.known_check import KnownCheck
from dashboard.planning.known_checks import (
    CONNECTIONS,
    KNOWN_CHECKS,
    NUMBERS,
    REFERENCES,
    ROWS,
    TABLES,
)
from dashboard.planning.known_checks_around import AROUND
from dashboard.planning.known_checks_of_commands import COMMANDS
from dashboard.planning.known_checks_of_data import CHANGES, SCHEMAS
from dashboard.planning.known_checks_of_filters import FILTERS
from dashboard.planning.known_checks_of_merges import MERGES
from dashboard.planning.known_checks_of_transforms import TRANSFORMS
from dashboard.planning.known_checks_of_values import VALUES
from tests.test_house import BASE_DIR, DASHBOARD, modules

PAGE = BASE_DIR / "docs" / "checks.md"
HEAD = """# The checks before a start

Written by the tests from `dashboard/planning/known_checks.py`, by
`WRITE_CHECKS=1 make pytest ARGS=tests/dashboard/planning/test_known_checks.py`.

Whoever plans a run, or asks for `manage.py copydata SOURCE DESTINATION --check`, has
all of these made; nothing is written anywhere. Every finding has an id,
`migration_console.` and the number below, on the page, in the terminal, in `--json`
and in the report. **E** prevents a start, **W** is to be read before it, **I** is good
to know. None of them can be silenced: `SILENCED_SYSTEM_CHECKS` is for Django's own
`manage.py check`. An id keeps its meaning for good.
"""
TITLES = {
    "Connections, accounts and servers": CONNECTIONS,
    "Tables and columns": TABLES,
    "References": REFERENCES,
    "Sequences": NUMBERS,
    "Rows and accounts that are replaced": ROWS,
    "Different schemas": SCHEMAS,
    "Chosen changes": CHANGES,
    "Only some rows": FILTERS,
    "Merges": MERGES,
    "Functions that rows go through": TRANSFORMS,
    "Triggers, privileges and servers": AROUND,
    "Values": VALUES,
    "Commands before and after": COMMANDS,
}
LETTERS = {"error": "E", "warning": "W", "note": "I"}


def page() -> str:
    parts = [HEAD]
    for title, checks in TITLES.items():
        rows = [
            f"| {one.number} | {one.name} | {one.cause} | {one.remedy} |"
            for one in checks
        ]
        head = ["| id | check | cause | remedy |", "|---|---|---|---|"]
        parts.append("\n".join([f"\n## {title}\n", *head, *rows, ""]))
    return "".join(parts)


def findings_made() -> Iterator[tuple[Path, int, str, str]]:
    """Every call that adds a finding: where, by which method, of which check."""
    for path in modules(DASHBOARD / "planning"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LETTERS
                and ast.unparse(node.func.value).endswith("checked")
            ):
                check = node.args[0]
                assert isinstance(check, ast.Constant), (path, node.lineno)
                yield path, node.lineno, node.func.attr, str(check.value)


def named_in(path: Path) -> set[str]:
    return {
        str(node.value)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
    }


def test_the_page_says_what_the_register_does() -> None:
    if os.environ.get("WRITE_CHECKS"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


def test_every_finding_has_an_id_of_its_level() -> None:
    known = {one.number for one in KNOWN_CHECKS}
    wrong = [
        (path.name, line, method, check)
        for path, line, method, check in findings_made()
        if check not in known or check[0] != LETTERS[method]
    ]
    assert wrong == []


@pytest.mark.parametrize("check", KNOWN_CHECKS, ids=lambda one: one.number)
def test_every_id_is_used(check: KnownCheck) -> None:
    users = [
        path.name
        for path in modules(DASHBOARD / "planning")
        if not path.stem.startswith("known_") and check.number in named_in(path)
    ]
    assert users


def test_ids_are_unique_and_have_words() -> None:
    assert Counter(one.number for one in KNOWN_CHECKS).most_common(1)[0][1] == 1
    for one in KNOWN_CHECKS:
        assert one.number[0] in "EWI"
        assert len(one.number) == 4
        assert one.number[1:].isdigit()
        assert one.cause.endswith(".")
        assert one.remedy.endswith(".")
        assert "|" not in one.cause + one.remedy


def test_the_groups_are_all_there_is() -> None:
    assert [one for group in TITLES.values() for one in group] == list(KNOWN_CHECKS)
