"""Files loaded into the tables of an alias."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256

from django.utils.translation import gettext as _

from ..databases import check_destination
from ..runner.claims import Claim, claimed
from ..runner.refusals import RequestRefused
from ..transfer.backends.base import Session, database_of
from ..transfer.columns import ForeignKey
from ..transfer.confirmed import check_confirmed
from ..transfer.errors import CountMismatch, TransferError
from ..transfer.failpoints import reach
from ..transfer.numbering import reaches, short_of
from ..transfer.receipts import Receipts
from .imports import Part
from .tables import ExchangeRefused

Without = Mapping[str, Collection[int]]
"""The lines of each file that are left out."""

Done = Callable[[Part, int], None]
RECEIPTS = "migration_console_receipts_csv_"


@contextmanager
def held(session: Session) -> Iterator[Claim]:
    """Keep runs and other imports out of a database while it is written into.

    Raises what forbids to write there, such as ExchangeRefused for a run that uses it.
    """
    alias = session.database.alias
    check_destination(alias)
    try:
        with claimed(alias, database_of(session.location())) as claim:
            yield claim
    except RequestRefused as refusal:
        raise ExchangeRefused(refusal.message, refusal.remedy) from refusal


def doomed(session: Session, parts: Sequence[Part]) -> dict[str, int]:
    """Return how many rows of each table would have to be deleted, counted."""
    counted = {part.table: session.catalog.count(part.table) for part in parts}
    return {table: rows for table, rows in counted.items() if rows}


def load(
    session: Session,
    claim: Claim,
    parts: Sequence[Part],
    confirmed: Mapping[str, int],
    without: Without,
    done: Done = lambda part, rows: None,
) -> dict[str, int]:
    """Load all files in one transaction, so that all rows are there or none.

    ``confirmed`` are the rows of each table that may be deleted. Returns the rows
    loaded by table. Raises Unconfirmed, and whatever a row is refused for.
    """
    rows = {}
    with all_or_nothing(session, claim, parts):
        for part in reversed(parts):
            _empty(session, part.table, confirmed.get(part.table, 0))
        reach("import emptied")
        for part in parts:
            lines = without.get(part.name, ())
            rows[part.table] = part.loading.load(session, lines)
            check_rows(part, rows[part.table], lines)
            done(part, rows[part.table])
    return rows


@contextmanager
def all_or_nothing(
    session: Session, claim: Claim, parts: Sequence[Part]
) -> Iterator[None]:
    """Commit what is written into some tables if it may stay, or roll all back.

    Every reference has its row, no other table has lost one by a foreign key, and the
    claim still holds. Afterwards sequences go on behind the numbers in use.
    """
    tables = {part.table for part in parts}
    keys = _touching(session, tables)
    before = _referring(session, keys, tables)
    with session.transaction():
        yield
        check_references(session, keys)
        _check_others(session, keys, tables, before)
        reach("import loaded")
        claim.require()
    go_on_numbering(session, sorted(tables))


def check_rows(part: Part, rows: int, lines: Collection[int]) -> None:
    """Raise CountMismatch where an unchanged file has not all rows of its export."""
    if part.rows is None or lines or rows == part.rows:
        return
    raise CountMismatch(
        _("%(file)s holds %(wanted)d rows by its manifest, but %(rows)d were loaded.")
        % {"file": part.name, "wanted": part.rows, "rows": rows},
        _("Export again; if that does not help, report the server's version."),
    )


def _empty(session: Session, table: str, confirmed: int) -> None:
    if not session.loader.empties_alone:
        session.loader.empty(table, confirmed)
        return
    # What empties a table faster would commit by itself.
    deleted = session.execute(f"DELETE FROM {session.rows_of(table)}")  # noqa: S608
    check_confirmed(table, deleted, confirmed)


def load_in_chunks(
    session: Session,
    claim: Claim,
    parts: Sequence[Part],
    without: Without,
    done: Done = lambda part, rows: None,
) -> dict[str, int]:
    """Load all files into empty tables, chunk by chunk, each with its receipt.

    What an earlier call has committed is passed over. Raises ExchangeRefused where a
    table holds rows that no receipt is there for.
    """
    receipts = Receipts(session, _receipts_table(parts, without))
    is_new = not _has_receipts(session, receipts)
    if is_new and (rows := doomed(session, parts)):
        raise ExchangeRefused(
            _("Tables are not empty: %(tables)s.") % {"tables": ", ".join(rows)},
            _("Empty them, or load all in one transaction: without --in-chunks."),
        )
    receipts.create()
    rows = {}
    for part in parts:
        lines = without.get(part.name, ())

        def told(number: int, part: Part = part) -> None:
            reach("import chunk committed")
            claim.require()
            done(part, number)

        name = sha256(part.table.encode()).hexdigest()[:12]
        rows[part.table] = part.loading.load_in_chunks(
            session, receipts, name, lines, told
        )
        check_rows(part, rows[part.table], lines)
    _finish(session, {part.table for part in parts})
    receipts.drop()
    return rows


def _finish(session: Session, tables: Collection[str]) -> None:
    """Prove the references of what is committed, and let sequences go on."""
    check_references(
        session,
        _touching(session, tables),
        _(
            "All rows are loaded. Add those that are missing to the table, and call "
            "again; or empty the tables, correct the files, and call again."
        ),
    )
    go_on_numbering(session, sorted(tables))


def _receipts_table(parts: Sequence[Part], without: Without) -> str:
    """Return a name that the same files have again if they are read alike."""
    found = sha256()
    for part in parts:
        lines = ",".join(map(str, sorted(without.get(part.name, ()))))
        read = part.loading.description
        found.update(f"{part.table}\n{part.checksum}\n{read}\n{lines}\n".encode())
    return f"{RECEIPTS}{found.hexdigest()[:16]}"


def _has_receipts(session: Session, receipts: Receipts) -> bool:
    with suppress(TransferError):
        return receipts.read("seed") is not None
    return False


# --- what must hold afterwards -------------------------------------------------


def _touching(session: Session, tables: Collection[str]) -> list[ForeignKey]:
    return [
        key
        for key in session.catalog.foreign_keys()
        if key.table in tables or key.to_table in tables
    ]


def check_references(
    session: Session, keys: Sequence[ForeignKey], remedy: str = ""
) -> None:
    """Raise ExchangeRefused for a row that refers to none; some engines do not."""
    for key in keys:
        number, __ = session.schema.orphans(key, 0)
        if number:
            raise ExchangeRefused(
                _(
                    "%(rows)d rows of table '%(table)s' would refer by %(columns)s to "
                    "rows of '%(other)s' that are not there."
                )
                % {
                    "rows": number,
                    "table": key.table,
                    "columns": ", ".join(key.columns),
                    "other": key.to_table,
                },
                remedy or _("Add those rows to the files, or correct the references."),
            )


def _referring(
    session: Session, keys: Sequence[ForeignKey], tables: Collection[str]
) -> dict[str, int]:
    """Count the rows of other tables, which a foreign key may delete."""
    others = {key.table for key in keys if key.table not in tables}
    return {table: session.catalog.count(table) for table in others}


def _check_others(
    session: Session,
    keys: Sequence[ForeignKey],
    tables: Collection[str],
    before: Mapping[str, int],
) -> None:
    for table, rows in _referring(session, keys, tables).items():
        if rows != before[table]:
            raise ExchangeRefused(
                _("Rows of table '%(table)s' would be deleted by its foreign key.")
                % {"table": table},
                _("Import that table as well, or load without emptying."),
            )


def go_on_numbering(session: Session, tables: Sequence[str]) -> None:
    """Let every sequence of some tables go on beyond the numbers in use."""
    found = reaches(session, session.schema.sequences(tables), {})
    for one in found:
        if one.sequence.last is None or not one.sequence.is_beyond(one.beyond):
            session.schema.advance(one.sequence, one.beyond)
    for one in short_of(found, session.schema.sequences(tables)):
        table, column = one.places[0]
        raise ExchangeRefused(
            _(
                "The rows are loaded, but the next number of column '%(column)s' of "
                "table '%(table)s' is in use: its sequence cannot be moved."
            )
            % {"column": column, "table": table},
            _("Set the sequence by hand."),
        )
