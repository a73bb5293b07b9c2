"""What the checks found, model by model: what blocks first, each with what mends it.

All of it was written down when it was found: no database is asked, and however many
findings there are, the number of queries and of lines is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Finding, MigrationRun
from ..planning.checked_plan import ChoiceKind
from ..wording import count
from .prefilled import MOST
from .site_pages import SitePages

Level = Finding.Level

# Findings of a level that the plan shows as a whole; the others have a page.
SHOWN = {Level.ERROR: 80, Level.WARNING: 40, Level.INFO: 30}
# Models of a level whose findings are open to be read.
OPEN = {Level.ERROR: 12, Level.WARNING: 6, Level.INFO: 0}
# Models that are named with a link to their findings only, here and on that page.
NAMED, NAMED_THERE = 40, 300
OF_ALL = 5

HEADINGS: dict[str, Promise] = {
    Level.ERROR: gettext_lazy("Correct these errors, then check again"),
    Level.WARNING: gettext_lazy("Read these warnings before the start"),
    Level.INFO: gettext_lazy("Notes"),
}


@dataclass(frozen=True)
class Offer:
    """A choice that mends something: what the link says, and where it leads."""

    label: str
    url: str


@dataclass(frozen=True)
class FindingSeen:
    """A finding with its choices."""

    message: str
    remedy: str
    check_name: str
    offers: tuple[Offer, ...]


@dataclass
class Group:
    """The findings of one model: ``number`` of them, some or all in ``findings``."""

    model: str
    number: int
    page: str
    is_open: bool = False
    findings: list[FindingSeen] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The page that has all of them."""
        return f"{self.page}&{urlencode({'model': self.model})}"

    @property
    def number_text(self) -> str:
        return count(self.number)

    @property
    def more(self) -> int:
        """How many are on a page of their own."""
        return max(self.number - len(self.findings), 0)


@dataclass(frozen=True)
class Section:
    """The findings of one level."""

    level: str
    heading: str
    number: int
    models: int
    groups: tuple[Group, ...]
    # The page that has all of them.
    url: str
    # Models of which no finding is shown here.
    others: tuple[Group, ...]
    more_models: int
    # One choice for many findings.
    of_all: tuple[Offer, ...]


def sections(
    pages: SitePages,
    run: MigrationRun,
    *,
    may_start: bool,
    level: str = "",
    model: str | None = None,
    most: int | None = None,
) -> list[Section]:
    """Return the findings of a run by their levels, those that block first.

    Of one ``level`` or ``model`` where they are given, ``most`` of a level where it is.
    """
    found = run.findings.all()
    if level:
        found = found.filter(level=level)
    if model is not None:
        found = found.filter(model=model)
    counts = list(
        found.order_by("level", "model")
        .values_list("level", "model")
        .annotate(number=Count("pk"))
    )
    reading = _Reading(pages, run, model, may_start=may_start)
    return [
        reading.section(one, [c[1:] for c in counts if c[0] == one], most)
        for one in Level
        if any(c[0] == one for c in counts)
    ]


class _Reading:
    def __init__(
        self, pages: SitePages, run: MigrationRun, model: str | None, *, may_start: bool
    ) -> None:
        self._run, self._model = run, model
        self._edit = pages.url("edit", run.pk) if may_start else ""
        self._page = pages.url("findings", run.pk)

    def section(
        self, level: Level, counts: Sequence[tuple[str, int]], most: int | None
    ) -> Section:
        named = NAMED if most is None else NAMED_THERE
        page = f"{self._page}?{urlencode({'level': level.value})}"
        groups = {model: Group(model, number, page) for model, number in counts}
        shown = self._run.findings.filter(level=level)
        columns = ("model", "message", "remedy", "check_name", "choices")
        shown = shown if self._model is None else shown.filter(model=self._model)
        rows = shown.order_by("model", "pk").values_list(*columns)
        for model, message, remedy, check_name, choices in rows[: most or SHOWN[level]]:
            offers = tuple(self._offers(choices))
            seen = FindingSeen(message, remedy, check_name, offers)
            # A worker may have written down others since they were counted.
            if model in groups:
                groups[model].findings.append(seen)
        seen_groups = [group for group in groups.values() if group.findings]
        others = [group for group in groups.values() if not group.findings]
        for group in seen_groups[: OPEN[level] if most is None else None]:
            group.is_open = True
        return Section(
            level=level.value,
            heading=str(HEADINGS[level]),
            number=sum(number for _model, number in counts),
            models=sum(bool(model) for model in groups),
            url=page,
            groups=tuple(seen_groups),
            others=tuple(others[:named]),
            more_models=max(len(others) - named, 0),
            of_all=tuple(self._of_all(level)),
        )

    def _offers(self, choices: Iterable[Sequence[str]]) -> Iterator[Offer]:
        if not self._edit:
            return
        for kind, value in choices:
            label = label_of(kind, value)
            if label:
                query = urlencode({"choose": f"{kind}:{value}"})
                yield Offer(label, f"{self._edit}?{query}")

    def _of_all(self, level: Level) -> Iterator[Offer]:
        """Yield changes of values that mend more than one error each."""
        if level is not Level.ERROR or not self._edit:
            return
        found = self._run.findings.filter(level=level).exclude(choices=[])
        values = {
            value
            for choices in found.values_list("choices", flat=True)[:MOST]
            for kind, value in choices
            if kind == ChoiceKind.CHANGE
        }
        names = Counter(value.partition("=")[2] for value in values)
        for name, number in names.most_common(OF_ALL):
            if number > 1:
                text = _("%(change)s, in all %(number)d columns")
                label = text % {"change": name, "number": number}
                yield Offer(label, f"{self._edit}?{urlencode({'all': name})}")


def label_of(kind: str, value: str) -> str:
    """Say a choice as a link does; "" for one that is not known."""
    place, _equals, new = value.partition("=")
    texts = {
        ChoiceKind.CHANGE: _("Change: %(new)s"),
        ChoiceKind.RENAME: _("Name it in the source"),
        ChoiceKind.CHOOSE: _("Copy %(value)s too"),
        ChoiceKind.ASIDE: _("Set such rows aside"),
        ChoiceKind.EMPTY: _("Empty them first"),
        ChoiceKind.SCAN: _("Look through the values"),
        ChoiceKind.UNDO: _("Take the change back"),
        ChoiceKind.PARENTS: _("Bring the rows that are referred to"),
        ChoiceKind.EXCLUDE: _("Leave %(value)s out"),
    }
    text = {str(one): said for one, said in texts.items()}.get(kind, "")
    return text % {"place": place, "new": new, "value": value}
