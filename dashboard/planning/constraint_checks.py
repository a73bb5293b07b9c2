"""Says what of its keys, CHECKs and indexes the destination would refuse."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Finding
from ..transfer.demands import Check, Demand, Entry, Exclusion, Unique
from ..transfer.keys import Key, readable
from ..transfer.packets import TooLarge
from ..transfer.scan import Broken as BrokenRule
from ..transfer.schema_items import ObjectType
from ..transfer.whole_table import Broken
from .checked_plan import CheckedPlan, PlannedTable
from .value_checks import Scanning

OF_INDEXES = (ObjectType.UNIQUE, ObjectType.INDEX)


def say_broken(
    checked: CheckedPlan, planned: PlannedTable, broken: Broken, scanning: Scanning
) -> None:
    """Add the finding of a demand that rows break.

    It prevents a start, but where the run sets such rows aside. That it does while
    rows are loaded: an index that is off by then comes back to all of them, or not.
    """
    demand = broken.demand
    goes_on = (
        scanning.sets_aside
        and planned.plan.is_divisible
        and not _is_off(checked, planned, demand)
    )
    ids, message, remedy = _words(planned, broken)
    checked.add(
        ids[goes_on],
        Finding.Level.WARNING if goes_on else Finding.Level.ERROR,
        message,
        remedy,
        planned.item.label,
    )


def say_below_zero(
    checked: CheckedPlan,
    planned: PlannedTable,
    check: Check,
    found: BrokenRule,
    scanning: Scanning,
) -> None:
    """Add the finding of numbers below zero, which the source has counted."""
    keys = tuple((key,) for key in found.keys)
    say_broken(checked, planned, Broken(check, found.count, keys), scanning)


def say_too_large(
    checked: CheckedPlan, planned: PlannedTable, found: TooLarge, scanning: Scanning
) -> None:
    """Add the finding of rows that no statement takes, which may be set aside."""
    goes_on = scanning.sets_aside and planned.plan.is_divisible
    facts = {
        "table": planned.table,
        "count": found.count,
        "octets": found.most_octets,
        "keys": _listed(*((key,) for key in found.keys)),
    }
    said = ngettext(
        "%(count)d row of table '%(table)s' is larger than a statement of the "
        "destination may be, %(octets)d octets (keys: %(keys)s).",
        "%(count)d rows of table '%(table)s' are larger than a statement of the "
        "destination may be, %(octets)d octets (keys: %(keys)s).",
        found.count,
    )
    if found.more:
        said = _(
            "At least %(count)d rows of table '%(table)s' are larger than a statement "
            "of the destination may be, %(octets)d octets (keys: %(keys)s)."
        )
    checked.add(
        "W235" if goes_on else "E235",
        Finding.Level.WARNING if goes_on else Finding.Level.ERROR,
        said % facts,
        _(
            "Turn the destination's local_infile on, which has no such limit, or raise "
            "its max_allowed_packet."
        ),
        planned.item.label,
    )


def _is_off(checked: CheckedPlan, planned: PlannedTable, demand: Demand) -> bool:
    """Whether the index is taken off before the rows are loaded."""
    foreseen = checked.foreseen.get(planned.table)
    off = foreseen.comes_off if foreseen else ()
    return not isinstance(demand, Check) and any(
        (kind, demand.name) in off for kind in OF_INDEXES
    )


def _words(planned: PlannedTable, broken: Broken) -> tuple[tuple[str, str], str, str]:
    """Return the ids of an error and of a warning, the message and the remedy."""
    demand = broken.demand
    facts = {
        "name": demand.name,
        "table": planned.table,
        "columns": ", ".join(demand.columns),
        "count": broken.count,
        "keys": _listed(*broken.keys),
    }
    match demand:
        case Unique():
            return (
                ("E230", "W230"),
                _of_groups(broken) % facts,
                _remedy(planned, demand),
            )
        case Check(is_partition=True):
            return ("E231", "W231"), _of_partitions(broken) % facts, _of_missing()
        case Check():
            return ("E231", "W231"), _of_rows(broken) % facts, _of_check()
        case Entry():
            return ("E232", "W232"), _of_entries(broken) % facts, _of_index()
        case Exclusion():
            return ("E236", "W236"), _of_pairs(broken) % facts, _of_exclusion()


def _listed(*groups: Sequence[Key]) -> str:
    """Return example keys; those of rows that collide with an equals sign."""
    said = [
        " = ".join(" / ".join(readable(value) for value in key) for key in group)
        for group in groups
        if all(group)
    ]
    return ", ".join(said) or _("the table has none")


def _of_groups(broken: Broken) -> str:
    return ngettext(
        "Rows of table '%(table)s' that the source tells apart are equal in "
        "'%(columns)s' in the destination, whose key '%(name)s' takes each value once: "
        "%(count)d group of them (keys: %(keys)s).",
        "Rows of table '%(table)s' that the source tells apart are equal in "
        "'%(columns)s' in the destination, whose key '%(name)s' takes each value once: "
        "%(count)d groups of them (keys: %(keys)s).",
        broken.count,
    )


def _of_rows(broken: Broken) -> str:
    return ngettext(
        "%(count)d row of table '%(table)s' breaks the CHECK '%(name)s' of the "
        "destination, of '%(columns)s' (keys: %(keys)s).",
        "%(count)d rows of table '%(table)s' break the CHECK '%(name)s' of the "
        "destination, of '%(columns)s' (keys: %(keys)s).",
        broken.count,
    )


def _of_partitions(broken: Broken) -> str:
    return ngettext(
        "%(count)d row of table '%(table)s' has no partition in the destination, "
        "which divides it by '%(columns)s' (keys: %(keys)s).",
        "%(count)d rows of table '%(table)s' have no partition in the destination, "
        "which divides it by '%(columns)s' (keys: %(keys)s).",
        broken.count,
    )


def _of_entries(broken: Broken) -> str:
    if broken.more:
        return _(
            "At least %(count)d rows of table '%(table)s' have values of '%(columns)s' "
            "that the destination's index '%(name)s' has no room for (keys: %(keys)s)."
        )
    return ngettext(
        "%(count)d row of table '%(table)s' has values of '%(columns)s' that the "
        "destination's index '%(name)s' has no room for (keys: %(keys)s).",
        "%(count)d rows of table '%(table)s' have values of '%(columns)s' that the "
        "destination's index '%(name)s' has no room for (keys: %(keys)s).",
        broken.count,
    )


def _of_pairs(broken: Broken) -> str:
    if broken.more:
        return _(
            "Rows of table '%(table)s' exclude each other in '%(columns)s' by the "
            "destination's constraint '%(name)s': at least %(count)d pairs of them "
            "(keys: %(keys)s)."
        )
    return ngettext(
        "Rows of table '%(table)s' exclude each other in '%(columns)s' by the "
        "destination's constraint '%(name)s': %(count)d pair of them (keys: %(keys)s).",
        "Rows of table '%(table)s' exclude each other in '%(columns)s' by the "
        "destination's constraint '%(name)s': %(count)d pairs of them "
        "(keys: %(keys)s).",
        broken.count,
    )


def _remedy(planned: PlannedTable, unique: Unique) -> str:
    changed = [
        column.name
        for column in planned.plan.columns
        if column.change is not None and column.name in unique.columns
    ]
    if changed:
        return _(
            "Correct them in the source, or leave out the change of '%(columns)s', by "
            "which they may have become equal."
        ) % {"columns": ", ".join(changed)}
    return _(
        "Correct them in the source; or give the destination's columns a collation "
        "that tells them apart (case, accents, spaces at the end)."
    )


def _of_check() -> str:
    return _("Correct them in the source, or change the destination's CHECK.")


def _of_missing() -> str:
    return _("Make partitions for them in the destination, or leave them out.")


def _of_exclusion() -> str:
    return _("Correct them in the source, or drop the constraint in the destination.")


def _of_index() -> str:
    return _(
        "Shorten them in the source; or drop the index in the destination, or make it "
        "one of an expression such as md5()."
    )
