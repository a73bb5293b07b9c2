"""One clock for every lease: the control database's."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Func
from django.db.models.sql.compiler import SQLCompiler


class NowMs(Func):
    """Milliseconds since 1970 as the control database counts them.

    Workers on several machines never compare their own clocks, and integers
    add up alike on every engine, whatever the session's time zone.
    """

    template = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    arity = 0
    output_field = BigIntegerField()

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        # UNIX_TIMESTAMP(NOW()) goes through the session's zone, where autumn has
        # an hour twice: it would jump back by one.
        template = (
            "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)
