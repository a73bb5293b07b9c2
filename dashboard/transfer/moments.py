"""The digits of a clock, and the instants that they stand for.

Digits are read as Django reads them: of two instants with the same digits, in
the hour that is repeated in autumn, they are the first. The second one has no
digits of its own, and the digits of the hour that is skipped in spring are
those of no instant; neither is taken for its neighbour.

Texts are ``YYYY-MM-DD HH:MM:SS[.f]``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from .columns import ColumnKind
from .errors import DataRefused
from .plan import PlanColumn, TablePlan

# The part of a text that is converted once for all that share it.
MINUTE = 16
SECOND = 19

Conversion = Callable[[str], str]
Shift = Callable[[datetime, ZoneInfo], datetime]

# Every zone has had its last change of rules by then, and shown it on each date that
# such a Sunday has.
FIRST_YEAR, LAST_YEAR = 1840, 2120


def conversion(plan: TablePlan, column: PlanColumn) -> Conversion | None:
    """Return what makes a moment's text that of the other side, or None.

    It raises DataRefused for what the other side cannot hold.
    """
    if not is_converted(plan, column):
        return None
    convert = instant if column.destination.instant else digits

    def converted(text: str) -> str:
        try:
            return convert(text, plan.zone)
        except (ValueError, OverflowError):
            raise _refused(plan, column) from None

    return converted


def is_converted(plan: TablePlan, column: PlanColumn) -> bool:
    """Whether one side keeps instants and the other the digits of another zone."""
    return (
        column.kind is ColumnKind.TIMESTAMP
        and plan.zone != "UTC"
        and column.source.instant != column.destination.instant
    )


def _refused(plan: TablePlan, column: PlanColumn) -> DataRefused:
    facts = {"table": plan.table, "column": column.name, "zone": plan.zone}
    if column.destination.instant:
        said = _(
            "Column '%(column)s' of table '%(table)s' holds a time that a clock in "
            "%(zone)s never shows."
        )
    else:
        said = _(
            "Column '%(column)s' of table '%(table)s' holds an instant that the "
            "digits of a clock in %(zone)s do not tell from another one."
        )
    return DataRefused(said % facts, _("Correct the row in the source, then retry."))


def instant(text: str, zone: str) -> str:
    """Return the instant that digits stand for, in UTC. Raises ValueError."""
    return _converted(text, zone, _instant)


def digits(text: str, zone: str) -> str:
    """Return the digits that stand for an instant in UTC. Raises ValueError."""
    return _converted(text, zone, _digits)


def _converted(text: str, zone: str, shift: Shift) -> str:
    minute = _minute(text[:MINUTE], zone, shift)
    if minute is not None:
        return minute + text[MINUTE:]
    found = shift(_moment(text[:SECOND]), _zone(zone))
    return _text(found) + text[SECOND:]


@lru_cache(maxsize=1 << 16)
def _minute(text: str, zone: str, shift: Shift) -> str | None:
    """Return a minute that is shifted as a whole, or None."""
    first = _moment(f"{text}:00")
    try:
        ends = [shift(first + timedelta(seconds=n), _zone(zone)) for n in (0, 59)]
    except (ValueError, OverflowError):
        return None
    is_whole = ends[1] - ends[0] == timedelta(seconds=59) and not ends[0].second
    return _text(ends[0])[:MINUTE] if is_whole else None


def _moment(text: str) -> datetime:
    if len(text) != SECOND:
        raise ValueError
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")


def _text(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    found = moment.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None, fold=0) != moment:
        raise ValueError
    return found.replace(tzinfo=None)


def _digits(moment: datetime, zone: ZoneInfo) -> datetime:
    found = moment.replace(tzinfo=UTC).astimezone(zone)
    if found.fold:
        raise ValueError
    return found.replace(tzinfo=None)


@lru_cache
def repeated_seconds(zone: str) -> tuple[int, ...]:
    """Return by how many seconds a zone's clocks have ever been put back."""
    steps = (_seconds(step) for _, step in _steps(zone))
    return tuple(sorted({-step for step in steps if step < 0}))


@lru_cache
def odd_hours(zone: str, *, of_instants: bool) -> tuple[int, ...]:
    """Return the hours of a year, as MMDDHH, in which a zone's clocks are ever put.

    In UTC, of instants, those in which the clocks show again what they have shown;
    else, of the clocks' digits, those in which they never show what they skip.
    """
    found = set()
    for moment, step in _steps(zone):
        if of_instants == (step > timedelta(0)):
            continue
        first = moment
        if not of_instants:
            before = (moment - timedelta(seconds=1)).astimezone(_zone(zone)).utcoffset()
            assert before is not None
            first += before
        last = first + abs(step) - timedelta(seconds=1)
        hour = first.replace(minute=0, second=0)
        while hour <= last:
            found.add(hour.month * 10_000 + hour.day * 100 + hour.hour)
            hour += timedelta(hours=1)
    return tuple(sorted(found))


@lru_cache
def _steps(zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """Return the instants at which a zone's clocks are put, in UTC, and by how much."""
    clock, one = _zone(zone), timedelta(days=1)

    def offset(moment: datetime) -> timedelta:
        found = moment.astimezone(clock).utcoffset()
        assert found is not None
        return found

    found = []
    day = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    before = offset(day)
    while day.year < LAST_YEAR:
        after = offset(day + one)
        if after != before:
            known, changed = 0, _seconds(one)
            while changed - known > 1:
                middle = (known + changed) // 2
                if offset(day + timedelta(seconds=middle)) == before:
                    known = middle
                else:
                    changed = middle
            found.append((day + timedelta(seconds=changed), after - before))
        day, before = day + one, after
    return tuple(found)


def _seconds(time: timedelta) -> int:
    return round(time.total_seconds())
