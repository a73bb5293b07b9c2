"""The project's models with the rows of two databases, to choose from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext as _

from ..databases import database
from ..models import LeftOut
from ..transfer.backends import connect
from ..transfer.backends.catalog import Size
from ..transfer.relations import RelationKind
from .absence import Absences
from .checked_plan import LeftOutTable
from .derived import rebuilding
from .left_out import rest
from .renames import Renames, tables_of
from .sides import Side
from .table_selection import (
    TABLE,
    ModelTable,
    models_with_tables,
    select,
    tables,
)

LABEL = "migration-console-counts"


@dataclass(frozen=True)
class ModelChoice:
    """A model on the page that offers models, or a table without one."""

    label: str
    name: str
    table: str
    source: Size | None
    destination: Size | None
    problem: str
    parts: tuple[str, ...]

    @property
    def is_unowned(self) -> bool:
        """Whether no model owns the table."""
        return self.label.startswith(TABLE)


@dataclass(frozen=True)
class AppChoice:
    """An app with its models."""

    label: str
    name: str
    models: tuple[ModelChoice, ...]


@dataclass(frozen=True)
class Offer:
    """What may be chosen of two databases, and what takes no part in any case."""

    apps: tuple[AppChoice, ...]
    # The tables that no model owns.
    unowned: tuple[ModelChoice, ...]
    left_out: tuple[LeftOutTable, ...]

    @property
    def groups(self) -> tuple[AppChoice, ...]:
        """The apps, and the tables that no model owns as one more."""
        if not self.unowned:
            return self.apps
        name = _("Tables that no model owns")
        return (*self.apps, AppChoice(TABLE, name, self.unowned))


def look(
    source: str,
    destination: str,
    labels: Sequence[str] = (),
    excluded: Sequence[str] = (),
    *,
    parts: bool = False,
) -> Offer:
    """Return the chosen models with the rows of both sides, and what is left out.

    With ``parts``, automatic many-to-many tables have lines of their own.
    Raises TransferError where a side cannot be looked at, and UnknownLabel.
    """
    taken = {item.table for item in tables()}
    with ExitStack() as stack:
        old, new = (
            stack.enter_context(connect(database(alias), LABEL))
            for alias in (source, destination)
        )
        sides = Side(old, taken, Renames(tables_of(source))), Side(new, taken)
        return _Looking(sides, labels, excluded).offer(parts=parts)


class _Looking:
    """One look at two databases."""

    def __init__(
        self, sides: tuple[Side, Side], labels: Sequence[str], excluded: Sequence[str]
    ) -> None:
        self._sides = sides
        self._absences = tuple(Absences(side.alias) for side in sides)
        self._labels = labels
        self._excluded = excluded
        self._known = tables()

    def offer(self, *, parts: bool) -> Offer:
        found: dict[str, list[ModelChoice]] = defaultdict(list)
        left_out: list[LeftOutTable] = []
        chosen = select(self._labels, self._excluded)
        for side in self._sides:
            side.look_for(models_with_tables())
        for item in chosen:
            if not isinstance(item, ModelTable):
                continue
            if not any(side.name(item) for side in self._sides):
                left_out.append(self._absent(item))
            elif parts or item.model is item.owner:
                found[item.model._meta.app_label].append(self._choice(item))
        labels = {item.label for item in chosen}
        others = rest(self._sides, self._labels, self._excluded, labels)
        unowned = LeftOut.Reason.UNOWNED
        return Offer(
            tuple(
                AppChoice(label, str(apps.get_app_config(label).verbose_name), tuple(m))
                for label, m in found.items()
            ),
            tuple(self._unowned(e) for e in others if e.reason == unowned),
            (*left_out, *(entry for entry in others if entry.reason != unowned)),
        )

    def _absent(self, item: ModelTable) -> LeftOutTable:
        why = self._absences[1].of(item.model).why
        return LeftOutTable(item.label, item.table, LeftOut.Reason.ABSENT.value, why)

    def _choice(self, item: ModelTable) -> ModelChoice:
        names = [side.name(item) for side in self._sides]
        sizes = [
            side.size(name) if name else None
            for side, name in zip(self._sides, names, strict=True)
        ]
        return ModelChoice(
            label=item.label,
            name=str(item.model._meta.verbose_name_plural),
            table=item.table,
            source=sizes[0],
            destination=sizes[1],
            problem=self._problem(item, names),
            parts=tuple(
                other.table
                for other in self._known
                if other.owner is item.model and other.model is not item.model
            ),
        )

    def _problem(self, item: ModelTable, names: Sequence[str | None]) -> str:
        """Say why a model cannot be copied as it is; "" where it can."""
        for number, (side, name) in enumerate(zip(self._sides, names, strict=True)):
            if name is None:
                absence = self._absences[number].of(item.model)
                text = _("'%(alias)s' has no table '%(table)s'.")
                said = text % {"alias": side.alias, "table": item.table}
                return f"{said} {absence.why} {absence.remedy}"
            relation = side.relations.get(name)
            if relation and relation.kind is not RelationKind.TABLE:
                text = _("'%(table)s' is a view, not a table, in '%(alias)s'.")
                return text % {"alias": side.alias, "table": item.table}
        one_engine = len({side.session.vendor for side in self._sides}) == 1
        return rebuilding(item, one_engine=one_engine)

    def _unowned(self, entry: LeftOutTable) -> ModelChoice:
        lacking = [
            side.alias
            for side, name in zip(self._sides, entry.names, strict=True)
            if name is None
        ]
        text = _("'%(alias)s' has no table '%(table)s'. Create it there.")
        facts = {"alias": "".join(lacking), "table": entry.table}
        return ModelChoice(
            label=f"{TABLE}{entry.table}",
            name=entry.table,
            table=entry.table,
            source=entry.sizes[0],
            destination=entry.sizes[1],
            problem=text % facts if lacking else "",
            parts=(),
        )
