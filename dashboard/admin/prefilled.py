"""A form with the choices of a run in it, and what somebody chooses besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..conf import option
from ..models import Finding, MigrationRun
from ..planning.checked_plan import ChoiceKind
from ..planning.lookups import lines_of
from ..planning.table_selection import ALL, TABLE, UnknownLabel, select
from . import command_fields

# Findings of which one choice is taken for all.
MOST = 2_000


@dataclass
class Prefilled:
    """The choices of a run, and what has been put to them.

    ``chosen`` is None where the form is to tick what it ticks by itself; ``place`` is
    the field to look at.
    """

    changes: dict[str, str]
    transforms: dict[str, str]
    renamed: dict[str, str]
    chosen: set[str]
    excluded: list[str]
    # Labels of single tables that no line of the page is about.
    besides: list[str]
    others: dict[str, Any]
    said: list[str] = field(default_factory=list)
    # Models and commands that the project has no more, and that are left out.
    gone: list[str] = field(default_factory=list)
    place: str = ""

    @classmethod
    def of(cls, run: MigrationRun, offered: Iterable[str]) -> Prefilled:
        """Take over what a run was described with; ``offered`` are the labels."""
        labels, gone = _selected(run)
        on_offer = set(offered)
        besides = [one for one in run.labels if "." in one or one.startswith(TABLE)]
        besides = [label for label in besides if label not in (on_offer | set(gone))]
        filled = cls(
            changes=dict(run.changes),
            transforms=dict(run.transforms),
            renamed=dict(run.renamed),
            chosen=(labels & on_offer) | set(besides),
            besides=besides,
            excluded=[one for one in run.excluded if one not in (on_offer | set(gone))],
            others={
                "mode": run.mode,
                "empty": run.empty_first,
                "modes": _modes(run),
                "filters": "\n".join(lines_of(run.filters)),
                "newer": "\n".join(f"{label} {of}" for label, of in run.newer.items()),
                "with_parents": run.with_parents,
                "verify": run.verify,
                "on_bad_rows": run.on_bad_rows,
                "triggers": run.triggers,
                "no_scan": not run.scan_values,
                "lanes": run.lane_count,
                "rows_per_second": run.rows_per_second,
                "commands_before": run.commands_before,
                "commands_after": run.commands_after,
            },
        )
        filled.gone = [*gone, *command_fields.gone(_commands(run))]
        return filled

    @property
    def initial(self) -> dict[str, Any]:
        """What the form begins with."""
        return {
            **self.others,
            "changes": _lines(self.changes),
            "transforms": _lines(self.transforms),
            "renamed": _lines(self.renamed),
            "excluded": self.excluded,
        }

    def choose(self, kind: str, value: str, offered: Iterable[str]) -> None:
        """Put a choice to the others; what is none is passed over."""
        if kind not in list(ChoiceKind):
            return
        place, _equals, new = value.partition("=")
        on_offer = set(offered)
        match ChoiceKind(kind):
            case ChoiceKind.CHANGE if new:
                self._say("changes", _("Values of %(place)s: %(new)s"), place, new)
                self.changes[place] = new
            case ChoiceKind.RENAME if place:
                self._say("renamed", _("The name of %(place)s in the source"), place)
                self.renamed[place] = new
            case ChoiceKind.UNDO if self.changes.pop(place, None):
                self._say("changes", _("No change to values of %(place)s"), place)
            case ChoiceKind.UNDO if place in option("CHANGES"):
                text = _("Take the change of %(place)s out of the project’s settings")
                self._say("changes", text, place)
            case ChoiceKind.CHOOSE if value in on_offer:
                self._say("models", _("%(place)s is copied, too"), value)
                self.chosen.add(value)
            case ChoiceKind.EXCLUDE:
                self._say("models", _("%(place)s is left out"), value)
                if value in on_offer:
                    self.chosen.discard(value)
                elif value not in self.excluded:
                    self.excluded.append(value)
            case other:
                self._choose_option(other)

    def _choose_option(self, kind: ChoiceKind) -> None:
        if kind is ChoiceKind.ASIDE:
            self._say("on_bad_rows", _("Rows that are refused are set aside"))
            self.others["on_bad_rows"] = MigrationRun.OnBadRows.ASIDE
        elif kind is ChoiceKind.EMPTY:
            self._say("empty", _("The tables are emptied first"))
            self.others["empty"] = True
        elif kind is ChoiceKind.PARENTS:
            self._say("with_parents", _("The rows that are referred to come as well"))
            self.others["with_parents"] = True
        elif kind is ChoiceKind.SCAN:
            self._say("no_scan", _("The values are looked through"))
            self.others["no_scan"] = False

    def _say(self, name: str, text: str, place: str = "", new: str = "") -> None:
        self.said.append(text % {"place": place, "new": new})
        self.place = name


def _selected(run: MigrationRun) -> tuple[set[str], list[str]]:
    """Return the labels of what a run chooses, and those that mean nothing any more."""
    labels, excluded = list(run.labels), list(run.excluded)
    gone: list[str] = []
    while True:
        try:
            # Of a run that chose what is gone, the rest; nothing is not everything.
            chosen = select(labels, excluded) if labels or not run.labels else []
            return {item.label for item in chosen}, gone
        except UnknownLabel as error:
            gone.append(str(error))
            labels = [label for label in labels if label != str(error)]
            excluded = [label for label in excluded if label != str(error)]


def _commands(run: MigrationRun) -> list[str]:
    return list(dict.fromkeys([*run.commands_before, *run.commands_after]))


def offered(run: MigrationRun) -> set[tuple[str, str]]:
    """Return every choice that a finding of a run offers: its kind and its value."""
    found = run.findings.exclude(choices=[]).values_list("choices", flat=True)
    return {(kind, value) for choices in found for kind, value in choices}


def alike(run: MigrationRun, name: str) -> list[Sequence[str]]:
    """Return the choices of a run's errors that are this change of values."""
    errors = run.findings.filter(level=Finding.Level.ERROR)
    found = errors.exclude(choices=[]).values_list("choices", flat=True)[:MOST]
    return [
        one
        for choices in found
        for one in choices
        if one[0] == ChoiceKind.CHANGE and one[1].partition("=")[2] == name
    ]


def _modes(run: MigrationRun) -> str:
    """Return the modes as the form takes them."""
    return "\n".join(
        mode if label == ALL else f"{label}={mode}"
        for label, mode in sorted(run.modes.items())
    )


def _lines(pairs: dict[str, str]) -> str:
    return "\n".join(f"{place}={new}" for place, new in pairs.items())
