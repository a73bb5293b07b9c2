"""Pairs of SQLite files to be checked, and what the checks found."""

from __future__ import annotations

from typing import Any

from dashboard.planning.asked import Asked
from dashboard.planning.checked_plan import CheckedPlan, Found
from dashboard.planning.known_checks import KNOWN_CHECKS
from dashboard.planning.preflight import check
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project

SMALL = ("bookshop.Currency", "bookshop.Genre")
EVERYTHING = {"empty_first": True}


def files(project: Project, *, filled: bool = True) -> Project:
    """Make a source and a migrated destination."""
    project.database("sqlite", "old", filled=filled)
    project.database("sqlite", "new")
    return project


def run_sql(project: Project, alias: str, *statements: str) -> None:
    entry = project.entry(alias)
    engine = entry["ENGINE"].rpartition(".")[2].replace("sqlite3", "sqlite")
    side = EngineDatabase("mariadb" if engine == "mysql" else engine, entry)
    for statement in statements:
        side.run(statement)


def checked(
    *labels: str, excluded: tuple[str, ...] = (), **options: Any
) -> CheckedPlan:
    """Check the run from old to new."""
    how = {name: options.pop(name) for name in ("scanning", "hears") if name in options}
    return check("old", "new", labels, excluded, asked=Asked(**options), **how)


def brief(plan: CheckedPlan) -> list[tuple[str, str, str]]:
    """Return the check's name, level and model of every finding."""
    return [(named(found), found.level, found.model) for found in plan.found]


def named(found: Found) -> str:
    """Return the short name of what found it."""
    return next(one.name for one in KNOWN_CHECKS if one.id == found.check)


def only(plan: CheckedPlan) -> Found:
    (found,) = plan.found
    return found
