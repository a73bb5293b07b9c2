"""Where the request comes from that this thread answers, and what it brought about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ..models import Event

LONGEST = 255


@dataclass
class Asked:
    """A request: its address, and the events that were written down for it."""

    address: str = ""
    events: list[Event] = field(default_factory=list)


_ASKED: ContextVar[Asked | None] = ContextVar("migration_console_asked", default=None)


@contextmanager
def asked_from(address: str) -> Iterator[Asked]:
    """Write an address down with every event of a block."""
    asked = Asked(address[:LONGEST])
    token = _ASKED.set(asked)
    try:
        yield asked
    finally:
        _ASKED.reset(token)


def current() -> Asked:
    """Return the request that is answered; one without an address elsewhere."""
    return _ASKED.get() or Asked()
