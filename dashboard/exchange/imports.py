"""CSV files on their way into the tables of an alias: found, and matched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from django.utils.translation import gettext as _

from ..planning.table_selection import Item
from ..transfer.backends.base import Session
from ..transfer.columns import Column
from ..transfer.csvfiles.dialect import Dialect
from ..transfer.csvfiles.header import Opened, check_columns, opened
from ..transfer.csvfiles.loading import File, Loading
from ..transfer.csvfiles.manifest import Manifest, TableFile, file_name
from ..transfer.csvfiles.places import Place
from ..transfer.csvfiles.plans import import_plan
from ..transfer.csvfiles.rows import Reading
from ..transfer.csvfiles.spellings import Days, Habits
from ..transfer.plan import BY_KEY, TablePlan
from .merge_keys import merged_plan
from .tables import ExchangeRefused, Found, chosen, found


@dataclass(frozen=True)
class Given:
    """How somebody says that the files are spelled; None as the manifest has it."""

    dialect: Dialect | None = None
    days: Days | None = None
    # How rows get into tables that have some, see ``planning.modes``; "" for none.
    mode: str = ""


@dataclass(frozen=True)
class Part:
    """One file and the table that it goes into."""

    found: Found
    name: str
    plan: TablePlan
    loading: Loading
    # Whether it is another file than was exported, or nobody knows.
    is_edited: bool
    rows: int | None
    # SHA-256 of the file, in hexadecimal.
    checksum: str
    notes: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.plan.table


@dataclass(frozen=True)
class Prepared:
    """What is to be loaded, tables that are referred to first."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default=())


def prepare(
    session: Session,
    place: Place,
    labels: Sequence[str],
    excluded: Sequence[str],
    given: Given,
) -> Prepared:
    """Match the files of a place with the tables of a database.

    Reads every file once, for its checksum. Raises ExchangeRefused, FileRefused and
    whatever else prevents that a file can be loaded.
    """
    manifest = place.manifest()
    files = _files(place, manifest)
    there, notes = _tables(session, files, labels, excluded)
    parts = [
        _part(session, place, one, files[one.label.lower()], manifest, given)
        for one in there
    ]
    notes += _triggers(session, [part.table for part in parts])
    return Prepared(tuple(_sorted(session, parts)), tuple(notes))


def _triggers(session: Session, tables: Sequence[str]) -> list[str]:
    """Name the triggers that may make something else of new rows."""
    text = _(
        "Table '%(table)s' has triggers (%(names)s). Only a merge by key proves that "
        "they change nothing of what is loaded."
    )
    found = session.catalog.triggers(tables)
    return [
        text % {"table": table, "names": ", ".join(names)}
        for table, names in found.items()
        if names
    ]


Named = tuple[str, TableFile | None]


def _files(place: Place, manifest: Manifest | None) -> dict[str, Named]:
    """Return each file and what is said of it, by the label of its table."""
    names = place.names()
    if manifest is None:
        found = {_label(name): name for name in names if name.endswith(".csv")}
        if not found:
            raise ExchangeRefused(
                _("'%(path)s' holds no file *.csv.") % {"path": place.path},
                _("Name each file after its model: app.Model.csv."),
            )
        return {label.lower(): (name, None) for label, name in found.items()}
    missing = [one.file for one in manifest.tables if one.file not in names]
    if missing:
        raise ExchangeRefused(
            _("The manifest names files that are not there: %(files)s.")
            % {"files": ", ".join(missing)},
            _("Put them back, or take them out of the manifest."),
        )
    return {one.model.lower(): (one.file, one) for one in manifest.tables}


def _label(name: str) -> str:
    return name.removesuffix(".csv")


def _tables(
    session: Session,
    files: dict[str, Named],
    labels: Sequence[str],
    excluded: Sequence[str],
) -> tuple[list[Found], list[str]]:
    """Return the chosen tables that have files, and what else is to be known."""
    unowned = [name for name in files if name.startswith("table:")]
    items = chosen([*(labels or ["*"]), *([] if labels else unowned)], excluded)
    wanted = [item for item in items if item.label.lower() in files]
    _check_named(labels, items, wanted)
    there, absent = found(session, wanted)
    if absent:
        raise ExchangeRefused(
            _("'%(alias)s' has no table for: %(models)s.")
            % {"alias": session.database.alias, "models": _listed(absent)},
            _("Migrate the database, or leave them out: --exclude."),
        )
    for one in there:
        if one.table.is_view or not one.table.transactional:
            raise ExchangeRefused(
                _("'%(table)s' is a view, or cannot roll back a transaction.")
                % {"table": one.table.name},
                _("Leave it out: --exclude."),
            )
    known = {item.label.lower() for item in chosen(["*", *unowned])}
    strange = [name for key, (name, __) in files.items() if key not in known]
    notes = [
        _("%(file)s belongs to no model of the project and is left.") % {"file": name}
        for name in strange
    ]
    return there, notes


def _check_named(
    labels: Sequence[str], items: Sequence[Item], wanted: Sequence[Item]
) -> None:
    """Raise ExchangeRefused where nothing, or not all that was named, has a file."""
    lacking = [item for item in items if item not in wanted] if labels else []
    if wanted and not [item for item in lacking if item.label in labels]:
        return
    raise ExchangeRefused(
        _("There is no file for: %(models)s.")
        % {"models": _listed(lacking or items) or "–"},
        _("Name each file after its model, such as %(name)s.")
        % {"name": file_name("app.Model")},
    )


def _listed(items: Sequence[Item]) -> str:
    return ", ".join(item.label for item in items[:10])


def _part(
    session: Session,
    place: Place,
    one: Found,
    named: Named,
    manifest: Manifest | None,
    given: Given,
) -> Part:
    name, told = named
    checksum = place.checksum(name)
    is_edited = told is None or checksum != told.checksum
    dialect = manifest.dialect if manifest else Dialect()
    if is_edited:
        # Of what has not been changed the manifest knows better.
        dialect = given.dialect or dialect
    names = [c.name for c in one.table.columns if not c.generated]
    begin = partial(_begun, dialect=dialect, name=name, known=names)
    facts = (manifest.vendor, manifest.zone) if manifest else ("", _zone(session))
    with place.open(name) as file:
        seen = begin(file)
    wanted = [c for c in one.kinds if c in names]
    notes = check_columns(seen.columns, wanted, _needed(one, wanted), name)
    kinds = {c: one.kinds[c] for c in wanted if c in seen.columns}
    plan = import_plan(one.label, session, one.table, kinds, one.key, told, facts)
    if given.mode in BY_KEY:
        plan = merged_plan(one, plan, given.mode)
    if told and is_edited:
        notes.append(_("%(file)s has been changed since the export.") % {"file": name})
    comma = seen.dialect.delimiter not in (",", "|")
    reading = Reading(
        plan,
        seen.columns,
        seen.dialect,
        is_edited=is_edited,
        habits=Habits(decimal_comma=comma, days=given.days),
    )
    loading = Loading(File(name, partial(place.open, name), begin), reading)
    rows = told.rows if told and not is_edited else None
    return Part(one, name, plan, loading, is_edited, rows, checksum, tuple(notes))


def _begun(
    file: BinaryIO, *, dialect: Dialect, name: str, known: Sequence[str]
) -> Opened:
    return opened(file, dialect, name, known)


def _zone(session: Session) -> str:
    return session.database.zone


def _needed(one: Found, wanted: Sequence[str]) -> list[str]:
    columns = (c for c in one.table.columns if c.name in wanted)
    return [column.name for column in columns if _is_needed(column, one)]


def _is_needed(column: Column, one: Found) -> bool:
    # A sequence would give another number than the file's row has.
    return column.name in one.key or (column.must_be_given and not column.automatic)


def _sorted(session: Session, parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the parts, each behind those that it refers to, as far as possible."""
    refers: dict[str, set[str]] = {part.table: set() for part in parts}
    for key in session.catalog.foreign_keys():
        if key.table in refers and key.to_table in refers and key.table != key.to_table:
            refers[key.table].add(key.to_table)
    left = list(parts)
    while left:
        waiting = {part.table for part in left}
        free = [part for part in left if not refers[part.table] & waiting]
        # Tables that refer to each other in a circle come in their own order.
        for part in free or left[:1]:
            left.remove(part)
            yield part
