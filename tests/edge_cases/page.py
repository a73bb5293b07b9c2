"""docs/edge_cases.md: what becomes of each case, written from the servers, and read."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.edge_cases.case import Case
from tests.edge_cases.cases import CASES
from tests.edge_cases.elsewhere import ELSEWHERE
from tests.values.page import NAMES
from tests.values.samples import ENGINES

BASE_DIR = Path(__file__).resolve().parents[2]
PAGE = BASE_DIR / "docs" / "edge_cases.md"
HERE = "tests/edge_cases/test_rows.py"
REMEDY = "write the page anew, as its first line says"
NEITHER = "neither"
NONE = "–"
ROWS = range(1, 78)
SECTIONS = {
    1: "Texts, octets and collations",
    19: "Numbers and booleans",
    30: "Dates and times",
    41: "Documents, UUIDs, addresses and fields of projects",
    52: "Keys, constraints, schemas and models",
}
HEAD = """# Edge cases

Written by the tests, from real servers, by
`WRITE_EDGE_CASES=1 make pytest ARGS="-m soak tests/edge_cases"`.

What is known to break a copy between two engines, row by row: tables that the drivers
made and filled, in a project of their models, checked, copied and compared by the
product and then by the drivers alone. A cell says what becomes of a case from that
engine, by the engines that it goes to:

- **equal**: it arrived, the comparison says so, and so do the drivers.
- **E…** or **W…**: it is found before the start by the check of that number
  ([checks.md](checks.md)), which names the table, and of values the column, how many
  rows, and keys of some. Nothing is copied unless the operator chooses to.
- **neither**: not yet one of both; `tests/edge_cases/gaps.py` says why.
- –: that engine cannot hold it, or cannot be asked for it.

`make test` measures three directions and compares them with this page;
the soak test measures all sixteen.
"""
Key = tuple[str, str, str]
"""A case's name, the source and the destination."""
Words = dict[Key, str]


def written(word: str) -> str:
    """What the page says of a word."""
    return NEITHER if word.startswith("!") else word


def tests_by_row() -> dict[int, list[str]]:
    """The tests that are named after each row, wherever they are."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((BASE_DIR / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                for number in re.findall(r"(?<=_)d(\d\d)(?=_)", node.name):
                    where = f"{path.relative_to(BASE_DIR)}::{node.name}"
                    found[int(number)].append(where)
    return dict(found)


def render(words: Mapping[Key, str]) -> str:
    """The whole page."""
    tests = tests_by_row()
    lines = [HEAD]
    for row in ROWS:
        if row in SECTIONS:
            heads = ["row", "case", *(f"from {name}" for name in NAMES.values())]
            table = [_line([*heads, "tests"]), _line(["---"] * 7)]
            lines += [f"## {SECTIONS[row]}", "", *table]
        found = " ".join(f"`{name}`" for name in tests.get(row, ()))
        for case in (case for case in CASES if case.row == row):
            cells = [_cell(words, case, source) for source in ENGINES]
            lines.append(_line([case.name.upper(), case.what, *cells, found]))
            found = ""
        if row in ELSEWHERE:
            cells = [f"D{row:02}", ELSEWHERE[row], *[""] * len(ENGINES), found]
            lines.append(_line(cells))
        if row + 1 in SECTIONS or row == ROWS[-1]:
            lines.append("")
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _cell(words: Mapping[Key, str], case: Case, source: str) -> str:
    by_word: dict[str, list[str]] = defaultdict(list)
    for destination in ENGINES:
        if (case.name, source, destination) in words:
            word = written(words[case.name, source, destination])
            by_word[word].append(destination)
    if [*by_word.values()] == [[*ENGINES]]:
        return next(iter(by_word))
    said = [
        f"{word}: {', '.join(NAMES[engine] for engine in engines)}"
        for word, engines in by_word.items()
    ]
    return "; ".join(said) or NONE


def read(text: str) -> Words:
    """What a page says of each case in each direction."""
    engines = {name: engine for engine, name in NAMES.items()}
    words: Words = {}
    for line in text.splitlines():
        if not re.match(r"\| D\d\d[A-Z] ", line):
            continue
        name, _, *cells = (cell.strip() for cell in line[2:-2].split(" | "))
        for source, cell in zip(ENGINES, cells, strict=False):
            for part in cell.split("; ") if cell != NONE else ():
                word, _, names = part.partition(": ")
                for one in names.split(", ") if names else NAMES.values():
                    words[name.lower(), source, engines[one]] = word
    return words
