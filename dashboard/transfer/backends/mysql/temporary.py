"""A temporary table of another one's shape, which draws on no sequence."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ...errors import TransferError
from .. import faults
from ..schema import TEMPORARY

if TYPE_CHECKING:
    from .session import MySQLSession

# ER_DBACCESS_DENIED_ERROR, of the privilege on the whole database.
DENIED = "1044"
# ER_PARTITION_NO_TEMPORARY of MariaDB, ER_ILLEGAL_HA_CREATE_OPTION of MySQL.
PARTITIONED = {"1562", "1478"}

# The end of SHOW CREATE TABLE, of which MySQL makes a comment for older servers.
PARTITIONS = re.compile(r"\n(?:/\*!\d+)? ?PARTITION BY .*\Z", re.S)
HEAD = re.compile(r"\ACREATE TABLE `(?:[^`]|``)+`")
# MySQL has no two CHECKs of one name in a database.
CHECK = re.compile(r"^(\s*)CONSTRAINT `(?:[^`]|``)+` CHECK", re.M)

# MariaDB's, of which LIKE makes the new table draw as well.
DRAWING = """
    SELECT column_name, column_type FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s AND column_default LIKE '%%nextval(%%'
"""


def make_temporary(session: MySQLSession, table: str, written: Collection[str]) -> str:
    """Make the table, see ``make_temporary`` of the contract, and return its name.

    That of a partitioned table is none: a row in no partition is not found by it.
    """
    name = session.quote(TEMPORARY)
    # What is left of one that could not be finished.
    session.execute(f"DROP TEMPORARY TABLE IF EXISTS {name}")
    like = session.quote_table(table)
    try:
        session.execute(f"CREATE TEMPORARY TABLE {name} LIKE {like}")
    except TransferError as error:
        if error.code not in PARTITIONED:
            raise as_privilege(session, table, error) from error
        session.execute(_undivided(session, table))
    if session.is_mariadb:
        _draw_on_nothing(session, table, written)
    return TEMPORARY


def as_privilege(
    session: MySQLSession, table: str, error: TransferError
) -> TransferError:
    """Return the fault of a missing privilege where that is what it was."""
    if error.code != DENIED:
        return error
    place = session.quote(session.place(table)[0]).replace("%%", "%")
    grant = f"GRANT CREATE TEMPORARY TABLES ON {place}.* TO …"
    return faults.no_temporary_tables(session.database, error.code, grant)


def _undivided(session: MySQLSession, table: str) -> str:
    """Return the statement that makes a partitioned table's like without partitions."""
    found = session.query(f"SHOW CREATE TABLE {session.quote_table(table)}")
    head = f"CREATE TEMPORARY TABLE {session.quote(TEMPORARY)}"
    sql = HEAD.sub(lambda _match: head, str(found[0][1]), count=1)
    return CHECK.sub(r"\1CHECK", PARTITIONS.sub("", sql)).replace("%", "%%")


def _draw_on_nothing(
    session: MySQLSession, table: str, written: Collection[str]
) -> None:
    """Take the defaults away that let a sequence go on; others become NULL there."""
    changes = [
        f"ALTER COLUMN {session.quote(column)} DROP DEFAULT"
        if column in written
        else f"MODIFY COLUMN {session.quote(column)} {column_type} NULL DEFAULT NULL"
        for column, column_type in session.query(DRAWING, session.place(table))
    ]
    if changes:
        name = session.quote(TEMPORARY)
        session.execute(f"ALTER TABLE {name} {', '.join(changes)}")
