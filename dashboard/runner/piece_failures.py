"""What a failed chunk or step has cost itself, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from django.utils.translation import gettext as _

from ..models import Chunk, MigrationRun, Step
from ..transfer.bad_rows import RowsRefused
from ..transfer.errors import (
    ConnectionLost,
    DataRefused,
    Locked,
    TooMuch,
    TransferError,
)
from ..transfer.keys import readable
from ..transfer.locating import without_table
from .chunks import ClaimedChunk
from .failures import BREAKS, LOCKED_MS, is_final, is_waiting, wait_ms
from .giving_back import UNTRIED_MS
from .sessions import Sessions

# Milliseconds that a piece waits at most whose server went away meanwhile.
LONGEST_OUTAGE_MS = 8_000


class Untried(TypedDict):
    """What is written of a piece that costs no attempt."""

    error: str
    wait_ms: int
    broke: bool


@dataclass(frozen=True)
class Failure:
    """What is to be done about a piece that is not finished."""

    error: TransferError
    wait_ms: int
    is_untried: bool = False
    is_final: bool = False
    # Worth another try with fewer rows.
    is_too_much: bool = False
    broke: bool = False

    @property
    def untried(self) -> Untried:
        """What is written where it costs no attempt."""
        return {
            # Of a server that is away the run says it.
            "error": "" if is_waiting(self.error) else str(self.error),
            "wait_ms": self.wait_ms,
            "broke": self.broke,
        }


def failure_of(
    piece: Chunk | Step, error: TransferError, sessions: Sessions
) -> Failure:
    """Judge an error that came up while a piece was in hand.

    The sessions are closed; they are opened again to find out whether a
    server is away.
    """
    if is_waiting(error):
        return Failure(error, UNTRIED_MS, is_untried=True)
    if isinstance(error, Locked):
        return Failure(error, LOCKED_MS, is_untried=True)
    if isinstance(error, ConnectionLost):
        return _broken(piece, error, sessions)
    return Failure(
        error,
        wait_ms(piece.attempts),
        is_final=is_final(error, piece.attempts),
        is_too_much=isinstance(error, TooMuch),
    )


def given_up(claimed: ClaimedChunk, error: TransferError) -> tuple[str, str]:
    """Say of a chunk, or of the row in it, why it cannot be copied, and what helps."""
    table = claimed.table.table
    names = {"table": table, "keys": claimed.key_range}
    if isinstance(error, RowsRefused):
        names["keys"] = ", ".join(map(readable, error.rows[0].key))
        where = _("Table '%(table)s', row %(keys)s") % names
    else:
        where = _("Table '%(table)s', keys %(keys)s") % names
    remedy = error.remedy
    transform = claimed.plan.transform
    if (
        transform
        and isinstance(error, DataRefused)
        and transform.name not in error.message
    ):
        made = _("Or correct '%(name)s', which made it, and plan a new run.")
        remedy = f"{remedy} {made % {'name': transform.name}}".strip()
    asides = claimed.table.run.on_bad_rows == MigrationRun.OnBadRows.ASIDE
    if asides and isinstance(error, DataRefused) and not claimed.plan.is_divisible:
        whole = _("No row of this table is set aside: no key finds it again.")
        remedy = f"{remedy} {whole}".strip()
    return f"{where}: {without_table(table, error.message)}", remedy


def _broken(piece: Chunk | Step, error: ConnectionLost, sessions: Sessions) -> Failure:
    """Judge a connection that ended in the middle of a piece.

    Where a server is away or was started again, that was an outage. Where both
    answer at once as they did before, the piece may be what ends connections: a
    row that is larger than the server takes.
    """
    breaks = piece.breaks + 1
    if breaks < BREAKS and not sessions.are_as_before():
        wait = min(wait_ms(breaks), LONGEST_OUTAGE_MS)
        return Failure(error, wait, is_untried=True, broke=True)
    final = breaks >= BREAKS or is_final(error, piece.attempts)
    return Failure(
        _breaks_its_connection(error, breaks) if final else error,
        wait_ms(piece.attempts),
        is_final=final,
        broke=True,
    )


def _breaks_its_connection(error: ConnectionLost, breaks: int) -> TransferError:
    return TransferError(
        _("%(said)s That has happened %(times)d times in the middle of this.")
        % {"said": error.message, "times": breaks},
        _(
            "Read the server's log of that time: a row may be larger than it takes "
            "(max_allowed_packet), or the server may run out of memory. Then retry."
        ),
        code=error.code,
    )
