"""What can go wrong between two databases, without any row's contents."""

from __future__ import annotations

import traceback
from collections.abc import Iterator


class TransferError(Exception):
    """A fault that names the thing and the remedy.

    ``message`` and ``remedy`` are shown to people and stored; neither ever
    holds a password or a value of a row. ``retriable`` says whether the same
    attempt may succeed later without anybody doing something.
    """

    retriable = False
    # The row that it is about has been found, and its column if it can be.
    is_located = False

    def __init__(self, message: str, remedy: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConnectionFailed(TransferError):
    """The server cannot be reached, or turns the account away."""


class Unavailable(ConnectionFailed):
    """The server is away, starting, shutting down or full: it is waited for.

    Full of connections, or its disk of rows.
    """

    retriable = True


class Unreachable(Unavailable):
    """Nobody answers where the server should be."""


class CannotServe(ConnectionFailed):
    """This process cannot do the work; another one, or this one later, may."""

    retriable = True


class ConnectionLost(TransferError):
    """An open connection ended; what was not committed is gone."""

    retriable = True


class Busy(TransferError):
    """Something that passes stood in the way: worth a retry."""

    retriable = True


class Locked(Busy):
    """Somebody else holds a lock, or held one in the opposite order."""


class TooMuch(TransferError):
    """A statement ran into a time or memory limit: a smaller one may pass."""

    retriable = True


class TimeIsUp(TooMuch):
    """Whoever asked waits no longer; nothing is wrong with what was asked."""


class Forbidden(TransferError):
    """The account lacks a privilege."""


class DataRefused(TransferError):
    """The destination does not take a value as it is."""


class CountMismatch(TransferError):
    """Rows read, rows loaded and warnings do not add up."""


class AnswersDiffer(TransferError):
    """A transform makes another row of the same one when it is asked again."""


class KeysUnknown(TransferError):
    """Rows have got no new keys yet: the source has got them since."""


class WrongDatabase(CannotServe):
    """A connection reaches another database than the one that was checked."""


class ShapeChanged(TransferError):
    """A table has other columns, or another key, than when it was checked."""


class Unconfirmed(TransferError):
    """A table holds rows that nobody has agreed to delete."""


class NotADestination(CannotServe):
    """The settings of this process do not let an alias be written to."""


class ReceiptTaken(TransferError):
    """Somebody else has committed, or voided, this piece of work."""


class ReceiptsGone(TransferError):
    """The run's receipts table is not there: the run has ended."""


class Unsupported(TransferError):
    """Something that this version cannot move."""


def trace(error: BaseException) -> str:
    """Return the classes of an error and its causes, and where each came from.

    For a log: never their texts, in which a driver or a field of the project may
    quote a row or a password.
    """
    return " <- ".join(map(_traced, _causes(error)))


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _traced(error: BaseException) -> str:
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return f"{type(error).__name__} ({'; '.join(places)})"
