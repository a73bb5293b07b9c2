"""Every rule has words: without them the checks end in an error of their own."""

from __future__ import annotations

import importlib
import inspect

from dashboard.planning.value_words import WORDS
from dashboard.transfer.rules import Rule
from tests.test_house import BASE_DIR, DASHBOARD, modules


def rules() -> set[str]:
    found = set()
    for path in modules(DASHBOARD / "transfer"):
        if path.stem.endswith("rules"):
            dotted = ".".join(path.relative_to(BASE_DIR).with_suffix("").parts)
            for _, kind in inspect.getmembers(importlib.import_module(dotted)):
                is_rule = inspect.isclass(kind) and issubclass(kind, Rule)
                if is_rule and not inspect.isabstract(kind):
                    found.add(kind.name)
    return found


def test_every_rule_has_words_and_no_word_is_for_none() -> None:
    assert rules() == set(WORDS)
