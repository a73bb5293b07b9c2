"""A temporary table of another one's shape, which draws on no sequence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from ...errors import Forbidden, TransferError
from .. import faults
from ..schema import TEMPORARY

if TYPE_CHECKING:
    from .session import PostgreSQLSession

MAY = "SELECT has_database_privilege(current_database(), 'TEMP'), current_database()"

# Columns that are not generated, with their own defaults and those of their domains.
DEFAULTS = """
    SELECT a.attname::text, coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
           coalesce(t.typdefault, ''),
           a.attnum = ANY(coalesce(i.indkey::int2[], '{}'))
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = ''
    ORDER BY a.attnum
"""


def make_temporary(
    session: PostgreSQLSession, table: str, written: Collection[str]
) -> str:
    """Make the table, see ``make_temporary`` of the contract, and return its name."""
    quote, quote_table = session.quote, session.quote_table
    name = f"pg_temp{session.separator}{TEMPORARY}"
    # What is left of one that could not be finished.
    session.execute(f"DROP TABLE IF EXISTS {quote_table(name)}")
    try:
        # Without defaults and identities: a sequence would go on.
        session.execute(
            f"CREATE TEMPORARY TABLE {quote(TEMPORARY)} (LIKE {quote_table(table)} "
            "INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING INDEXES "
            "INCLUDING STORAGE)"
        )
    except TransferError as error:
        raise as_privilege(session, error) from error
    if changes := list(_of_others(session, table, written)):
        session.execute(f"ALTER TABLE {quote_table(name)} {', '.join(changes)}")
    return name


def as_privilege(session: PostgreSQLSession, error: TransferError) -> TransferError:
    """Return the fault of a missing privilege where that is what it was."""
    if type(error) not in (TransferError, Forbidden):
        return error
    ((may, database),) = session.query(MAY)
    grant = f"GRANT TEMPORARY ON DATABASE {session.quote(database)} TO …"
    grant = grant.replace("%%", "%")
    found = faults.no_temporary_tables(session.database, error.code, grant)
    return error if may else found


def _of_others(
    session: PostgreSQLSession, table: str, written: Collection[str]
) -> Iterator[str]:
    """Yield what becomes of columns that are not written.

    A default that calls a function may draw on a sequence, whatever its name. Without
    it the column is NULL, and every other default holds, so that CHECKs do.
    """
    place = (session.regclass(table),)
    for column, default, of_domain, is_key in session.query(DEFAULTS, place):
        if column in written:
            continue
        change = f"ALTER COLUMN {session.quote(column)}"
        own = default or of_domain
        if "(" in own:
            yield f"{change} SET DEFAULT NULL"
        elif default:
            yield f"{change} SET DEFAULT {default.replace('%', '%%')}"
        if not is_key and (not own or "(" in own):
            yield f"{change} DROP NOT NULL"
