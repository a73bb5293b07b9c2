"""UUIDs between their digits and their octets."""

from __future__ import annotations


def uuid_octets(text: str) -> bytes:
    """Return the sixteen octets of a UUID. Raises ValueError for another text."""
    octets = bytes.fromhex(text.replace("-", ""))
    if len(octets) != 16 or len(text) not in (32, 36):
        raise ValueError
    return octets


def uuid_digits(text: str) -> str:
    """Return the 32 digits of a UUID. Raises ValueError for another text."""
    return uuid_octets(text).hex()
