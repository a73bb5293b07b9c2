"""A report as a file: HTML, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from django.template.backends.django import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from .contents import ChangeLine, LeftOutLine, Report, TableLine

STYLE = Path(__file__).parent.parent / "static" / "migration_console" / "report.css"

COLUMNS = (
    "run",
    "source",
    "destination",
    "model",
    "table",
    "source_rows",
    "destination_rows",
    "rows_copied",
    "verdict",
    "verdict_reason",
    "differences",
    "route",
    "seconds",
    "verify_seconds",
    "error",
    "left_out",
    "changes",
    "dry_run",
    "merged",
    "transform",
    "rows_made",
)

# OWASP's list, and the full-width forms that spreadsheets fold into it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class UnknownFileTypeError(ValueError):
    """A file name whose suffix is not that of a report."""


def as_json(report: Report) -> str:
    """Return the whole report as one document."""
    return json.dumps(_document(report), indent=2, ensure_ascii=False, default=_plain)


def as_csv(report: Report) -> str:
    """Return a line per table, and per table that took no part.

    Every cell is safe to open in a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in report.tables:
        writer.writerow([cell(value) for value in _csv_line(report, table)])
    for entry in report.left_out:
        writer.writerow([cell(value) for value in _csv_left_out(report, entry)])
    return out.getvalue()


def as_html(report: Report) -> str:
    """Return a page that needs no other file, to be kept and printed."""
    # The only place with a style inside: a file has no site to load it from.
    style = mark_safe(STYLE.read_text(encoding="utf-8"))  # noqa: S308
    template = _engine().get_template("migration_console/report/document.html")
    return template.render({"report": report, "style": style})


@cache
def _engine() -> DjangoTemplates:
    """Return an engine of the app's own: a project may have no TEMPLATES."""
    return DjangoTemplates(
        {
            "NAME": "migration_console",
            "DIRS": [Path(__file__).resolve().parent.parent / "templates"],
            "APP_DIRS": False,
            "OPTIONS": {},
        }
    )


FILE_TYPES: dict[str, tuple[Callable[[Report], str], str]] = {
    "html": (as_html, "text/html; charset=utf-8"),
    "json": (as_json, "application/json"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
}


def render(report: Report, file_type: str) -> tuple[str, str]:
    """Return the text and the media type of one file type.

    Raises UnknownFileTypeError for one that does not exist.
    """
    try:
        make, media_type = FILE_TYPES[file_type]
    except KeyError:
        raise UnknownFileTypeError(file_type) from None
    return make(report), media_type


def write(report: Report, path: str | Path) -> None:
    """Write a file of the type that its suffix names.

    Raises UnknownFileTypeError for another suffix than .html, .json and .csv.
    """
    path = Path(path)
    check_path(path)
    text, _media_type = render(report, path.suffix.lower().removeprefix("."))
    # The lines of a CSV end in CR LF, which newline="" leaves as it is.
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def check_path(path: str | Path) -> None:
    """Refuse early what write would refuse in the end.

    Raises UnknownFileTypeError for the suffix, FileNotFoundError for a directory that
    does not exist, IsADirectoryError for one, and PermissionError for what this process
    may not write.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            _("“%(name)s” is a directory. Name a file in it for the report.")
            % {"name": path}
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            _("There is no directory “%(name)s” for the report. Create it first.")
            % {"name": path.parent}
        )
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(
            _("The report may not be written to “%(name)s”. Choose another place.")
            % {"name": path}
        )
    if path.suffix.lower().removeprefix(".") not in FILE_TYPES:
        raise UnknownFileTypeError(
            _("“%(name)s” is not a file type of a report. Use one of: %(suffixes)s.")
            % {
                "name": path.name,
                "suffixes": ", ".join(f".{name}" for name in FILE_TYPES),
            }
        )


def cell(value: object) -> object:
    """Keep a spreadsheet from taking a text for a formula.

    Numbers stay numbers, negative ones too.
    """
    if not isinstance(value, str):
        return "" if value is None else value
    # str.strip takes no-break spaces along; the first character counts as well
    # because a tab or a line break in front is dangerous in itself.
    if value.startswith(FORMULA) or value.strip().startswith(FORMULA):
        return f"'{value}"
    return value


def _csv_line(report: Report, table: TableLine) -> list[object]:
    values: dict[str, object] = {
        **_table(table),
        "run": report.run,
        "source": report.source,
        "destination": report.destination,
        "differences": table.differences_count,
        "left_out": None,
        "changes": "; ".join(map(_change, table.changes)),
        "merged": table.merged,
    }
    return [values[column] for column in COLUMNS]


def _change(line: ChangeLine) -> str:
    number = "" if line.values is None else f" ({line.values})"
    return f"{line.column}: {line.change}{number}"


def _csv_left_out(report: Report, entry: LeftOutLine) -> list[object]:
    values: dict[str, object] = {
        "run": report.run,
        "source": report.source,
        "destination": report.destination,
        "model": entry.model,
        "table": entry.table,
        "source_rows": entry.source_rows,
        "destination_rows": entry.destination_rows,
        "left_out": f"{entry.label}. {entry.why}".strip(),
    }
    return [values.get(column) for column in COLUMNS]


def _table(table: TableLine) -> dict[str, Any]:
    return {**asdict(table), "verdict": table.verdict or None}


def _document(report: Report) -> dict[str, Any]:
    document = asdict(report)
    document["verdict"] = report.verdict or None
    document["rows"] = report.rows
    document["tables"] = [_table(table) for table in report.tables]
    document["schema_not_as_before"] = document.pop("schema")
    for name in ("status_label", "verdict_label"):
        del document[name]
    return document


def _plain(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
