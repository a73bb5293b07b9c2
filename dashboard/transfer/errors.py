"""What can go wrong between two databases, without any row's contents."""

from __future__ import annotations


class TransferError(Exception):
    """A fault that names the thing and the remedy.

    ``message`` and ``remedy`` are shown to people and stored; neither ever
    holds a password or a value of a row. ``retriable`` says whether the same
    attempt may succeed later without anybody doing something.
    """

    retriable = False

    def __init__(self, message: str, remedy: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConnectionFailed(TransferError):
    """The server cannot be reached, or turns the account away."""


class ConnectionLost(TransferError):
    """An open connection ended; what was not committed is gone."""

    retriable = True


class Busy(TransferError):
    """A lock, a deadlock or a server that is starting up: worth a retry."""

    retriable = True


class TooMuch(TransferError):
    """A statement ran into a time or memory limit: a smaller one may pass."""

    retriable = True


class DataRefused(TransferError):
    """The destination does not take a value as it is."""


class CountMismatch(TransferError):
    """Rows read, rows loaded and warnings do not add up."""


class WrongDatabase(ConnectionFailed):
    """A connection reaches another database than the one that was checked.

    Another process may reach the right one, so the work is left to it.
    """

    retriable = True


class Unconfirmed(TransferError):
    """A table holds rows that nobody has agreed to delete."""


class ReceiptTaken(TransferError):
    """Somebody else has committed, or voided, this piece of work."""


class ReceiptsGone(TransferError):
    """The run's receipts table is not there: the run has ended."""


class Unsupported(TransferError):
    """Something that this version cannot move."""
