"""Who blocks a session, by PostgreSQL's own account of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ..lock_waits import Holder, LockWait

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# Number 0 is a transaction that was prepared for two-phase commit: it has no session.
BLOCKERS = """
    SELECT DISTINCT h.pid, coalesce(b.usename::text, b.backend_type, ''),
           coalesce(b.application_name, ''),
           coalesce(to_char(coalesce(b.xact_start, b.backend_start)
                            AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '')
    FROM pg_stat_activity a
    CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS h(pid)
    LEFT JOIN pg_stat_activity b ON b.pid = h.pid
    WHERE a.application_name = %s AND a.datname = current_database()
"""


def lock_wait(session: PostgreSQLSession, label: str) -> LockWait | None:
    """Return what the session of a label waits for, or None."""
    # Lanes of one run wait for each other now and then.
    run = "-".join(label.split("-")[:3])
    found = [
        one for one in session.query(BLOCKERS, (label,)) if not one[2].startswith(run)
    ]
    if not found:
        return None
    return LockWait(
        [
            Holder(user, application, since, int(number))
            if number
            else Holder(_("a prepared transaction"))
            for number, user, application, since in found
        ]
    )
