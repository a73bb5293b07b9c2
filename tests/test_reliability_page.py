"""docs/reliability.md has a test for every fault, and each that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
PAGE = BASE_DIR / "docs/reliability.md"
FAULTS = [f"F{number}" for number in range(1, 49)]
NEEDS_NONE = "cannot apply:"
TEST = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<name>test_\w+)`")


def rows() -> dict[str, list[str]]:
    """The cells of each fault's row, by the fault's number."""
    lines = PAGE.read_text().splitlines()
    cells = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.startswith("| F")
    ]
    return {row[0].split()[0]: row for row in cells}


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def numbers_in(name: str) -> set[str]:
    """The faults that a test is named after: test_f01_f02_… of F1 and F2."""
    return {f"F{int(number)}" for number in re.findall(r"(?<=_)f(\d\d)(?=_)", name)}


def test_every_fault_has_one_row_of_five_cells() -> None:
    found = rows()
    assert list(found) == FAULTS
    assert {number: len(cells) for number, cells in found.items()} == dict.fromkeys(
        FAULTS, 5
    )
    assert all(all(cells) for cells in found.values())


def test_every_row_names_a_test_or_says_why_there_is_none() -> None:
    for number, (_, happens, _, tests, _) in rows().items():
        assert TEST.search(tests) or NEEDS_NONE in happens, number


def test_every_named_test_is_there_and_named_after_its_fault() -> None:
    for number, (*_, tests, _) in rows().items():
        found = list(TEST.finditer(tests))
        for one in found:
            path = BASE_DIR / one["path"]
            assert path.is_file(), one[0]
            assert one["name"] in functions(path), one[0]
        if found:
            assert number in set().union(*(numbers_in(one["name"]) for one in found)), (
                f"no test of this row is named after {number}"
            )


def test_every_test_that_is_named_after_a_fault_stands_in_its_row() -> None:
    text = PAGE.read_text()
    for path in sorted((BASE_DIR / "tests").rglob("test_*.py")):
        for name in functions(path):
            if numbers_in(name):
                where = f"`{path.relative_to(BASE_DIR)}::{name}`"
                assert where in text, f"{where} is missing in docs/reliability.md"


def test_no_recovery_takes_longer_than_is_promised() -> None:
    for number, (*_, recovery) in rows().items():
        seconds = [float(text) for text in re.findall(r"([\d.]+) s", recovery)]
        most = 10 if number in ("F1", "F2") else 30
        assert recovery == "–" or (seconds and max(seconds) <= most), number
