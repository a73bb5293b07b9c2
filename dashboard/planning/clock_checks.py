"""Whether Django reads an instant of MySQL's as the instant that it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from ..databases import keeps_no_zone
from ..transfer.backends.base import SOME_INSTANTS, Session
from ..transfer.plan import TablePlan
from .checked_plan import CheckedPlan, listed


def check_clocks(
    checked: CheckedPlan, plan: TablePlan, sessions: tuple[Session, Session]
) -> None:
    """Refuse instants that the server shows by another clock than Django's.

    Django takes what the server shows for digits of the alias's own zone, and so
    has written other instants into such a column than it meant.
    """
    if len({_shown(session) for session in sessions}) == 1:
        return
    for place, session in enumerate(sessions):
        columns = [
            column.name
            for column in plan.columns
            if (column.source, column.destination)[place].instant
        ]
        if not columns or _shown(session) in ((), _expected(session)):
            continue
        alias = session.database.alias
        facts = {
            "columns": listed(columns),
            "table": plan.table,
            "alias": alias,
            "zone": session.database.zone,
        }
        checked.error(
            "E007",
            _(
                "The server of '%(alias)s' shows the instants of %(columns)s in table "
                "'%(table)s' by another clock than %(zone)s, for which Django takes "
                "them."
            )
            % facts,
            _(
                "Make DATABASES['%(alias)s'] agree with the server: set its TIME_ZONE, "
                "or SET time_zone in its init_command; or make the column a datetime."
            )
            % facts,
            plan.model,
        )


def _shown(session: Session) -> tuple[str, ...]:
    return session.shown_instants if keeps_no_zone(session.database.alias) else ()


def _expected(session: Session) -> tuple[str, ...]:
    zone = ZoneInfo(session.database.zone)
    moments = (datetime.fromtimestamp(second, zone) for second in SOME_INSTANTS)
    return tuple(moment.strftime("%Y-%m-%d %H:%M:%S") for moment in moments)
