"""The project's models with the rows of two databases, to choose from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.apps import apps

from .databases import database
from .discovery import ModelTable, tables
from .transfer.backends import connect
from .transfer.backends.base import Session

LABEL = "migration-console-survey"


@dataclass(frozen=True)
class Count:
    """A number of rows; where not ``exact``, the server's own estimate."""

    rows: int
    exact: bool


@dataclass(frozen=True)
class ModelChoice:
    """A model on the page that offers models."""

    label: str
    name: str
    table: str
    source: Count | None
    destination: Count | None
    problem: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class AppChoice:
    """An app with its models."""

    label: str
    name: str
    models: tuple[ModelChoice, ...]


def survey(source: str, destination: str, *, parts: bool = False) -> list[AppChoice]:
    """Return every model with the rows of both sides.

    With ``parts``, automatic many-to-many tables have lines of their own.
    Raises TransferError where a side cannot be looked at.
    """
    with ExitStack() as stack:
        sides = [
            stack.enter_context(connect(database(alias), LABEL))
            for alias in (source, destination)
        ]
        known = tables()
        found: dict[str, list[ModelChoice]] = defaultdict(list)
        for item in known:
            if parts or item.model is item.owner:
                found[item.model._meta.app_label].append(_choice(item, known, sides))
    return [
        AppChoice(label, str(apps.get_app_config(label).verbose_name), tuple(models))
        for label, models in found.items()
    ]


def _choice(
    item: ModelTable, known: Sequence[ModelTable], sides: Sequence[Session]
) -> ModelChoice:
    counts = [_count(side, item.table) for side in sides]
    absent = [
        side.database.alias
        for side, count in zip(sides, counts, strict=True)
        if count is None
    ]
    problem = ""
    if absent:
        problem = (
            f"No table '{item.table}' in '{absent[0]}'. "
            f"Make it: manage.py migrate --database={absent[0]}"
        )
    parts = tuple(
        other.table
        for other in known
        if other.owner is item.model and other.model is not item.model
    )
    return ModelChoice(
        label=item.label,
        name=str(item.model._meta.verbose_name_plural),
        table=item.table,
        source=counts[0],
        destination=counts[1],
        problem=problem,
        parts=parts,
    )


def _count(session: Session, table: str) -> Count | None:
    if session.catalog.table(table) is None:
        return None
    size = session.catalog.size(table)
    return Count(size.rows, size.exact)
