"""Checks of what the destination's server lets anybody do, and of the room there."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .checked_plan import CheckedPlan
from .sides import Side

MEBIBYTE = 1 << 20


def check_server(checked: CheckedPlan, destination: Side) -> None:
    """Check that the destination takes writes, and has room for the rows."""
    surroundings = destination.session.surroundings
    for obstacle in surroundings.obstacles():
        checked.error(
            "E184",
            _("'%(alias)s' cannot be written to. %(why)s")
            % {"alias": destination.alias, "why": obstacle.why},
            obstacle.remedy,
        )
    free = surroundings.free_bytes()
    sizes = [planned.size.bytes for planned in checked.tables]
    known = sum(size for size in sizes if size is not None)
    if free is not None and known > free:
        checked.warning(
            "W185",
            _(
                "The tables of the source take %(bytes)d MiB, and the disk of "
                "'%(alias)s' has %(free)d MiB left."
            )
            % {
                "bytes": known // MEBIBYTE,
                "free": free // MEBIBYTE,
                "alias": destination.alias,
            },
            _("Make room there: a full disk stops the run until somebody does."),
        )
