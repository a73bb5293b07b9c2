"""What becomes of an error: tried again, waited for, or the end of the run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.utils.translation import gettext as _

from ..conf import option
from ..transfer.errors import ConnectionFailed, Locked, TransferError, trace
from .leases import LaneLost

logger = logging.getLogger("migration_console")

# How often a connection may end in the middle of one piece whose server went away
# or was restarted each time. Outages meet another piece each time; a piece that
# is met so often brings its server down.
BREAKS = 20
# Milliseconds until a lock is asked for again, beside the wait in the server.
LOCKED_MS = 3_000
# Milliseconds that a piece waits after its n-th failure: 1, 2, 4 … seconds.
WAIT_MS = 1_000
LONGEST_WAIT_MS = 30_000


def is_waiting(error: TransferError) -> bool:
    """Whether a piece of work was not tried, and waits for its server.

    However long, and without an attempt: nothing but the piece's own failure
    is one.
    """
    return isinstance(error, ConnectionFailed) and error.retriable


def is_final(error: TransferError, attempts: int) -> bool:
    """Whether a piece of work that failed so often is not tried again."""
    if is_waiting(error) or isinstance(error, Locked):
        return False
    return not error.retriable or attempts >= int(option("ATTEMPTS"))


def wait_ms(attempts: int) -> int:
    """Return how long a piece waits after that many failures."""
    return min(WAIT_MS << max(attempts - 1, 0), LONGEST_WAIT_MS)


@contextmanager
def unforeseen_as_transfer_error() -> Iterator[None]:
    """Let an error that nobody foresaw end the run instead of looping.

    Its text may quote a row, so only its class and places are kept; the control
    database's own errors pass, and the lane is taken up again later.
    """
    try:
        yield
    except (TransferError, LaneLost, DatabaseError):
        raise
    except Exception as error:
        logger.error("unexpected error: %s", trace(error))
        raise TransferError(
            _("The worker met an error that it does not know: %(error)s.")
            % {"error": type(error).__name__},
            _("The worker's log says where; please report it."),
        ) from None
