"""docs/values.md: what becomes of each value, made from the matrix and read back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.values.cells import Cell, Outcomes
from tests.values.copying import EQUAL
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
NEITHER = "neither"
MOST_LABELS = 8
REMEDY = "write the page anew, as its first line says"

HEAD = """# What becomes of each value

Written by the tests, from real servers, each field by itself, by
`WRITE_VALUES=1 make pytest ARGS="-m soak tests/values/test_matrix.py"`.
Every value went from a column of one type into a column of another, under the field
that is named; what arrived was judged by the drivers alone (`tests/values/`).

- **equal**: it arrived, and the comparison says so.
- **found by E…**: before the start, by the check of that id ([checks.md](checks.md)),
  which names table, column, count and keys. W245 says that nothing can prove whether
  such values arrive; they are copied all the same.
- **neither**: refused in the middle of the run and found by nothing before: what the
  CHECK of a PostgreSQL domain refuses.

A cell names the values that are not equal; all others are. The same tests copied every
value without a look before: what is found was refused then, or noticed by the
comparison with its key, and what is equal is not found. The one exception is the least
duration of all from SQLite to PostgreSQL, found and equal. Nothing is changed and
verified, nothing equal is reported as different.
"""

Row = dict[str, str]
Rows = dict[tuple[str, str, str], Row]
"""By field, way of the table ("from" or "into") and column: the cells by engine."""


def summary(outcomes: Outcomes, found: Mapping[str, str]) -> str:
    """What a cell says; ``found`` is by which checks, by label."""
    by_word: dict[str, list[str]] = defaultdict(list)
    for label, word in outcomes.items():
        by_word[_word(word, found.get(label))].append(label)
    if len(by_word) == 1:
        return next(iter(by_word))
    said = [
        f"{word}: {_listed(by_word[word])}" for word in sorted(by_word.keys() - {EQUAL})
    ]
    return "; ".join(said) if EQUAL in by_word else "all " + "; ".join(said)


def _word(word: str, ids: str | None) -> str:
    if ids is not None:
        return f"found by {ids}"
    return EQUAL if word == EQUAL else NEITHER


def _listed(labels: list[str]) -> str:
    shown = ", ".join(labels[:MOST_LABELS])
    more = len(labels) - MOST_LABELS
    return f"{shown} and {more} more" if more > 0 else shown


def rows(
    outcomes: Mapping[Cell, Outcomes],
    found: Mapping[Cell, Mapping[str, str]],
    own: Mapping[tuple[str, str], str],
) -> Rows:
    """The rows of all tables; ``own`` is Django's type by field and engine."""
    made: Rows = defaultdict(dict)
    for cell, words in outcomes.items():
        said = summary(words, found[cell])
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
