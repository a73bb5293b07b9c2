"""The statuses of a run and the transitions between them."""

from __future__ import annotations

from django.db import models
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
    """What a running run is at."""

    NONE = "", _("Not started")
    PREPARING = "preparing", _("Preparing")
    COPYING = "copying", _("Copying")
    RESTORING = "restoring", _("Restoring")
    VERIFYING = "verifying", _("Verifying")


class Verdict(models.TextChoices):
    """What the comparison says of a table or of a run; not a status."""

    NONE = "", _("Not compared")
    VERIFIED = "verified", _("Verified")
    MISMATCHED = "mismatched", _("Mismatched")
    NOT_VERIFIABLE = "not verifiable", _("Not verifiable")


PHASES = (Phase.PREPARING, Phase.COPYING, Phase.RESTORING, Phase.VERIFYING)
"""The phases of a copy, in order. A run that only compares has the last."""

ACTIVE = (Status.RUNNING, Status.PAUSING, Status.CANCELLING)
"""Statuses in which lanes may work."""

HOLDING = (*ACTIVE, Status.PAUSED)
"""Statuses in which a run keeps its destination to itself."""

ENDED = (Status.CANCELLED, Status.SUCCEEDED, Status.FAILED)
"""Statuses in which nothing happens until somebody retries."""

TRANSITIONS: dict[Status, dict[Status, str]] = {
    Status.DRAFT: {
        Status.CHECKING: "The checks begin.",
        Status.CANCELLED: "The draft is given up.",
    },
    Status.CHECKING: {
        Status.READY: "No check objects, and the plan is frozen.",
        Status.DRAFT: "A check objects, or the checks themselves failed.",
    },
    Status.READY: {
        Status.CHECKING: "The checks are asked for again.",
        Status.RUNNING: "Somebody with the permission starts the run.",
        Status.CANCELLED: "The plan is given up before anything was written.",
    },
    Status.RUNNING: {
        Status.PAUSING: "Somebody asks for a pause.",
        Status.CANCELLING: "Somebody asks for the end.",
        Status.SUCCEEDED: "The last phase is over and nothing differs.",
        Status.FAILED: "An error or a mismatch, with the schema put back.",
    },
    Status.PAUSING: {
        Status.PAUSED: "The last lane has let go.",
        Status.RUNNING: "The pause is taken back before it was reached.",
        Status.CANCELLING: "The end is asked for while lanes let go.",
        Status.SUCCEEDED: "The last lane finished the last piece of work.",
        Status.FAILED: "The last lane failed while letting go.",
    },
    Status.PAUSED: {
        Status.RUNNING: "Somebody resumes.",
        Status.CANCELLING: "The end is asked for instead of resuming.",
    },
    Status.CANCELLING: {
        Status.CANCELLED: "Lanes have let go and the schema is back.",
        Status.FAILED: "The schema could not be put back.",
    },
    Status.CANCELLED: {
        Status.RUNNING: "Somebody retries; copied chunks are kept.",
    },
    Status.SUCCEEDED: {},
    Status.FAILED: {
        Status.RUNNING: "Somebody retries; copied chunks are kept.",
        Status.CANCELLED: "The failed run is given up as it stands.",
    },
}
"""Every allowed transition with the sentence that explains it."""


class TransitionRefused(Exception):
    """A transition that the lifecycle does not have, or lost to another."""


def allowed(old: str, new: str) -> bool:
    """Tell whether a run may go from one status to the other."""
    return Status(new) in TRANSITIONS[Status(old)]


def origins(new: str) -> list[str]:
    """Return the statuses from which a run may become ``new``."""
    return [old.value for old, edges in TRANSITIONS.items() if Status(new) in edges]
