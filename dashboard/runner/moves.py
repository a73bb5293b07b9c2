"""One edge of a run's statuses, taken by whoever asks first, and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from ..control_database import atomic, on_commit
from ..models import Event, MigrationRun
from ..statuses import TRANSITIONS, Status, allowed, origins
from .asker import current
from .refusals import RequestRefused


def move(
    run: MigrationRun,
    new: Status,
    actor: str,
    message: str = "",
    *,
    only_from: Sequence[Status] = tuple(Status),
    expected: Mapping[str, object] | None = None,
    changes: Mapping[str, object] | None = None,
    confirmed: Mapping[str, int] | None = None,
) -> None:
    """Take a run over one edge of its statuses and write it into its log.

    ``only_from`` leaves out edges that belong to another request: a run becomes
    running when it is started, resumed or retried. ``changes`` are made in the same
    update as the status, which asks for what is ``expected`` of the run, too.
    ``confirmed`` are the rows that may be deleted, by the names of their tables.
    Raises RequestRefused where there is no such edge, also when the run has moved
    meanwhile.
    """
    with atomic():
        asked_of = MigrationRun.objects.values_list("status", "plan_hash")
        old, plan_hash = asked_of.get(pk=run.pk)
        if not allowed(old, new) or old not in only_from:
            raise _not_from(old, new, only_from)
        found = MigrationRun.objects.filter(pk=run.pk, status=old, **(expected or {}))
        if not found.update(status=new, **(changes or {})):
            raise RequestRefused(
                _("The run has changed since it was shown."),
                _("Look at it again, then ask again."),
            )
        write_down(
            run,
            actor,
            message or str(TRANSITIONS[Status(old)][new]),
            edge=(old, new),
            plan_hash=plan_hash,
            confirmed=confirmed,
        )
    run.status = new


def write_down(
    run: MigrationRun,
    actor: str,
    message: str,
    *,
    edge: tuple[str, str],
    plan_hash: str,
    confirmed: Mapping[str, int] | None = None,
) -> None:
    """Add what was asked for to the run's log, in the transaction that does it."""
    was, status = edge
    asked = current()
    event = Event.objects.create(
        run=run,
        actor=actor[:150],
        address=asked.address,
        was=was,
        status=status,
        message=message,
        plan_hash=plan_hash,
        confirmed={name: rows for name, rows in (confirmed or {}).items() if rows},
    )
    # What is rolled back has not been done, and stands in no log.
    on_commit(lambda: asked.events.append(event))


def _not_from(old: str, new: Status, only_from: Sequence[Status]) -> RequestRefused:
    every = origins(new)
    found = [status for status in every if status in only_from]
    if found == every:
        remedy = _("A run can become %(new)s when it is %(origins)s.")
    else:
        remedy = _("This can be asked for when the run is %(origins)s.")
    return RequestRefused(
        _("The run is %(old)s and cannot become %(new)s.")
        % {"old": _word(old), "new": _word(new)},
        remedy % {"new": _word(new), "origins": _either(found)},
    )


def _word(status: str) -> str:
    return str(Status(status).label).lower()


def _either(found: list[Status]) -> str:
    words = [_word(status) for status in found]
    if len(words) < 2:
        return "".join(words)
    return _("%(words)s or %(last)s") % {
        "words": ", ".join(words[:-1]),
        "last": words[-1],
    }
