"""Projects of one app between two databases, and what these hold."""

from __future__ import annotations

from typing import Any

from tests import oracle
from tests.project import Project
from tests.throwaway import Throwaway


def rows(project: Project, alias: str, sql: str) -> list[Any]:
    with oracle.reading(project.entry(alias)) as reader:
        return [tuple(row) for row in reader.query(sql)]


def made(
    project: Project, engines: dict[str, str], models: str, settings: str = ""
) -> Throwaway:
    """Write a project with empty databases, ``default`` among them or SQLite."""
    for alias, engine in engines.items():
        project.database(engine, alias, migrated=False)
    if "default" not in engines:
        project.control("sqlite", migrated=False)
    return Throwaway(project, models, settings=settings)
