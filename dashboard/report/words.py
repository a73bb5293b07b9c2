"""What a report says of a whole run: what it has come to, and how that is known."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import MigrationRun
from ..statuses import Phase, Status, Verdict
from ..wording import count
from . import merges
from .contents import TableLine

# Of which each row was read.
READ = (Verdict.VERIFIED, Verdict.PARTLY, Verdict.MISMATCHED)


def headline(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    """Return what a run has come to, first of all."""
    if run.status not in (Status.SUCCEEDED, Status.FAILED):
        status = {"status": run.get_status_display().lower()}
        return (
            _("The run has not finished (%(status)s). This is its state so far.")
            % status
        )
    match run.verdict:
        case Verdict.VERIFIED:
            return f"{_verified(run, tables)}{_only(tables)}{_changed(tables)}"
        case Verdict.PARTLY:
            return f"{_partly(run, tables)}{_only(tables)}{_changed(tables)}"
        case Verdict.COUNTED:
            return f"{_counted(run, tables)}{_only(tables)}"
        case Verdict.MISMATCHED:
            return _mismatched(tables)
        case Verdict.NOT_VERIFIABLE:
            return _not_verifiable(tables)
    if run.status == Status.FAILED and run.phase != Phase.AFTER:
        return _("The run failed before its tables were compared.")
    return _("The rows were copied and not compared. Nothing is verified.")


def _verified(run: MigrationRun, every: tuple[TableLine, ...]) -> str:
    return _merged(run, every) or _same(run, every)


def _merged(run: MigrationRun, every: tuple[TableLine, ...]) -> str:
    """Say what is there where any rows were merged, "" where none were."""
    said = merges.verified(run, every)
    tables = _copied(every)
    return f"{said} {_same(run, tables)}" if said and tables else said


def _copied(every: tuple[TableLine, ...]) -> list[TableLine]:
    """Return the tables that rows were not merged into."""
    return [table for table in every if not table.write_mode]


def _same(run: MigrationRun, tables: Sequence[TableLine]) -> str:
    values = {
        "tables": len(tables),
        "rows": _rows(tables),
        "destination": run.destination,
    }
    return (
        ngettext(
            "Every row and every column of %(tables)d table is the same in"
            " “%(destination)s” as in the source: %(rows)s rows.",
            "Every row and every column of all %(tables)d tables is the same in"
            " “%(destination)s” as in the source: %(rows)s rows in total.",
            len(tables),
        )
        % values
    )


def _rows(tables: Sequence[TableLine]) -> str:
    return count(sum(t.source_rows or 0 for t in tables))


def _partly(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    partly = [t for t in tables if t.verdict == Verdict.PARTLY]
    if said := _merged(run, tables):
        return f"{said} " + ngettext(
            "All of this is but for columns of %(partly)d of %(tables)d tables that "
            "cannot be compared.",
            "All of this is but for columns of %(partly)d of %(tables)d tables that "
            "cannot be compared.",
            len(partly),
        ) % {"partly": len(partly), "tables": len(tables)}
    return ngettext(
        "Every row of all tables is the same on both sides, %(rows)s in total, but for"
        " columns of %(partly)d of %(tables)d tables that cannot be compared.",
        "Every row of all tables is the same on both sides, %(rows)s in total, but for"
        " columns of %(partly)d of %(tables)d tables that cannot be compared.",
        len(partly),
    ) % {"partly": len(partly), "tables": len(tables), "rows": _rows(tables)}


def _counted(run: MigrationRun, every: tuple[TableLine, ...]) -> str:
    said = merges.verified(run, every)
    tables = _copied(every)
    return " ".join(filter(None, [said, _as_many(tables) if tables else ""]))


def _as_many(tables: Sequence[TableLine]) -> str:
    return ngettext(
        "%(tables)d table has the same number of rows on both sides: %(rows)s."
        " Their values were not compared.",
        "All %(tables)d tables have the same number of rows on both sides:"
        " %(rows)s in total. Their values were not compared.",
        len(tables),
    ) % {"tables": len(tables), "rows": _rows(tables)}


def _only(tables: tuple[TableLine, ...]) -> str:
    """Return of which tables this is about some rows alone, or ""."""
    some = [table for table in tables if table.only]
    if not some:
        return ""
    text = ngettext(
        "Of %(some)d table only the rows that were asked for took part.",
        "Of %(some)d tables only the rows that were asked for took part.",
        len(some),
    )
    return " " + text % {"some": len(some)}


def _changed(tables: tuple[TableLine, ...]) -> str:
    """Return how many values were changed at the operator's choice, or ""."""
    changes = [change for table in tables for change in table.changes]
    if not changes:
        return ""
    number = sum(change.values or 0 for change in changes)
    text = ngettext(
        "This is with %(values)s value changed at the operator's choice.",
        "This is with %(values)s values changed at the operator's choice.",
        number,
    )
    return " " + text % {"values": count(number)}


def _mismatched(tables: tuple[TableLine, ...]) -> str:
    wrong = [t for t in tables if t.verdict == Verdict.MISMATCHED]
    return ngettext(
        "%(wrong)d of %(tables)d tables is mismatched: it is not the same on both"
        " sides.",
        "%(wrong)d of %(tables)d tables are mismatched: they are not the same on both"
        " sides.",
        len(wrong),
    ) % {"wrong": len(wrong), "tables": len(tables)}


def _not_verifiable(tables: tuple[TableLine, ...]) -> str:
    unproved = [t for t in tables if t.verdict == Verdict.NOT_VERIFIABLE]
    return ngettext(
        "%(unproved)d of %(tables)d tables could not be verified.",
        "%(unproved)d of %(tables)d tables could not be verified.",
        len(unproved),
    ) % {"unproved": len(unproved), "tables": len(tables)}


def method(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    """Return how the tables were compared, and how many of them."""
    if run.verify == MigrationRun.Verify.NONE:
        return _(
            "Nothing was compared, because the run was planned without a comparison."
        )
    if run.verify == MigrationRun.Verify.COUNTS:
        compared, how = [t for t in tables if t.verdict], _how_counted()
    else:
        compared, how = [t for t in tables if t.verdict in READ], _how_compared()
    if not compared:
        return _("No table has been compared.")
    is_full = run.verify == MigrationRun.Verify.FULL
    of_merges = merges.method(tables) if is_full else ""
    return f"{_of_them(len(compared), len(tables))} {how}{of_merges}".strip()


def _of_them(compared: int, tables: int) -> str:
    """Say how many of the tables it is about, where not all of them."""
    if compared == tables:
        return ""
    return ngettext(
        "This is about %(compared)d of %(tables)d tables; the others were not compared"
        " as a whole.",
        "This is about %(compared)d of %(tables)d tables; the others were not compared"
        " as a whole.",
        compared,
    ) % {"compared": compared, "tables": tables}


def _how_counted() -> str:
    return _(
        "The rows of each table were counted in both databases. Their values were"
        " not compared."
    )


def _how_compared() -> str:
    return _(
        "Every row of each table was read in both databases and reduced to a hash over"
        " all of its columns, but for those that are named as not comparable. The text"
        " that is hashed is the comparison's own; the copy does not use it. The number"
        " of rows, the number of hashes and their 64-bit sums were compared. Where they"
        " differed, the range was divided until the row and the column were found."
    )
