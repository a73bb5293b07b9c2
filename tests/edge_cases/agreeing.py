"""Whether what was measured is one of the two outcomes, and the one of the page."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from tests.edge_cases import page
from tests.edge_cases.case import all_directions
from tests.edge_cases.cases import CASES
from tests.edge_cases.gaps import why
from tests.edge_cases.measuring import Measured

# What `make test` measures.
DIRECTIONS = (
    ("mariadb", "postgresql"),
    ("postgresql", "mariadb"),
    ("sqlite", "postgresql"),
)


class Rows:
    """The rows of all cases; directions are measured when first asked for."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._committed = page.read(page.PAGE.read_text())

    def agree(self, row: int) -> None:
        """Fail where a case of a row is neither, or not what the page says."""
        words = self._words(DIRECTIONS, row)
        assert words, f"no case of D{row} in what is measured"
        wrong = self._wrong(words)
        assert not wrong, "\n".join(wrong)
        if gaps := {why(*key) for key in words} - {None}:
            pytest.xfail("; ".join(sorted(map(str, gaps))))

    def all_agree(self) -> None:
        """The same of every row in all directions, and write the page if asked to."""
        words = self._words(all_directions())
        made = page.render(words)
        if os.environ.get("WRITE_EDGE_CASES"):
            page.PAGE.write_text(made)
            self._committed = page.read(made)
        wrong = self._wrong(words)
        assert not wrong, "\n".join(wrong)
        assert page.PAGE.read_text() == made, page.REMEDY

    def _words(self, directions: Iterable[tuple[str, str]], row: int = 0) -> page.Words:
        names = {case.name for case in CASES if row in (0, case.row)}
        return {
            (name, *pair): word
            for pair in directions
            for name, word in self._measured.words(*pair).items()
            if name in names
        }

    def _wrong(self, words: page.Words) -> list[str]:
        found = []
        for key, word in words.items():
            place = f"{key[0].upper()} {key[1]} → {key[2]}"
            if word.startswith("!") and why(*key) is None:
                found.append(f"{place}: {word}")
            elif not word.startswith("!") and why(*key) is not None:
                found.append(f"{place}: {word}, so take it out of gaps.py")
            elif self._committed.get(key) != page.written(word):
                said = self._committed.get(key)
                found.append(f"{place}: {word}, the page: {said}; {page.REMEDY}")
        return found
