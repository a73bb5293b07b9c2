"""An import in two steps: what would change, and the load of exactly that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from ..databases import check_destination
from ..transfer.backends.base import Session
from ..transfer.csvfiles.rows import Fault
from ..transfer.csvfiles.spellings import Days
from ..transfer.plan import BY_KEY
from .imports import Given, Part, Prepared, prepare
from .loads import Without, doomed, held, load
from .merges import Staged, stage, write
from .previews import Preview, preview
from .tables import ExchangeRefused, session
from .uploads import Upload

LONGEST_VALUE = 200
MOST_EXAMPLES = 10
# Two values may differ in these alone.
VISIBLE = {number: 0x2400 + number for number in range(32)}

Changed = list[tuple[str, list[tuple[str, str | None, str | None]]]]
"""Rows by key, and of each the columns that change with both values."""


@dataclass(frozen=True)
class Seen:
    """One file as it was looked at, beside its table."""

    preview: Preview
    inserted: int
    updated: int
    # Rows of the table that would be deleted first.
    deleted: int
    changed: Changed

    @property
    def part(self) -> Part:
        return self.preview.part


@dataclass(frozen=True)
class Look:
    """What an upload would do."""

    seen: tuple[Seen, ...]
    notes: tuple[str, ...]

    @property
    def faults(self) -> list[Fault]:
        return [fault for one in self.seen for fault in one.preview.faults]

    @property
    def deleted(self) -> int:
        return sum(one.deleted for one in self.seen)

    @property
    def digest(self) -> str:
        """Other than before where anything that was seen has changed."""
        facts = [
            (
                *(one.part.found.label, one.part.checksum, one.inserted, one.updated),
                *(one.deleted, one.preview.faults),
            )
            for one in self.seen
        ]
        return sha256(repr(facts).encode()).hexdigest()


@dataclass(frozen=True)
class Done:
    """What was written into one table."""

    label: str
    inserted: int
    updated: int
    deleted: int


class Import:
    """An upload with sessions on its database."""

    def __init__(self, writer: Session, prepared: Prepared, upload: Upload) -> None:
        self._session = writer
        self._parts = prepared.parts
        self._mode = upload.wanted.mode
        self.items = [part.found.item for part in prepared.parts]
        self._notes = (
            *prepared.notes,
            *(note for part in prepared.parts for note in part.notes),
        )

    def look(self, *, with_values: bool) -> Look:
        """Return what would change; nothing is left of it."""
        with session(self._session.database.alias) as reader:
            found = [preview(self._session, reader, part) for part in self._parts]
        without = _lines(found)
        if self._mode not in BY_KEY:
            rows = doomed(self._session, self._parts)
            seen = [_replaced(one, rows) for one in found]
        else:
            with stage(self._session, self._parts, without) as staged:
                pairs = zip(found, staged, strict=True)
                seen = [self._merged(*pair, with_values) for pair in pairs]
        return Look(tuple(seen), self._notes)

    def _merged(self, one: Preview, staged: Staged, with_values: bool) -> Seen:
        foreseen = staged.foreseen
        changed: Changed = []
        if with_values and foreseen.updated:
            changed = examples(self._session, staged)
        return Seen(one, foreseen.inserted, foreseen.updated, 0, changed)

    def load(self, look: Look) -> list[Done]:
        """Load what was looked at. Raises TransferError; then nothing is loaded."""
        without = _lines([one.preview for one in look.seen])
        deleted = {one.part.table: one.deleted for one in look.seen}
        if self._mode in BY_KEY:
            with (
                stage(self._session, self._parts, without) as staged,
                held(self._session) as claim,
            ):
                _check_seen(look, staged)
                found = write(self._session, claim, staged)
            return [Done(k, m.inserted, m.updated, 0) for k, m in found.items()]
        with held(self._session) as claim:
            rows = load(self._session, claim, self._parts, deleted, without)
        return [
            Done(part.found.label, rows[part.table], 0, deleted[part.table])
            for part in self._parts
        ]


def _check_seen(look: Look, staged: list[Staged]) -> None:
    """Raise ExchangeRefused where other rows would be written than were shown."""
    shown = [(one.inserted, one.updated) for one in look.seen]
    if shown != [(s.foreseen.inserted, s.foreseen.updated) for s in staged]:
        raise ExchangeRefused(
            _("Somebody has changed these tables in this moment."),
            _("Nothing was loaded. Upload the file again."),
        )


def _replaced(one: Preview, rows: dict[str, int]) -> Seen:
    return Seen(one, one.rows, 0, rows.get(one.part.table, 0), [])


def _lines(found: list[Preview]) -> Without:
    return {one.part.name: {f.line for f in one.faults} for one in found}


def examples(session: Session, staged: Staged) -> Changed:
    """Return the first rows that a merge updates, each value before and after."""
    plan, quote = staged.part.plan, session.quote
    columns = [column.name for column in plan.written]
    names = ", ".join(f"{side}.{quote(name)}" for side in "ds" for name in columns)
    same = " AND ".join(f"d.{quote(name)} = s.{quote(name)}" for name in plan.key)
    rows = session.query(
        f"SELECT {names} FROM {session.quote_table(staged.staging.written)} s "  # noqa: S608
        f"JOIN {session.rows_of(plan.table)} d ON {same} LIMIT {MOST_EXAMPLES}"
    )
    found: Changed = []
    for row in rows:
        old, new = (list(map(shown, half)) for half in _halves(row))
        pairs = zip(columns, old, new, strict=True)
        key = [str(old[columns.index(name)]) for name in plan.key]
        found.append((", ".join(key), [one for one in pairs if one[1] != one[2]]))
    return found


def _halves(row: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return row[: len(row) // 2], row[len(row) // 2 :]


def shown(value: Any) -> str | None:
    """Return a driver's value for people, cut where it is long."""
    if value is None:
        return None
    if isinstance(value, memoryview):
        value = value.tobytes().hex()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    text = str(value).translate(VISIBLE)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


@contextmanager
def importing(upload: Upload) -> Iterator[Import]:
    """Open what an upload is loaded by. Raises TransferError."""
    wanted = upload.wanted
    check_destination(wanted.alias)
    days = Days(wanted.dates) if wanted.dates else None
    with session(wanted.alias, writing=True) as writer:
        given = Given(None, days, wanted.mode)
        yield Import(writer, prepare(writer, upload.place(), [], [], given), upload)
