"""What a run may delete: what a person has confirmed, for this plan, and once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.core import signing
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import MigrationRun, Step, TableCopy
from ..planning.destination_checks import made_by_migrate
from ..statuses import TRANSITIONS, Status
from ..transfer.backends.base import Session
from ..transfer.backends.many import AT_ONCE, counts
from .refusals import RequestRefused
from .sessions import Sessions

GOOD_FOR = timedelta(hours=1)
SALT = "migration_console.confirmation"
LABEL = "migration-console-confirm"


@dataclass(frozen=True)
class Confirmation:
    """What somebody was asked to confirm, and who; bound to run and plan.

    ``number`` is how many were used before: the next one is good once. ``rows``
    are those of each table by its primary key, as JSON has it.
    """

    run: int
    plan: str
    number: int
    actor: str
    rows: Mapping[str, int]

    @classmethod
    def asked(
        cls, run: MigrationRun, actor: str, rows: Mapping[int, int]
    ) -> Confirmation:
        """Return what is confirmed if this person agrees."""
        by_table = {str(table): number for table, number in rows.items()}
        return cls(run.pk, run.plan_hash, run.confirmations, actor, by_table)

    def sealed(self) -> str:
        """Return the confirmation as a text for a form, which says since when."""
        return signing.dumps(asdict(self), salt=SALT, compress=True)


def unsealed(text: str, run: MigrationRun, actor: str) -> Confirmation:
    """Return what a form gave back. Raises RequestRefused for what is not good."""
    remedy = _("Read again what will be deleted, then confirm it.")
    try:
        found = Confirmation(**signing.loads(text, salt=SALT, max_age=GOOD_FOR))
    except signing.SignatureExpired:
        raise RequestRefused(
            _("The confirmation is more than an hour old."), remedy
        ) from None
    except (signing.BadSignature, TypeError):
        raise RequestRefused(_("The confirmation is missing."), remedy) from None
    if (found.run, found.actor) != (run.pk, actor):
        raise RequestRefused(_("Somebody else was asked to confirm this."), remedy)
    if found.plan != run.plan_hash:
        raise RequestRefused(
            _("The plan has changed since it was shown."), _("Check it again.")
        )
    if found.number != run.confirmations:
        raise RequestRefused(_("The confirmation has been used."), remedy)
    return found


@dataclass(frozen=True)
class Doomed:
    """A table that is emptied, and the rows that it holds now."""

    table: TableCopy
    rows: int
    # Nothing but what ``migrate`` itself makes.
    is_made: bool


class ConfirmationNeeded(RequestRefused):
    """The run would delete rows that nobody has confirmed since it stood still."""

    def __init__(self, run: MigrationRun, doomed: list[Doomed]) -> None:
        self.doomed = doomed
        listed = ", ".join(
            _("'%(table)s' (%(rows)d)") % {"table": d.table.table, "rows": d.rows}
            for d in doomed
        )
        super().__init__(
            _("Run %(number)d would delete rows of '%(alias)s': %(tables)s.")
            % {"number": run.pk, "alias": run.destination, "tables": listed},
            _("Somebody who may start runs has to confirm that."),
        )

    @property
    def rows(self) -> dict[int, int]:
        """What is to be confirmed, by the tables' primary keys."""
        return {d.table.pk: d.rows for d in self.doomed}


def agreed(
    run: MigrationRun,
    actor: str,
    confirmation: Confirmation | None,
    *,
    resumes: bool = False,
    anew: Sequence[TableCopy] = (),
) -> dict[int, int]:
    """Count what the run has not begun, and return what it may delete of it.

    By the tables' primary keys. Tables that it begins ``anew`` are always asked for
    while they hold a row. A run that ``resumes`` empties only what it has not emptied
    yet, and what the same person has confirmed within the hour needs no new
    confirmation. Raises ConfirmationNeeded.
    """
    again = {table.pk for table in anew}
    doomed = _left(run, again, resumes=resumes)
    known = dict(confirmation.rows) if confirmation else {}
    unconfirmed = [
        d
        for d in doomed
        if d.rows > known.get(str(d.table.pk), 0)
        and (d.table.pk in again or _needs_asking(run, d))
    ]
    if unconfirmed and not (resumes and _stands(run, actor, unconfirmed)):
        raise ConfirmationNeeded(run, [d for d in doomed if d.rows])
    return {d.table.pk: max(d.rows, known.get(str(d.table.pk), 0)) for d in doomed}


def noted(sentence: str, rows: Mapping[str, int]) -> str:
    """Add what was confirmed to the sentence of a log."""
    confirmed = [number for number in rows.values() if number]
    if not confirmed:
        return sentence
    said = _("Deleting %(rows)d rows of %(tables)d tables was confirmed.")
    return f"{sentence} {said % {'rows': sum(confirmed), 'tables': len(confirmed)}}"


def confirmed_again(run: MigrationRun, confirmation: Confirmation | None) -> str:
    """Return the sentence of the log for going on; "" where nothing is to be added."""
    if confirmation is None:
        return ""
    sentence = TRANSITIONS[Status(run.status)].get(Status.RUNNING, "")
    return noted(str(sentence), confirmation.rows)


def rows_by_table(
    run: MigrationRun, confirmation: Confirmation | None
) -> dict[str, int]:
    """Return what was confirmed by the names of the tables."""
    if confirmation is None:
        return {}
    names = run.tables.filter(pk__in=confirmation.rows).values_list("pk", "table")
    return {name: confirmation.rows[str(pk)] for pk, name in names}


def used_up(actor: str) -> dict[str, object]:
    """Return the changes of a run that use a confirmation up."""
    return {
        "confirmations": F("confirmations") + 1,
        "confirmed_by": actor[:150],
        "confirmed_at": timezone.now(),
    }


def allow(rows: Mapping[int, int]) -> None:
    """Write down how many rows of each table may be deleted."""
    tables = defaultdict(list)
    for pk, number in rows.items():
        tables[number].append(pk)
    for number, found in tables.items():
        # Most of them nothing; SQLite takes so many values in a statement.
        for start in range(0, len(found), AT_ONCE):
            part = TableCopy.objects.filter(pk__in=found[start : start + AT_ONCE])
            part.update(rows_confirmed=number)


def _left(run: MigrationRun, again: Collection[int], *, resumes: bool) -> list[Doomed]:
    """Return what the run still empties, with the rows of the destination now."""
    if not run.copies:
        return []
    found = run.tables.unbegun() | run.tables.filter(pk__in=again, mode="")
    if resumes and run.phase:
        # Its steps are made already: no confirmation adds another one.
        to_empty = run.steps.filter(action=Step.Action.EMPTY).unfinished()
        found = found.filter(Q(replaced_last=True) | Q(pk__in=to_empty.values("table")))
    tables = list(found)
    if not tables:
        return []
    with Sessions(run, LABEL) as sessions:
        destination = sessions.destination_reader
        rows = counts(destination, [table.table for table in tables])
        return [_doomed(table, rows[table.table], destination) for table in tables]


def _doomed(table: TableCopy, rows: int, destination: Session) -> Doomed:
    is_made = made_by_migrate(table.model, table.table, rows, destination)
    return Doomed(table, rows, is_made)


def _needs_asking(run: MigrationRun, doomed: Doomed) -> bool:
    """Whether a person has to confirm it: not what ``migrate`` itself made."""
    more = doomed.rows > (doomed.table.rows_before or 0)
    return run.empty_first or more or not doomed.is_made


def _stands(run: MigrationRun, actor: str, doomed: list[Doomed]) -> bool:
    if run.confirmed_at is None or run.confirmed_by != actor[:150]:
        return False
    is_fresh = timezone.now() - run.confirmed_at < GOOD_FOR
    return is_fresh and all(d.rows <= d.table.rows_confirmed for d in doomed)
