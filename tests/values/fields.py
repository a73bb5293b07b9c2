"""Fields as projects write them."""

from __future__ import annotations

import base64
import json
import os
import zlib
from typing import Any

from django.db import models


class RawField(models.Field):  # type: ignore[type-arg]
    """A type that Django knows nothing of, passed on as the driver has it."""

    def __init__(self, sql: str = "text", **options: Any) -> None:
        self.sql = sql
        super().__init__(**options)

    def db_type(self, connection: Any) -> str:
        return self.sql


class NumbersField(models.Field):  # type: ignore[type-arg]
    """A list of numbers: an array of PostgreSQL's, JSON anywhere else."""

    def db_type(self, connection: Any) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or connection.vendor == "postgresql":
            return value
        return json.loads(value)

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        if value is None or connection.vendor == "postgresql":
            return value
        return json.dumps(value)


class EncryptedField(models.BinaryField):  # type: ignore[type-arg]
    """Never writes the same octets twice, as a cipher with a nonce does."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else bytes(value)[4:]

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        return None if value is None else os.urandom(4) + bytes(value)

    def get_internal_type(self) -> str:
        return "EncryptedField"

    def db_type(self, connection: Any) -> str:
        return models.BinaryField().db_type(connection) or ""


class CompressedField(models.TextField):  # type: ignore[type-arg]
    """JSON, compressed, in a text."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value and json.loads(zlib.decompress(base64.b64decode(value)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()
