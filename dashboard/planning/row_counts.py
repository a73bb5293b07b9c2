"""The project's models with the rows of two databases, to choose from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext as _

from ..databases import database
from ..transfer.backends import connect
from ..transfer.backends.base import Session, Size
from .table_selection import ModelTable, tables

LABEL = "migration-console-counts"


@dataclass(frozen=True)
class ModelChoice:
    """A model on the page that offers models."""

    label: str
    name: str
    table: str
    source: Size | None
    destination: Size | None
    problem: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class AppChoice:
    """An app with its models."""

    label: str
    name: str
    models: tuple[ModelChoice, ...]


def count_rows(
    source: str, destination: str, *, parts: bool = False
) -> list[AppChoice]:
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
    problem = _problem(item.table, absent)
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


def _count(session: Session, table: str) -> Size | None:
    if session.catalog.table(table) is None:
        return None
    return session.catalog.size(table)


def _problem(table: str, absent: Sequence[str]) -> str:
    """Say which side lacks a table; "" where both have it."""
    if not absent:
        return ""
    if len(absent) == 1:
        text = _(
            "'%(alias)s' has no table '%(table)s'. Create it: manage.py migrate "
            "--database=%(alias)s"
        )
    else:
        text = _("Neither database has a table '%(table)s'.")
    return text % {"table": table, "alias": absent[0]}
