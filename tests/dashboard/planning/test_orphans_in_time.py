"""Orphans are looked for no longer than somebody waits at a page."""

from __future__ import annotations

import time

import pytest

from dashboard.planning import orphans_in_time
from dashboard.planning.checked_plan import CheckedPlan
from dashboard.planning.sides import Side
from dashboard.planning.value_checks import Scanning
from dashboard.transfer.backends.many import tried
from tests.dashboard.runs import session_of
from tests.project import ONE_OF_EACH, Project

# What takes a minute and more.
SLOW = {
    "postgresql": "(SELECT count(*) FROM pg_sleep(90))",
    "mysql": "(SELECT SLEEP(90))",
    "mariadb": "(SELECT SLEEP(90))",
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n)",
}


@pytest.mark.parametrize("engine", ONE_OF_EACH)
def test_what_is_left_is_said_once(
    project: Project, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    project.database(engine, "old")
    project.database("sqlite", "new")

    def slow(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
        keys = {f"key{number}": SLOW[engine] for number in range(3)}
        for name in tried(sides[0].session, keys)[1]:
            checked.warning("W241", name, "")

    monkeypatch.setattr(orphans_in_time, "check_orphans", slow)
    monkeypatch.setattr(orphans_in_time, "LEAST", 0.3)
    checked = CheckedPlan()
    checked.note("I110", "before")
    with session_of("old") as old, session_of("new") as new:
        began = time.monotonic()
        orphans_in_time.check_orphans_in_time(
            checked, (Side(old, set()), Side(new, set())), Scanning(seconds=0), began
        )
        assert time.monotonic() - began < 20
    ids = [one.check.rpartition(".")[2] for one in checked.found]
    assert ids == ["I110", "W297"]


def test_without_a_limit_nothing_is_ended(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.database("sqlite", "old")
    asked = []
    monkeypatch.setattr(
        orphans_in_time, "check_orphans", lambda checked, sides: asked.append(sides)
    )
    checked = CheckedPlan()
    with session_of("old") as old:
        sides = Side(old, set()), Side(old, set())
        orphans_in_time.check_orphans_in_time(checked, sides, Scanning(), 0.0)
    assert asked == [sides]
    assert checked.found == []
