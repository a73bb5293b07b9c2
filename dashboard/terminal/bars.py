"""How far a run is, in lines of a terminal's width."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..progress import Snapshot, TableProgress
from ..statuses import Status
from ..wording import about, count

BAR_WIDTH = 24
NAMES_WIDTH = 34
TABLES_SHOWN = 12


def frame(seen: Snapshot) -> list[str]:
    """Return the bars of the run and of the tables that are at work."""
    current = [t for t in seen.tables if t.copied.value and not t.bar.done]
    done = sum(t.bar.done for t in seen.tables)
    tables = _("%(done)d of %(total)d tables") % {
        "done": done,
        "total": len(seen.tables),
    }
    lines = [_bar(_("all"), seen.bar.fraction, tables)]
    lines.extend(_table(table) for table in current[:TABLES_SHOWN])
    lines.append(headline(seen))
    return lines


def headline(seen: Snapshot) -> str:
    """Return the phase, how far it is, how fast, and how long it still takes."""
    stage = seen.stage
    phase = stage.label if stage else str(Status(seen.run.status).label)
    held_up = [str(seen.condition.message)] if seen.condition else []
    if stage and not stage.counts_rows:
        steps = _("%(phase)s: %(done)d of %(total)d steps") % {
            "phase": phase,
            "done": stage.bar.value,
            "total": stage.bar.total,
        }
        return ", ".join([steps, *held_up])
    rows = stage.bar.value if stage else seen.rows_copied
    parts = [
        f"{phase}: {seen.bar.percent} %",
        _("%(rows)s rows") % {"rows": count(rows)},
    ]
    if seen.rate:
        parts.append(_("%(rows)s rows/s") % {"rows": count(int(seen.rate))})
    if seen.seconds_left is not None:
        parts.append(_("%(time)s left") % {"time": about(seen.seconds_left)})
    return ", ".join([*parts, *held_up])


def _table(table: TableProgress) -> str:
    return _bar(table.model, table.bar.fraction, count(table.bar.value))


def _bar(name: str, fraction: float, text: str) -> str:
    full = int(fraction * BAR_WIDTH)
    bar = "█" * full + "░" * (BAR_WIDTH - full)
    # Rounded down: nothing is at 100 % before it is done.
    percent = int(fraction * 100)
    return f"{name[:NAMES_WIDTH]:<{NAMES_WIDTH}} {bar} {percent:>3} %  {text}"
