"""Instants and the digits of a clock, in PostgreSQL's own words.

PostgreSQL reads digits that stand for two instants as the second of them; Django
reads them as the first (``fold=0``). So neither is left to it.
"""

from __future__ import annotations

from ...moments import repeated_seconds


def literal(text: str) -> str:
    """Return a text as SQL. A percent sign would be a placeholder."""
    return "'{}'".format(text.replace("'", "''").replace("%", "%%"))


def in_zone(name: str, zone: str) -> str:
    """Return an instant as the digits of a zone's clock, or the other way round."""
    return f"({name} AT TIME ZONE {literal(zone)})"


def digits(name: str, zone: str) -> str:
    """Return an instant as the text of a clock's digits.

    The second of two instants with the same digits is a text that is no moment.
    """
    found = in_zone(name, zone)
    again = is_repeated(name, zone)
    if again is None:
        return f"{found}::text"
    return f"CASE WHEN {again} THEN 'again ' || {found}::text ELSE {found}::text END"


def is_repeated(name: str, zone: str) -> str | None:
    """Return whether an instant is the second one of its digits, None where none is."""
    found = in_zone(name, zone)
    earlier = [
        f"{in_zone(f'({name} - {_seconds(shift)})', zone)} = {found}"
        for shift in repeated_seconds(zone)
    ]
    return f"isfinite({name}) AND ({' OR '.join(earlier)})" if earlier else None


def is_skipped(name: str, zone: str) -> str:
    """Return whether digits are those of no instant."""
    return f"isfinite({name}) AND {in_zone(in_zone(name, zone), zone)} <> {name}"


def instant(name: str, zone: str) -> str:
    """Return a clock's digits as the text of an instant in UTC.

    Digits that the clock skips are a text that is no moment.
    """
    later = in_zone(name, zone)
    first = [
        f"WHEN {in_zone(f'({later} - {_seconds(shift)})', zone)} = {name} "
        f"THEN {_utc(f'({later} - {_seconds(shift)})')}"
        for shift in reversed(repeated_seconds(zone))
    ]
    return (
        f"CASE WHEN NOT isfinite({name}) THEN {name}::text "
        f"WHEN {in_zone(later, zone)} <> {name} THEN 'never ' || {name}::text "
        f"{' '.join(first)} ELSE {_utc(later)} END"
    )


def _seconds(number: int) -> str:
    return f"interval '{number} seconds'"


def _utc(name: str) -> str:
    return f"{in_zone(name, 'UTC')}::text"
