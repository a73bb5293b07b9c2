"""The buttons of a started run: what somebody may ask of it now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner import rows_aside
from ..runner.exits import may_be_forced, may_be_restored
from ..runner.schema_state import schema_state
from ..statuses import Status
from .site_pages import SitePages


@dataclass(frozen=True)
class Button:
    """A button, and a question where it needs a second click."""

    name: str
    label: str
    url: str
    question: str = ""
    answer: str = ""


def buttons(
    pages: SitePages, run: MigrationRun, *, may_start: bool, may_control: bool
) -> list[Button]:
    """Return the buttons for the status of a run and for whoever looks at it."""
    found: list[Button] = []
    if may_control:
        found += _controls(pages, run)
    if may_start and run.is_ended and run.started_at:
        url = pages.url("compare", run.pk)
        found.append(Button("compare", _("Compare again"), url))
    return found


def _controls(pages: SitePages, run: MigrationRun) -> Iterator[Button]:
    if run.status == Status.RUNNING:
        yield Button("pause", _("Pause"), pages.url("pause", run.pk))
    if run.status in (Status.PAUSED, Status.PAUSING):
        yield Button("resume", _("Resume"), pages.url("resume", run.pk))
    if run.status in (Status.RUNNING, Status.PAUSING, Status.PAUSED):
        yield Button(
            name="cancel",
            label=_("Cancel"),
            url=pages.url("cancel", run.pk),
            question=_what_cancelling_does(run),
            answer=_("Cancel the run"),
        )
    if run.status in (Status.FAILED, Status.CANCELLED) and run.started_at:
        label = _("Try these rows again") if rows_aside.number(run) else _("Retry")
        yield Button("retry", label, pages.url("retry", run.pk))
    yield from _exits(pages, run)


def _exits(pages: SitePages, run: MigrationRun) -> Iterator[Button]:
    """Yield what ends a run that nobody ends, and what mends an end."""
    if may_be_restored(run):
        yield Button(
            name="restore",
            label=_("Put the schema back"),
            url=pages.url("restore", run.pk),
            question=_("%(state)s Workers put it back and prove it; no row changes.")
            % {"state": schema_state(run)},
            answer=_("Put it back"),
        )
    if may_be_forced(run):
        yield Button(
            name="force",
            label=_("Force to an end"),
            url=pages.url("force", run.pk),
            question=_what_forcing_does(run),
            answer=_("Force the run to an end"),
        )


def _what_forcing_does(run: MigrationRun) -> str:
    return _(
        "For a run that nothing serves any more. It ends at once, nobody who works for"
        " it late can write, and other runs may use its databases. Nothing is put back"
        " now: %(state)s You can put the schema back, or retry, afterwards."
    ) % {"state": schema_state(run)}


def _what_cancelling_does(run: MigrationRun) -> str:
    if not run.copies:
        return _("The comparison stops. It has written nothing.")
    return _(
        "Rows that have been copied stay in the destination. Its indexes and keys are"
        " put back. You can retry the run later; it continues where it stopped."
    )
