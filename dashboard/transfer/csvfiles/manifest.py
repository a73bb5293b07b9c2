"""What a directory of CSV files says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..columns import ColumnKind, ColumnType
from ..errors import TransferError
from .dialect import Dialect

NAME = "manifest.json"
FORMAT = 1
"""The number of this format; files of a later one are refused."""

# A manifest of thousands of tables is below it.
MOST_OCTETS = 64 << 20
PLAIN = re.compile(r"[A-Za-z0-9_.@+()=, -]{1,200}\.csv\Z")


class ManifestRefused(TransferError):
    """A manifest that cannot be one, or one that this version cannot read."""


@dataclass(frozen=True)
class FileColumn:
    """A column of a file, and the type that it had in the database."""

    name: str
    kind: ColumnKind
    type: ColumnType
    nullable: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": str(self.kind),
            "nullable": self.nullable,
            "type": {"name": self.type.name, **_told(self.type)},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FileColumn:
        return cls(
            str(value["name"]),
            ColumnKind(value["kind"]),
            ColumnType(**value["type"]),
            bool(value["nullable"]),
        )


def _told(real: ColumnType) -> dict[str, Any]:
    return {name: value for name, value in vars(real).items() if value}


@dataclass(frozen=True)
class TableFile:
    """One file: the rows of one table."""

    model: str
    table: str
    file: str
    columns: tuple[FileColumn, ...]
    key: tuple[str, ...] = ()
    rows: int = 0
    octets: int = 0
    # SHA-256 in hexadecimal.
    checksum: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "columns": [column.to_json() for column in self.columns],
            "key": list(self.key),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TableFile:
        return cls(
            model=str(value["model"]),
            table=str(value["table"]),
            file=_plain(str(value["file"])),
            columns=tuple(map(FileColumn.from_json, value["columns"])),
            key=tuple(map(str, value["key"])),
            rows=int(value["rows"]),
            octets=int(value["octets"]),
            checksum=str(value["checksum"]),
        )


@dataclass(frozen=True)
class Manifest:
    """What lies in a directory, how it is spelled and where it comes from."""

    vendor: str = ""
    # In which the digits of clocks are that are no instants.
    zone: str = "UTC"
    dialect: Dialect = field(default_factory=Dialect)
    tables: tuple[TableFile, ...] = ()

    def dumped(self) -> bytes:
        """Return the file's octets."""
        document = {
            "format": FORMAT,
            "vendor": self.vendor,
            "zone": self.zone,
            **self.dialect.to_json(),
            "null_rule": "a value that is this word; a text that is it has the guard",
            "guard_rule": "a value that begins with the guard loses one",
            "tables": [table.to_json() for table in self.tables],
        }
        return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def loaded(cls, octets: bytes) -> Manifest:
        """Return what a file says. Raises ManifestRefused and DialectRefused."""
        try:
            found = json.loads(octets)
            number = int(found["format"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _unreadable() from None
        if number > FORMAT:
            raise ManifestRefused(
                _("%(file)s has format %(number)d; this version knows %(known)d.")
                % {"file": NAME, "number": number, "known": FORMAT},
                _("Load it by the version that wrote it, or a later one."),
            )
        try:
            return cls(
                str(found["vendor"]),
                str(found["zone"]),
                Dialect.from_json(found),
                tuple(map(TableFile.from_json, found["tables"])),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unreadable() from None


def _plain(name: str) -> str:
    """Return a file's name that leads out of no directory. Raises ValueError."""
    if not PLAIN.match(name) or name.startswith("."):
        raise ValueError
    return name


def _unreadable() -> ManifestRefused:
    return ManifestRefused(
        _("%(file)s is no manifest of exportdata.") % {"file": NAME},
        _(
            "Take the one of the export, or remove it: then the files are read by "
            "their first lines alone."
        ),
    )


def file_name(label: str) -> str:
    """Return the name of a table's file, which any system takes.

    ``label`` is a model's, such as app.Model, or a table's after "table:".
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", label.removeprefix("table:"))
    return f"{plain.lstrip('.')[:150] or 'table'}.csv"
