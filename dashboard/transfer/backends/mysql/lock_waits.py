"""Who blocks a session of MySQL or MariaDB, as far as its account may know.

Rows are in InnoDB's tables, for which an account needs PROCESS; locks of tables are
in MySQL's performance schema, and in MariaDB only in a plugin that few have loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import TransferError
from ..lock_waits import Holder, LockWait

if TYPE_CHECKING:
    from .session import MySQLSession

STATE = "SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = %s"

# InnoDB keeps the server's own clock.
SINCE = """COALESCE(DATE_FORMAT(CONVERT_TZ(b.trx_started, 'SYSTEM', '+00:00'),
                         '%%Y-%%m-%%d %%H:%%i:%%s'), '')"""

WAITS_MARIADB = "information_schema.INNODB_LOCK_WAITS w"
WAITS_MYSQL = """(
    SELECT REQUESTING_ENGINE_TRANSACTION_ID AS requesting_trx_id,
           BLOCKING_ENGINE_TRANSACTION_ID AS blocking_trx_id
    FROM performance_schema.data_lock_waits) w"""
ROW_HOLDERS = """
    SELECT DISTINCT b.trx_mysql_thread_id, COALESCE(p.USER, ''), '', {since}
    FROM {waits}
    JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
    JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
    LEFT JOIN information_schema.PROCESSLIST p ON p.ID = b.trx_mysql_thread_id
    WHERE r.trx_mysql_thread_id = %s
"""
TABLE_HOLDERS = """
    SELECT DISTINCT t.PROCESSLIST_ID, COALESCE(t.PROCESSLIST_USER, ''),
           COALESCE(program.ATTR_VALUE, ''), {since}
    FROM performance_schema.metadata_locks wanted
    JOIN performance_schema.threads me ON me.THREAD_ID = wanted.OWNER_THREAD_ID
    JOIN performance_schema.metadata_locks held
      ON held.OBJECT_TYPE = wanted.OBJECT_TYPE
     AND held.OBJECT_SCHEMA <=> wanted.OBJECT_SCHEMA
     AND held.OBJECT_NAME <=> wanted.OBJECT_NAME
     AND held.LOCK_STATUS = 'GRANTED'
     AND held.OWNER_THREAD_ID <> wanted.OWNER_THREAD_ID
    JOIN performance_schema.threads t ON t.THREAD_ID = held.OWNER_THREAD_ID
    LEFT JOIN information_schema.INNODB_TRX b
      ON b.trx_mysql_thread_id = t.PROCESSLIST_ID
    LEFT JOIN performance_schema.session_connect_attrs program
      ON program.PROCESSLIST_ID = t.PROCESSLIST_ID
     AND program.ATTR_NAME = 'program_name'
    WHERE wanted.LOCK_STATUS = 'PENDING' AND me.PROCESSLIST_ID = %s
"""
# Of MariaDB without its plugin: whoever has a transaction open.
CANDIDATES = """
    SELECT DISTINCT b.trx_mysql_thread_id, COALESCE(p.USER, ''), '', {since}
    FROM information_schema.INNODB_TRX b
    LEFT JOIN information_schema.PROCESSLIST p ON p.ID = b.trx_mysql_thread_id
    WHERE b.trx_mysql_thread_id NOT IN (%s, CONNECTION_ID())
    LIMIT 3
"""


def lock_wait(session: MySQLSession, number: int) -> LockWait | None:
    """Return what the session of a number waits for, or None."""
    waits = WAITS_MARIADB if session.is_mariadb else WAITS_MYSQL
    rows = _asked(session, ROW_HOLDERS.replace("{waits}", waits), number)
    if rows:
        return LockWait(rows)
    state = session.query(STATE, (number,))
    if not state or "lock" not in str(state[0][0] or "").lower():
        return None
    if not session.is_mariadb:
        return LockWait(_asked(session, TABLE_HOLDERS, number))
    return LockWait(_asked(session, CANDIDATES, number), is_certain=False)


def _asked(session: MySQLSession, sql: str, number: int) -> list[Holder]:
    """Return the holders, none where the account may not ask."""
    try:
        asked = sql.replace("{since}", SINCE)
        found: list[tuple[Any, ...]] = session.query(asked, (number,))
    except TransferError as error:
        if error.retriable:
            raise
        return []
    return [
        Holder(str(user), str(application), str(since), int(holder or 0))
        for holder, user, application, since in found
    ]
