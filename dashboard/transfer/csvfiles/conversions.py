"""What makes a value of a file that of a load format, or of a driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..columns import ColumnKind
from ..lines import FORMATS
from ..moments import conversion
from ..plan import PlanColumn, TablePlan
from ..rows import LoadFormat

# Octets as characters of the same number, so that nothing is decoded by value.
OCTETS = "latin-1"

# Digits that a double keeps, whatever they are.
SURE_DIGITS = 15


def text_conversion(
    plan: TablePlan, column: PlanColumn, load_format: LoadFormat
) -> Callable[[str], str] | None:
    """Return what makes a kind's text that of a load format, or None."""
    if moment := conversion(plan, column):
        return moment
    there = column.destination
    octets = FORMATS[load_format].octets.decode()
    if column.kind is ColumnKind.BINARY:
        return (lambda text: octets + text) if octets else None
    if column.is_octets_there:
        return lambda text: octets + text.encode(OCTETS).hex()
    if load_format is not LoadFormat.COPY:
        return None
    if column.kind is ColumnKind.DURATION and there.name == "interval":
        return _interval
    if column.kind is ColumnKind.UUID and there.name == "bytea":
        return lambda text: octets + text.replace("-", "")
    if column.kind is ColumnKind.UUID and there.length == 32:
        return lambda text: text.replace("-", "")
    return None


def _interval(text: str) -> str:
    """Return microseconds as Python's timedelta has them; months as they are."""
    if not text.removeprefix("-").isdigit():
        return text
    days, rest = divmod(int(text), 86_400_000_000)
    return f"{days} days {rest // 1_000_000}.{rest % 1_000_000:06d} seconds"


def row_conversion(plan: TablePlan, column: PlanColumn) -> Callable[[str], Any] | None:
    if column.kind is ColumnKind.BINARY:
        return bytes.fromhex
    if column.kind is ColumnKind.FLOAT:
        return _float_kept
    # The year 0 has four digits.
    if column.kind is ColumnKind.INTEGER and column.destination.name != "year":
        return _integer_kept
    return conversion(plan, column)


def _integer_kept(text: str) -> str:
    """Return digits that are a number's own. Raises ValueError for others."""
    if str(int(text)) != text:
        raise ValueError
    return text


def _float_kept(text: str) -> str:
    """Return digits of which a double loses none. Raises ValueError for others."""
    is_long = len(text) > SURE_DIGITS and text.removeprefix("-").isdigit()
    if is_long and int(float(text)) != int(text):
        raise ValueError
    return text
