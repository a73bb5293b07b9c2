"""All cases of a direction at once: two databases, one project, one copy.

What becomes of a case is a word:

    equal     it arrived, the comparison says so, and so do the drivers
    E212      the check that finds it before the start; several with a + between

and those that must not be, which begin with an exclamation mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.edge_cases.case import Case
from tests.edge_cases.cases import CASES
from tests.edge_cases.gaps import is_gap
from tests.project import Project, Servers
from tests.throwaway import Throwaway
from tests.values import judge
from tests.values.samples import BOTH

EQUAL = "equal"
HEAD = """
from django.contrib.postgres.fields import ArrayField
from tests.values.fields import CompressedField, EncryptedField, RawField
"""
# What is found and prevents no start: what becomes of the rows is known before it.
WARNINGS = {"W111", "W113", "W245"}
# D5: what the project asks of its connections must not reach the values.
HOSTILE = {"charset": "latin1", "init_command": "SET time_zone = '+00:00'"}
Words = dict[str, str]


class Measured:
    """The words of each direction, measured when first asked for."""

    def __init__(self, servers: Servers, directory: Path, control: str) -> None:
        self._servers = servers
        self._directory = directory
        self._control = control
        self._words: dict[tuple[str, str], Words] = {}

    def words(self, source: str, destination: str) -> Words:
        """The word of every case that there is in this direction."""
        pair = source, destination
        if pair not in self._words:
            directory = self._directory / "-".join(pair)
            directory.mkdir()
            project = Project(self._servers, directory, self._control)
            try:
                self._words[pair] = Direction(project, *pair).words()
            finally:
                project.close()
        return self._words[pair]


class Direction:
    """A source with every case in it, and a destination that waits for them."""

    def __init__(self, project: Project, source: str, destination: str) -> None:
        self._project = project
        self._engines = source, destination
        self._cases = [c for c in CASES if c.applies(source, destination)]

    def words(self) -> Words:
        self._make()
        throwaway = Throwaway(
            self._project, HEAD + "\n\n".join(c.models() for c in self._cases)
        )
        gaps = [
            f"shop.{model}"
            for case in self._cases
            if is_gap(case.name, *self._engines)
            for model in models_of(case)
        ]
        document = self._run(throwaway, gaps)
        return {case.name: self._word(case, document) for case in self._cases}

    def _raws(self) -> Iterable[tuple[str, Any, bool]]:
        for alias, engine in zip(("old", "new"), self._engines, strict=True):
            with closing(judge.connect(engine, self._project.entry(alias))) as raw:
                yield engine, raw, alias == "old"

    def _make(self) -> None:
        for alias, engine in zip(("old", "new"), self._engines, strict=True):
            self._project.database(engine, alias, migrated=False)
        for engine, raw, old in self._raws():
            raw.prepare()
            for case in self._cases:
                case.make(raw, engine, old=old)
        for alias, engine in zip(("old", "new"), self._engines, strict=True):
            if engine in BOTH:
                entry = self._project.entry(alias)
                options = {**entry.get("OPTIONS", {}), **HOSTILE}
                self._project.register(alias, {**entry, "OPTIONS": options})

    def _run(self, throwaway: Throwaway, left_out: list[str]) -> Any:
        labels = [f"shop.{m}" for case in self._cases for m in models_of(case)]
        call = f"main({labels!r}, {left_out!r})"
        code = f"from tests.edge_cases.inside import main; {call}"
        done = throwaway.manage("shell", "--verbosity=0", "--command", code)
        return json.loads(done.stdout)

    # --- words ----------------------------------------------------------------

    def _word(self, case: Case, document: Any) -> str:
        labels = [f"shop.{model}" for model in models_of(case)]
        found = [f for label in labels for f in document["found"].get(label, ())]
        told = [f for f in found if f["level"] == "error" or _id(f) in WARNINGS]
        if told:
            return found_word(case, told)
        copied = [document["tables"].get(label) for label in labels]
        if not all(copied):
            return "!not found before the start"
        return self._copied_word(case, copied)

    def _copied_word(self, case: Case, copied: list[Any]) -> str:
        for table in copied:
            if table["error"]:
                return f"!fails in the middle: {table['error']}"
        before, after = (
            case.seen(raw, engine, old=old) for engine, raw, old in self._raws()
        )
        verified = all(table["verdict"] == "verified" for table in copied)
        if before == after:
            return EQUAL if verified else f"!equal and {copied[0]['verdict']}"
        return "!changed and verified" if verified else "!changed and noticed"


def models_of(case: Case) -> list[str]:
    """The names of a case's models that have tables of their own."""
    found = re.findall(r"^class (D\d\d\w+)\(", case.models(), re.MULTILINE)
    return [name for name in found if not name.endswith("Proxy")]


def _id(finding: dict[str, str]) -> str:
    return finding["check"].rpartition(".")[2]


def found_word(case: Case, found: list[dict[str, str]]) -> str:
    """The ids, if every finding names the table, and values' their column and keys."""
    for one in found:
        if case.name not in one["message"]:
            return f"!names no table: {one['message']}"
        if _id(one).startswith("E2") and not _says_which(one["message"]):
            return f"!names no column and keys: {one['message']}"
    return "+".join(sorted({_id(one) for one in found}))


def _says_which(message: str) -> bool:
    return "keys: " in message and bool(re.search(r"\b\d+ (row|group)s?\b", message))
