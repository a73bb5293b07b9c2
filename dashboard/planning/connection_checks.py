"""Checks of the two connections: reachable, different, allowed, one clock."""

from __future__ import annotations

from contextlib import ExitStack

from django.utils.translation import gettext as _

from ..databases import check_destination, database, keeps_no_zone, whereabouts
from ..transfer.backends import connect
from ..transfer.backends.base import Session, database_of
from ..transfer.errors import NotADestination, TransferError
from .checked_plan import CheckedPlan

LABEL = "migration-console-check"


def opened(checked: CheckedPlan, stack: ExitStack, alias: str) -> Session | None:
    """Open a reading session that the stack closes; None where that fails."""
    try:
        return stack.enter_context(connect(database(alias), LABEL))
    except TransferError as error:
        checked.error("E001", error.message, error.remedy)
        return None


def check_pair(
    checked: CheckedPlan, source: Session, destination: Session, *, writes: bool
) -> None:
    """Check that these two may be source and destination."""
    if writes:
        _check_allowed(checked, destination.database.alias)
    for session in (source, destination):
        _check_whereabouts(checked, session)
    checked.source_identity = source.location()
    checked.destination_identity = destination.location()
    places = checked.source_identity, checked.destination_identity
    if len(set(map(database_of, places))) == 1:
        checked.error(
            "E005",
            _("Aliases '%(source)s' and '%(destination)s' are the same database.")
            % _aliases(source, destination),
            _("Give DATABASES two different databases."),
        )
    for session in (source, destination):
        _check_pooler(checked, session)
    _check_zones(checked, source, destination)


def _check_pooler(checked: CheckedPlan, session: Session) -> None:
    """Check that what a session sets stays set, whoever is in between."""
    surroundings, alias = session.surroundings, session.database.alias
    if not surroundings.is_pooled():
        return
    with connect(database(alias), LABEL) as other:
        is_shared = surroundings.shares_with(other.surroundings)
    if is_shared:
        checked.error(
            "E188",
            _(
                "Alias '%(alias)s' leads to a pooler that gives a connection another "
                "session of the server for each transaction."
            )
            % {"alias": alias},
            _(
                "Let it lead to the server itself, or to a pool with pool_mode = "
                "session: settings, locks and temporary tables have to last."
            ),
        )
    else:
        checked.note(
            "I188",
            _("Alias '%(alias)s' leads to a pooler that keeps sessions.")
            % {"alias": alias},
        )


def _check_whereabouts(checked: CheckedPlan, session: Session) -> None:
    """Check that the project's own connection finds the same tables as ours."""
    alias = session.database.alias
    try:
        theirs = whereabouts(alias, session.whereabouts_sql)
        ours = session.whereabouts()
    except TransferError as error:
        checked.error("E002", error.message, error.remedy)
        return
    if ours != theirs:
        checked.error(
            "E003",
            _(
                "A new connection of alias '%(alias)s' reaches %(ours)s, but the one "
                "that the project has open reaches %(theirs)s."
            )
            % {"alias": alias, "ours": _place(ours), "theirs": _place(theirs)},
            _(
                "Let OPTIONS in DATABASES['%(alias)s'], or a receiver of the signal "
                "connection_created, choose the database, schema and role of every "
                "connection."
            )
            % {"alias": alias},
        )


def _place(whereabouts: tuple[str, ...]) -> str:
    return " / ".join(filter(None, whereabouts))


def _check_allowed(checked: CheckedPlan, alias: str) -> None:
    try:
        check_destination(alias)
    except NotADestination as error:
        checked.error("E004", error.message, error.remedy)


def _check_zones(checked: CheckedPlan, source: Session, destination: Session) -> None:
    zones = [
        session.database.zone
        for session in (source, destination)
        if keeps_no_zone(session.database.alias)
    ]
    if len(set(zones)) > 1:
        checked.error(
            "E006",
            _(
                "'%(source)s' keeps timestamps in %(zone)s and '%(destination)s' in "
                "%(other_zone)s, and neither engine stores a zone with them."
            )
            % {
                **_aliases(source, destination),
                "zone": zones[0],
                "other_zone": zones[1],
            },
            _("Set the same TIME_ZONE for both aliases."),
        )
    checked.time_zone = zones[0] if zones else "UTC"


def _aliases(source: Session, destination: Session) -> dict[str, str]:
    return {
        "source": source.database.alias,
        "destination": destination.database.alias,
    }
