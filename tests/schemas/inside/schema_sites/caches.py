"""A cache in memory with what a project asks of its Redis."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class PatternCache(LocMemCache):
    def delete_pattern(self, pattern: str, **options: Any) -> None:
        # More than asked for, which a cache survives.
        self.clear()
