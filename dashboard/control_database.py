"""The database that the console's own tables lie in, and its clock."""

from __future__ import annotations

from django.db import connections, router

from .models import MigrationRun
from .models.clock import NowMs


def control_alias() -> str:
    """Return the alias that the app's own tables lie in."""
    return router.db_for_write(MigrationRun)


def now_ms() -> int:
    """Return the control database's time in milliseconds."""
    alias = control_alias()
    compiler = MigrationRun.objects.using(alias).query.get_compiler(alias)
    sql, parameters = compiler.compile(NowMs())
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {sql}", parameters)
        return int(cursor.fetchone()[0])
