"""The database that the console's own tables lie in: transactions, and the clock.

It may be locked, restarted or away at any time. Whoever does a run waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from .models import MigrationRun
from .models.clock import NowMs
from .models.record import control_alias
from .transfer.backends import begin_writing_sql, patience_sql

__all__ = [
    "AWAY",
    "atomic",
    "back_off",
    "close_connections",
    "control_alias",
    "now_ms",
    "on_commit",
    "patience",
    "roll_back",
    "waited",
]

logger = logging.getLogger("migration_console")

T = TypeVar("T")

AWAY = (OperationalError, InterfaceError)
"""What a query raises where the database is locked, starting, ending or gone."""

# Seconds between two questions to a database that is away.
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


# --- transactions -------------------------------------------------------------


@contextmanager
def atomic() -> Iterator[None]:
    """Make what is written into the control database one transaction.

    With a router, a transaction that names no alias is one of another database.
    """
    connection = connections[control_alias()]
    begin = begin_writing_sql(connection.vendor)

    def execute(run: Any, sql: str, *rest: Any) -> Any:
        return run(begin if begin and sql == "BEGIN" else sql, *rest)

    with ExitStack() as stack:
        with connection.execute_wrapper(execute):
            stack.enter_context(transaction.atomic(using=connection.alias))
        yield


def on_commit(then: Callable[[], object]) -> None:
    """Do something once the control database's transaction is committed."""
    transaction.on_commit(then, using=control_alias())


def roll_back() -> None:
    """Let nothing come of the control database's transaction when it ends."""
    transaction.set_rollback(True, using=control_alias())


# --- the clock ----------------------------------------------------------------


def now_ms() -> int:
    """Return the control database's time in milliseconds."""
    alias = control_alias()
    compiler = MigrationRun.objects.all().query.get_compiler(alias)
    sql, parameters = compiler.compile(NowMs())
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {sql}", parameters)
        return int(cursor.fetchone()[0])


# --- waiting ------------------------------------------------------------------


def close_connections() -> None:
    """Close this thread's connections, so that the next query opens new ones."""
    for connection in connections.all(initialized_only=True):
        # One that is broken may not even be closed without an error.
        with suppress(Exception):
            connection.close()


def back_off(attempt: int, error: Exception) -> None:
    """Pause after a query that found the database away, the longer the more often.

    ``attempt`` counts from 0. The connections are opened anew afterwards.
    """
    close_connections()
    if not attempt:
        # Its words may name an account, its class does not.
        logger.warning("control database is waited for: %s", type(error).__name__)
    time.sleep(_pause(attempt))


def _pause(attempt: int) -> float:
    return PAUSES[min(attempt, len(PAUSES) - 1)]


def waited(ask: Callable[[], T], *, seconds: float | None = None) -> T:
    """Return what a function returns, asked again while the database is away.

    For ever, or until ``seconds`` are over: then it raises what the last attempt
    did. The function has to be one that may be asked twice.
    """
    began, attempt = time.monotonic(), 0
    while True:
        try:
            return ask()
        except AWAY as error:
            over = time.monotonic() + _pause(attempt) - began
            if seconds is not None and over > seconds:
                close_connections()
                raise
            back_off(attempt, error)
            attempt += 1


class _Patient(threading.local):
    depth = 0


_patient = _Patient()


@contextmanager
def patience() -> Iterator[None]:
    """Let this thread wait longer for a lock of the control database.

    A page must not; a run has time. The project's other work in the thread has
    its own settings again afterwards.
    """
    alias = control_alias()
    _patient.depth += 1
    try:
        connection = connections[alias]
        if connection.connection is not None:
            _be_patient(connection)
        yield
    finally:
        _patient.depth -= 1
        connection = connections[alias]
        if (
            not _patient.depth
            and patience_sql(connection.vendor)
            and not connection.in_atomic_block
        ):
            connection.close()


@receiver(connection_created)
def _opened(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if _patient.depth and connection is connections[control_alias()]:
        _be_patient(connection)


def _be_patient(connection: BaseDatabaseWrapper) -> None:
    if sql := patience_sql(connection.vendor):
        with connection.cursor() as cursor:
            cursor.execute(sql)
