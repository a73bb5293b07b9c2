"""The statuses of a run and the transitions between them."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """What a run is doing. ``-ing`` forms are asked for, the rest reached."""

    DRAFT = "draft", _("Draft")
    """Described, and not checked or held up by what the checks found."""
    CHECKING = "checking", _("Checking")
    """The checks are looking at both databases."""
    READY = "ready", _("Ready")
    """Checked and planned; waits for somebody to start it."""
    RUNNING = "running", _("Running")
    """Lanes are working, or will be as soon as a worker answers."""
    PAUSING = "pausing", _("Pausing")
    """Told to pause; lanes finish what they hold."""
    PAUSED = "paused", _("Paused")
    """No lane works; resuming goes on where it stopped."""
    CANCELLING = "cancelling", _("Cancelling")
    """Told to cancel; the destination's schema is being put back."""
    CANCELLED = "cancelled", _("Cancelled")
    """Ended on request. Rows that had been copied stay."""
    SUCCEEDED = "succeeded", _("Succeeded")
    """Everything that was asked for is done and nothing differs."""
    FAILED = "failed", _("Failed")
    """Ended by an error or a mismatch; a retry goes on where it stopped."""


class Phase(models.TextChoices):
    """How far a running run is."""

    NONE = "", _("Not started")
    BEFORE = "before", _("Commands before")
    PREPARING = "preparing", _("Preparing")
    COPYING = "copying", _("Copying")
    RESTORING = "restoring", _("Restoring")
    VERIFYING = "verifying", _("Verifying")
    AFTER = "after", _("Commands after")


class Verdict(models.TextChoices):
    """What the comparison says of a table or of a run; not a status."""

    NONE = "", _("Not compared")
    VERIFIED = "verified", _("Verified")
    PARTLY = "partly verified", _("Verified in part")
    """Every row is the same, but for columns that cannot be compared."""
    COUNTED = "counted", _("Counted")
    """As many rows on both sides; no value was compared."""
    MISMATCHED = "mismatched", _("Mismatched")
    NOT_VERIFIABLE = "not verifiable", _("Not verifiable")


PHASES = (Phase.PREPARING, Phase.COPYING, Phase.RESTORING, Phase.VERIFYING)
"""The phases of a copy, in order. A run that only compares has the last."""

ACTIVE = (Status.RUNNING, Status.PAUSING, Status.CANCELLING)
"""Statuses in which lanes may work."""

ENDED = (Status.CANCELLED, Status.SUCCEEDED, Status.FAILED)
"""Statuses in which nothing happens until somebody retries."""

TRANSITIONS: dict[Status, dict[Status, Promise | str]] = {
    Status.DRAFT: {
        Status.CHECKING: _("The checks began."),
        Status.CANCELLED: _("The draft was discarded."),
    },
    Status.CHECKING: {
        Status.READY: _("The checks found nothing that prevents a start."),
        Status.DRAFT: _("The checks found something that prevents a start."),
        Status.CHECKING: _("The checks had stopped; they began again."),
        Status.CANCELLED: _("The checks had stopped; the run was discarded."),
    },
    Status.READY: {
        Status.CHECKING: _("The checks began again."),
        Status.RUNNING: _("The run was started."),
        Status.CANCELLED: _("The plan was discarded; nothing had been written."),
    },
    Status.RUNNING: {
        Status.PAUSING: _("A pause was requested."),
        Status.CANCELLING: _("The run was cancelled; the schema is being put back."),
        Status.SUCCEEDED: _("The last phase ended and nothing differs."),
        Status.FAILED: _("An error or a mismatch ended the run."),
    },
    Status.PAUSING: {
        Status.PAUSED: _("Every lane has stopped."),
        Status.RUNNING: _("The run was resumed before every lane had stopped."),
        Status.CANCELLING: _("The run was cancelled while its lanes were stopping."),
        Status.SUCCEEDED: _("The last piece of work was finished before the pause."),
        Status.FAILED: _("The last piece of work failed before the pause."),
    },
    Status.PAUSED: {
        Status.RUNNING: _("The run was resumed."),
        Status.CANCELLING: _("The run was cancelled; the schema is being put back."),
    },
    Status.CANCELLING: {
        Status.CANCELLED: _("The schema is back as it was before the run."),
        Status.FAILED: _("The schema could not be put back."),
    },
    Status.CANCELLED: {
        Status.RUNNING: _("The run was retried; copied chunks are kept."),
        Status.CANCELLING: _("What the run left off the schema is being put back."),
    },
    Status.SUCCEEDED: {},
    Status.FAILED: {
        Status.RUNNING: _("The run was retried; copied chunks are kept."),
        Status.CANCELLED: _("The failed run was given up as it stands."),
        Status.CANCELLING: _("What the run left off the schema is being put back."),
    },
}
"""Every allowed transition with the sentence that explains it."""


def allowed(old: str, new: str) -> bool:
    """Tell whether a run may go from one status to the other."""
    return Status(new) in TRANSITIONS[Status(old)]


def origins(new: str) -> list[Status]:
    """Return the statuses from which a run may become ``new``."""
    return [old for old, edges in TRANSITIONS.items() if Status(new) in edges]
