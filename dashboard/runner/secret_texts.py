"""The passwords that this process knows, in the spellings in which they are met."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.db import connections

SHORTEST = 3
"""A shorter one would be found in half of all words."""

# Options of DATABASES, also nested ones, that are secret by their names.
SECRET = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)
# Settings that hold a secret as a whole, or in an address.
WHOLE = ("SECRET_KEY",)
ADDRESSES = ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND")


def secret_texts() -> list[str]:
    """Return every spelling of every password, the longest first."""
    found = {
        spelled
        for text in _texts()
        if len(text) >= SHORTEST
        for spelled in _spellings(text)
    }
    return sorted(found, key=len, reverse=True)


def _texts() -> Iterator[str]:
    for entry in connections.settings.values():
        yield from _of(entry)
    for name in WHOLE:
        yield str(getattr(settings, name, "") or "")
    yield from map(str, getattr(settings, "SECRET_KEY_FALLBACKS", ()) or ())
    for name in ADDRESSES:
        urls = getattr(settings, name, "") or ""
        for url in urls.split(";") if isinstance(urls, str) else map(str, urls):
            yield from _of_address(url)


def _of(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _of(value)
        elif isinstance(value, str) and SECRET.search(str(name)):
            yield value


def _of_address(url: str) -> Iterator[str]:
    try:
        password = urlsplit(url).password or ""
    except ValueError:
        return
    yield password
    yield unquote(password)


def _spellings(text: str) -> tuple[str, ...]:
    return (text, quote(text, safe=""), json.dumps(text)[1:-1], repr(text)[1:-1])
