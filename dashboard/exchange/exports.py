"""The tables of an alias written into CSV files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.csvfiles.dialect import Dialect
from ..transfer.csvfiles.exporting import write_table
from ..transfer.csvfiles.manifest import NAME, Manifest, TableFile, file_name
from ..transfer.csvfiles.places import NewPlace
from ..transfer.csvfiles.plans import export_plan
from ..transfer.failpoints import reach
from .tables import ExchangeRefused, Found, chosen, found

Says = Callable[[str], None]
Done = Callable[[TableFile], None]


@dataclass(frozen=True)
class Exported:
    """What was written: files with their rows, and what there was no table for."""

    manifest: Manifest
    absent: tuple[str, ...]


def tables_of(
    session: Session, labels: Sequence[str], excluded: Sequence[str] = ()
) -> tuple[list[Found], tuple[str, ...]]:
    """Return what is to be exported, and the labels that have no table there.

    Raises ExchangeRefused where nothing is left.
    """
    there, absent = found(session, chosen(labels, excluded))
    if not there:
        raise ExchangeRefused(
            _("'%(alias)s' has no table of what was chosen.")
            % {"alias": session.database.alias},
            _("Choose other models, or migrate the database."),
        )
    return there, tuple(item.label for item in absent)


def export(
    session: Session,
    there: Sequence[Found],
    absent: Sequence[str],
    dialect: Dialect,
    place: NewPlace,
    done: Done = lambda file: None,
    *,
    is_sorted: bool = False,
) -> Exported:
    """Write tables and their manifest; ``done`` hears of each file."""
    zone = session.database.zone
    files, names = [], _names(there)
    for one in there:
        facts = (one.label, session, one.table, one.kinds, one.key, zone)
        plan = export_plan(*facts, is_sorted=is_sorted)
        with place.file(names[one.label]) as file:
            written = write_table(session, plan, dialect, file, names[one.label])
        files.append(written)
        reach("table written")
        done(written)
    manifest = Manifest(session.vendor, zone, dialect, tuple(files))
    # The last one, so that what was broken off has none.
    with place.file(NAME) as file:
        file.write(manifest.dumped())
    return Exported(manifest, tuple(absent))


def _names(there: Sequence[Found]) -> dict[str, str]:
    """Return a name for each table's file, also where letters' case is the same."""
    taken: Counter[str] = Counter()
    names = {}
    for one in there:
        name = file_name(one.label)
        taken[name.lower()] += 1
        times = taken[name.lower()]
        names[one.label] = name if times == 1 else f"{name[:-4]}-{times}.csv"
    return names
