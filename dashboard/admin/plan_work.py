"""What a worker, or another request, is doing for a run before its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..control_database import now_ms
from ..models import MigrationRun, Preflight
from ..progress.preflights import PreflightSeen, see
from ..runner.checking import is_silent
from ..statuses import Status

Kind = Preflight.Kind


@dataclass(frozen=True)
class Working:
    """The checks or the dry run that a worker is asked for, as the page says it."""

    seen: PreflightSeen
    heading: str

    @classmethod
    def of(cls, asked: Preflight) -> Working:
        """Look at what is asked for now."""
        is_checks = asked.kind == Kind.CHECKS
        heading = _("Checks by a worker") if is_checks else _("Dry run by a worker")
        return cls(see(asked, now_ms()), heading)

    @property
    def milestone(self) -> str:
        """What is worth being read aloud: each check when it begins."""
        if self.seen.condition:
            return str(self.seen.condition.message)
        stage = self.seen.asked.known_stage
        return str(stage.label) if stage else self.heading


def work_of(run: MigrationRun) -> dict[str, Any]:
    """Return what the page shows of work before the start, and whether it polls.

    ``view`` names what the page as a whole shows: it is loaded anew once that changes.
    """
    asked = {one.kind: one for one in run.preflights.all()}
    checks, dry = asked.get(Kind.CHECKS), asked.get(Kind.DRY_RUN)
    open_ones = [one for one in (checks, dry) if one and one.is_open]
    is_checking = run.status == Status.CHECKING
    by_worker = bool(checks and checks.is_open)
    stopped = is_checking and not by_worker and is_silent(run)
    names = [f"{one.kind}-{one.number}" for one in open_ones]
    names += ["stopped"] if stopped else []
    return {
        "view": " ".join([run.status, str(run.check_number), *names]),
        "polls": bool(open_ones) or (is_checking and not stopped),
        "working": Working.of(open_ones[0]) if open_ones else None,
        "checks": checks,
        "dry_run": dry,
        "checks_stopped": stopped,
    }
