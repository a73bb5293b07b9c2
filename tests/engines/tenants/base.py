"""A back end that chooses the schema whenever it makes a cursor."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """As projects of many tenants have it: the wrapper knows whose turn it is."""

    schema_name = "acme"

    def _cursor(self, name: Any = None) -> Any:
        cursor = super()._cursor(name)
        cursor.execute(f'SET search_path = "{self.schema_name}"')
        return cursor
