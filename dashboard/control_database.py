"""The database that the console's own tables lie in: transactions, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from .models import MigrationRun
from .models.clock import NowMs
from .models.record import control_alias

__all__ = ["atomic", "control_alias", "now_ms", "on_commit", "roll_back"]


@contextmanager
def atomic() -> Iterator[None]:
    """Make what is written into the control database one transaction.

    With a router, a transaction that names no alias is one of another database.
    """
    with transaction.atomic(using=control_alias()):
        yield


def on_commit(then: Callable[[], object]) -> None:
    """Do something once the control database's transaction is committed."""
    transaction.on_commit(then, using=control_alias())


def roll_back() -> None:
    """Let nothing come of the control database's transaction when it ends."""
    transaction.set_rollback(True, using=control_alias())


def now_ms() -> int:
    """Return the control database's time in milliseconds."""
    alias = control_alias()
    compiler = MigrationRun.objects.all().query.get_compiler(alias)
    sql, parameters = compiler.compile(NowMs())
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {sql}", parameters)
        return int(cursor.fetchone()[0])
