"""docs/security.md names tests that exist, and every warning that there is."""

from __future__ import annotations

import re

import pytest

from tests.project import BASE_DIR

PAGE = (BASE_DIR / "docs" / "security.md").read_text()
ROWS = re.findall(r"^\| (S\d+) \|.*$", PAGE, re.MULTILINE)


def test_every_requirement_has_a_row() -> None:
    assert [f"S{number}" for number in range(1, 19)] == ROWS


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_tests_that_exist(row: str) -> None:
    (line,) = re.findall(rf"^\| {row} \|.*$", PAGE, re.MULTILINE)
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line)
    assert named
    for path, name in named:
        file = BASE_DIR / path
        assert file.is_file(), path
        assert re.search(rf"^def {name}\(", file.read_text(), re.MULTILINE), name


def test_every_warning_of_a_deployment_is_explained() -> None:
    source = "".join(
        (BASE_DIR / "dashboard" / name).read_text()
        for name in ("checks.py", "deploy_checks.py")
    )
    there = set(re.findall(r"migration_console\.W\d+", source))
    # Said by every check, about a misspelled option.
    assert set(re.findall(r"migration_console\.W\d+", PAGE)) == there - {
        "migration_console.W001"
    }
