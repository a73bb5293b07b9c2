"""Whether what the checks found still holds when somebody starts the run."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Finding, MigrationRun
from ..planning.checked_plan import CheckedPlan
from ..planning.preflight import check_run
from ..wording import duration
from .confirmations import GOOD_FOR
from .plan_records import hash_of
from .refusals import RequestRefused


def is_recent(run: MigrationRun, within: timedelta = GOOD_FOR) -> bool:
    """Whether a run was checked within the hour, or another time."""
    at = run.checked_at
    return at is not None and timezone.now() - at <= within


def structure_of(run: MigrationRun) -> CheckedPlan:
    """Check a run as it is described, saved or not, but for its values.

    It knows afterwards which databases it is about.
    """
    checked = check_run(run, structure_only=True)
    run.source_identity = checked.source_identity
    run.destination_identity = checked.destination_identity
    run.time_zone = checked.time_zone
    return checked


def require_recent(run: MigrationRun) -> None:
    """Take what was checked within the hour; else check again what was confirmed.

    All but the values, which are not looked through while somebody waits: those that
    do not fit are found by the run. Raises RequestRefused where another plan would be
    made now, or none.
    """
    if is_recent(run):
        return
    checked = check_run(run, structure_only=True)
    errors = [one for one in checked.found if one.level == Finding.Level.ERROR]
    if errors:
        raise RequestRefused(errors[0].message, errors[0].remedy)
    if hash_of(run, checked) != run.plan_hash:
        raise RequestRefused(_said(run), _("Check it again, and read the new plan."))


def _said(run: MigrationRun) -> str:
    if run.checked_at is None:
        return _("The databases are not as they were when the plan was made.")
    age = (timezone.now() - run.checked_at).total_seconds()
    return _(
        "The databases are not as they were when the plan was made, %(time)s ago."
    ) % {"time": duration(age)}
