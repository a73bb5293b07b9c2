"""docs/values.md: what becomes of each value, made from the matrix and read back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.values.cells import Cell, Outcomes
from tests.values.copying import EQUAL, NOTICED, REFUSED
from tests.values.families import FAMILIES
from tests.values.family import Family
from tests.values.samples import ENGINES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "values.md"
NAMES = {
    "postgresql": "PostgreSQL",
    "mariadb": "MariaDB",
    "mysql": "MySQL",
    "sqlite": "SQLite",
}
MOST_LABELS = 8
REMEDY = "write the page anew, as its first line says"

HEAD = """# What becomes of each value

Written by the tests, from real servers, by
`WRITE_VALUES=1 make soak MINUTES=0 ARGS=tests/values/test_matrix.py`.
Every value went from a column of one type into a column of another, under the field
that is named; what arrived was judged by the drivers alone (`tests/values/`).

- **equal**: it arrived, and the comparison says so.
- **refused**: an error names the table and the column; nothing of the chunk arrives.
- **noticed**: it arrived as something else, or nothing can prove that it did not, and
  the comparison says so, with its key: the run is not verified.

A cell names the values that were refused or noticed; all others were equal. There is
no fourth word: nothing is changed and verified, nothing equal is reported as different.

What is refused or noticed is **found** before the start, by the scan of the source's
values or by the plan, and what is equal is not: the same tests look at every cell.
Found by nothing: what the CHECK of a PostgreSQL domain refuses, and points (geometry)
for MySQL. Found and equal: the least duration of all from SQLite to PostgreSQL.
"""

Row = dict[str, str]
Rows = dict[tuple[str, str, str], Row]
"""By field, way of the table ("from" or "into") and column: the cells by engine."""


def summary(outcomes: Outcomes) -> str:
    """What a cell says."""
    by_word: dict[str, list[str]] = defaultdict(list)
    for label, word in outcomes.items():
        by_word[word].append(label)
    if len(by_word) == 1:
        return next(iter(by_word))
    said = [
        f"{word}: {_listed(by_word[word])}"
        for word in (REFUSED, NOTICED)
        if word in by_word
    ]
    return "; ".join(said) if by_word[EQUAL] else "all " + "; ".join(said)


def _listed(labels: list[str]) -> str:
    shown = ", ".join(labels[:MOST_LABELS])
    more = len(labels) - MOST_LABELS
    return f"{shown} and {more} more" if more > 0 else shown


def rows(found: Mapping[Cell, Outcomes], own: Mapping[tuple[str, str], str]) -> Rows:
    """The rows of all tables; ``own`` is Django's type by field and engine."""
    made: Rows = defaultdict(dict)
    for cell, outcomes in found.items():
        said = summary(outcomes)
        if cell.new == own[(cell.family, cell.destination)]:
            label = _label(cell.source, cell.old)
            made[(cell.family, "from", label)][cell.destination] = said
        if cell.old == own[(cell.family, cell.source)]:
            label = _label(cell.destination, cell.new)
            made[(cell.family, "into", label)][cell.source] = said
    return made


def _label(engine: str, column: str) -> str:
    return f"{NAMES[engine]} `{column or '(no type)'}`"


def render(made: Rows) -> str:
    """The whole page."""
    parts = [HEAD]
    for family in FAMILIES:
        parts.append(_section(family, made))
    return "\n".join(parts)


def _section(family: Family, made: Rows) -> str:
    kind = type(family.make_field()).__name__
    fields = ", ".join((kind, *family.also))
    lines = [
        f"## {_title(family)}",
        "",
        f"Under {fields}.",
        "",
    ]
    for way, title in (
        ("from", "From a column, into what Django makes in"),
        ("into", "Into a column, from what Django makes in"),
    ):
        lines += [_line([title, *NAMES.values()]), _line(["---"] * 5)]
        for (name, direction, label), row in made.items():
            if (name, direction) == (family.name, way):
                lines.append(_line([label, *(row.get(e, "") for e in ENGINES)]))
        lines.append("")
    return "\n".join(lines)


def _title(family: Family) -> str:
    return f"{family.name[0].upper()}{family.name[1:]}"


def _line(cells: Iterable[str]) -> str:
    escaped = (
        cell.replace("|", "\\|") if cell == "---" else _escaped(cell) for cell in cells
    )
    return f"| {' | '.join(escaped)} |"


def _escaped(cell: str) -> str:
    # A backslash of a label would escape what follows it.
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def read(text: str) -> Rows:
    """The rows of a page."""
    made: Rows = {}
    titles = {_title(family): family.name for family in FAMILIES}
    name, way = "", ""
    for line in text.splitlines():
        if line.startswith("## "):
            name = titles.get(line[3:], line[3:])
        if not line.startswith("| ") or line.startswith("| ---"):
            continue
        first, *cells = [_plain(cell) for cell in re.split(r" \| ", line[2:-2])]
        if first.startswith(("From a", "Into a")):
            way = first[:4].lower()
            continue
        made[(name, way, first)] = {
            engine: cell for engine, cell in zip(ENGINES, cells, strict=True) if cell
        }
    return made


def _plain(cell: str) -> str:
    return cell.replace("&lt;", "<").replace("\\|", "|").replace("\\\\", "\\").strip()
