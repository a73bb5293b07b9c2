"""Numbers of a sequence for rows that are to come, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...errors import TransferError
from ...sequences import NumberSequence
from ..reserving import require_room

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# So many numbers in use beyond a sequence are drawn and thrown away, in seconds.
MOST_PASSED = 20_000_000
DIGITS = "^(0|[1-9][0-9]{0,17})$"


def reserve(session: PostgreSQLSession, sequence: NumberSequence, rows: int) -> str:
    """Return the number of a row, see the contract: the sequence's next one.

    Nobody gets a number of a sequence twice, whoever rolls back. One that lags behind
    the rows, as after an import, is drawn from until it has passed them: set instead,
    it could fall behind what somebody draws at the same moment.
    """
    table, column = session.quote_table(sequence.table), session.quote(sequence.column)
    used = session.query(f"SELECT max({column}) FROM {table}")[0][0]  # noqa: S608
    last = sequence.last or 0
    behind = 0 if used is None else -((last - int(used)) // sequence.step)
    literal = sequence.name.replace("'", "''").replace("%", "%%")
    following = f"nextval('{literal}'::regclass)"
    require_room(sequence, last + (max(behind, 0) + rows) * sequence.step)
    if behind > MOST_PASSED:
        raise TransferError(
            _(
                "Sequence '%(name)s', which numbers column '%(column)s' of table "
                "'%(table)s', lies %(behind)d numbers behind the rows."
            )
            % {**vars(sequence), "behind": behind},
            _("Set it beyond them: %(sql)s")
            % {"sql": session.schema.advancing_sql(sequence, int(used))},
        )
    if behind > 0:
        sql = f"SELECT max({following}) FROM generate_series(1, {behind})"  # noqa: S608
        session.query(sql)
    return following


def as_number(text: str) -> str:
    """Return SQL for the number that a text is, or NULL."""
    return f"CASE WHEN {text} ~ '{DIGITS}' THEN {text}::bigint END"


def as_text(number: str) -> str:
    """Return SQL for the digits of a number."""
    return f"{number}::text"
