"""Loads MySQL through LOAD DATA LOCAL, or multi-row INSERT without it.

LOAD DATA LOCAL turns errors into warnings and goes on, even in strict mode:
duplicate rows are skipped, long texts cut, numbers clamped. So a load with
one warning or one skipped row is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ...batches import LARGE_OCTETS, is_large
from ...columns import ColumnKind
from ...confirmed import check_confirmed
from ...errors import CountMismatch, DataRefused, TransferError
from ...lines import slices
from ...octets import uuid_digits, uuid_octets
from ...plan import PlanColumn, TablePlan
from ...rows import LargeText, LoadFormat, Row
from ...stream import TextStream
from .. import base
from ..faults import not_of_its_type
from .faults import DENIED, describe

if TYPE_CHECKING:
    from .session import MySQLSession

INFO = re.compile(r"Records: (\d+)\s+Deleted: (\d+)\s+Skipped: (\d+)\s+Warnings: (\d+)")

LOAD = """
    LOAD DATA LOCAL INFILE '/dev/fd/{number}' INTO TABLE {table} CHARACTER SET utf8mb4
    FIELDS TERMINATED BY ',' ENCLOSED BY '"' ESCAPED BY ''
    LINES TERMINATED BY '\\n' ({columns}){assignments}
"""

INSERT_BYTES = 1 << 20


class Loader(base.Loader):
    """Loads into the open transaction, foreign key checks off for the session."""

    empties_alone = True

    def __init__(self, session: MySQLSession) -> None:
        self._session = session
        self._load_format: LoadFormat | None = None

    @property
    def load_format(self) -> LoadFormat:  # type: ignore[override]
        if self._load_format is None:
            allowed = self._session.query("SELECT @@GLOBAL.local_infile")[0][0]
            self._load_format = LoadFormat.CSV if int(allowed) else LoadFormat.ROWS
        return self._load_format

    def load_text(self, plan: TablePlan, stream: TextStream) -> int:
        driver = self._session.driver
        with stream.descriptor() as number, self._session.errors():
            driver.execute(self._load_sql(plan, number))
            found = INFO.search(driver.information())
        if found is None:
            raise CountMismatch(
                _(
                    "The server did not say how many rows it loaded into table "
                    "'%(table)s'."
                )
                % {"table": plan.table},
                _("Retry; if that does not help, report the server's version."),
            )
        records, deleted, skipped, warnings = map(int, found.groups())
        if deleted or skipped or warnings:
            raise self._refusal(plan, skipped, warnings)
        return records

    def _load_sql(self, plan: TablePlan, number: int) -> bytes:
        quote = self._session.quote
        columns, assignments = [], []
        for index, column in enumerate(plan.written):
            expression = _conversion(column, f"@c{index}")
            if expression is None:
                columns.append(quote(column.name))
            else:
                columns.append(f"@c{index}")
                assignments.append(f"{quote(column.name)} = {expression}")
        sql = LOAD.format(
            number=number,
            table=self._session.quote_table(plan.table),
            columns=", ".join(columns),
            assignments=" SET " + ", ".join(assignments) if assignments else "",
        )
        return self._session.format(sql)

    def _refusal(self, plan: TablePlan, skipped: int, warnings: int) -> Exception:
        shown = self._session.query("SHOW WARNINGS LIMIT 1")
        if shown:
            __, number, text = shown[0]
            said = describe(self._session.database.alias, int(number), str(text))
        else:
            said = _("%(warnings)d warnings, %(skipped)d rows left out.") % {
                "warnings": warnings,
                "skipped": skipped,
            }
        return DataRefused(
            _("Table '%(table)s' cannot store the rows unchanged. %(said)s")
            % {"table": plan.table, "said": said},
            _(
                "Correct the rows in the source, then retry; or change the column in "
                "the destination and plan a new run."
            ),
        )

    def load_rows(self, plan: TablePlan, batches: Iterable[list[Row]]) -> int:
        return self._insert(plan, map(partial(_converted, plan), batches))

    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        return self.load_rows(plan, batches)

    def _insert(self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]) -> int:
        head = self._head(plan)
        most = min(INSERT_BYTES, self._packet_octets - 1)
        rows, size = 0, len(head)
        parts: list[bytes] = []
        for batch in batches:
            if is_large(batch):
                rows += self._send(plan, self._statement(head, batch))
                continue
            for part in map(self._row, batch):
                if parts and size + len(part) >= most:
                    rows += self._send(plan, head + b",".join(parts))
                    size, parts = len(head), []
                parts.append(part)
                size += len(part) + 1
        return rows + (self._send(plan, head + b",".join(parts)) if parts else 0)

    def _head(self, plan: TablePlan) -> bytes:
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        return self._session.format(
            f"INSERT INTO {self._session.quote_table(plan.table)} "  # noqa: S608
            f"({names}) VALUES "
        )

    def _row(self, row: tuple[Any, ...]) -> bytes:
        return b"(" + b",".join(map(self._literal, row)) + b")"

    @property
    def most_octets(self) -> int | None:
        is_sent = self.load_format is LoadFormat.ROWS
        return self._packet_octets if is_sent else None

    def count_too_large(self, plan: TablePlan, batch: list[Row]) -> int:
        head, rows = self._head(plan), _converted(plan, batch)
        if is_large(rows):
            return int(self._exceeds(self._statement(head, rows)))
        return sum(self._exceeds(head + self._row(row)) for row in rows)

    def _exceeds(self, statement: bytes) -> bool:
        # An octet in front of it says that it is a statement.
        return len(statement) + 1 >= self._packet_octets

    def _statement(self, head: bytes, batch: list[tuple[Any, ...]]) -> bytes:
        """Return the statement for one large row, which is taken out of the batch."""
        statement = BytesIO()
        statement.write(head)
        for index, value in enumerate(batch.pop()):
            statement.write(b"," if index else b"(")
            for part in self._parts(value):
                statement.write(part)
        statement.write(b")")
        # What it has written, not a copy.
        return statement.getvalue()

    def _parts(self, value: Any) -> Iterator[bytes]:
        """Yield a literal, that of a large value in parts."""
        is_text = isinstance(value, LargeText)
        octets = value.octets if is_text else value
        if not isinstance(octets, bytes) or len(octets) < LARGE_OCTETS:
            yield self._literal(str(value) if is_text else value)
            return
        yield b"'" if is_text else b"_binary'"
        for part in slices(octets):
            # Both are ASCII, and no octet of another character of UTF-8; the
            # session's SQL mode lets a backslash escape.
            yield part.replace(b"\\", b"\\\\").replace(b"'", b"\\'")
        yield b"'"

    def _literal(self, value: Any) -> bytes:
        return self._session.driver.literal(value)

    @cached_property
    def _packet_octets(self) -> int:
        """What the server takes as one statement, in octets.

        Of a longer one it says nothing and ends the connection. LOAD DATA has no
        such limit: its rows come in packets of the client's choice.
        """
        return int(self._session.query("SELECT @@max_allowed_packet")[0][0])

    def _send(self, plan: TablePlan, statement: bytes) -> int:
        if self._exceeds(statement):
            raise _too_large(plan, len(statement), self._packet_octets)
        driver = self._session.driver
        with self._session.errors():
            rows = driver.execute(statement)
            warnings = driver.warnings()
        if warnings:
            raise self._refusal(plan, 0, warnings)
        return rows

    def empty(self, table: str, confirmed: int) -> None:
        name = self._session.quote_table(table)
        with self._locked(name):
            check_confirmed(table, self._session.catalog.count(table), confirmed)
            # A DELETE of two million rows took 13 s, and its purge slowed the
            # load that followed to half.
            self._session.execute(f"TRUNCATE TABLE {name}")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Let nobody write a row between the count and the deletion.

        An account without the privilege LOCK TABLES goes without.
        """
        try:
            self._session.execute(f"LOCK TABLES {name} WRITE")
        except TransferError as error:
            if error.code not in map(str, DENIED):
                raise
        try:
            yield
        finally:
            # A connection that is gone holds no lock.
            with suppress(TransferError):
                self._session.execute("UNLOCK TABLES")


def _too_large(plan: TablePlan, octets: int, most: int) -> DataRefused:
    return DataRefused(
        _(
            "Table '%(table)s': one row is a statement of %(octets)d octets, and the "
            "server takes %(most)d (max_allowed_packet)."
        )
        % {"table": plan.table, "octets": octets, "most": most},
        _(
            "Raise the server's max_allowed_packet, or turn its local_infile on; then "
            "retry."
        ),
    )


def _conversion(column: PlanColumn, variable: str) -> str | None:
    """Return what makes the wire text into the column's value, or None."""
    if column.is_octets_there:
        return f"UNHEX({variable})"
    match column.kind:
        case ColumnKind.UUID if column.destination.name != "uuid":
            return _uuid_sql(column, variable)
        case ColumnKind.INTEGER | ColumnKind.BOOLEAN if (
            column.destination.name == "bit"
        ):
            # Without it the digits would be stored, as octets.
            return f"CAST({variable} AS UNSIGNED)"
        case _:
            return None


def _uuid_sql(column: PlanColumn, variable: str) -> str | None:
    digits = f"REPLACE({variable}, '-', '')"
    # What is no UUID stays as it is, too long for the column or different there.
    if column.destination.holds_octets:
        # Without the cast the server makes text of both.
        return f"IFNULL(UNHEX({digits}), CAST({variable} AS BINARY))"
    if column.destination.length == 32:
        # An odd length, or another sign, has no octets.
        return f"IF(UNHEX({digits}) IS NULL, {variable}, LOWER({digits}))"
    return None


def _converted(plan: TablePlan, batch: list[Row]) -> list[tuple[Any, ...]]:
    return [_converted_row(plan, row) for row in batch]


def _converted_row(plan: TablePlan, row: Row) -> tuple[Any, ...]:
    values: list[Any] = list(row)
    for index, column in enumerate(plan.written):
        value = values[index]
        if value is None or column.kind is ColumnKind.OTHER:
            continue
        try:
            values[index] = _value(column, value)
        except ValueError:
            raise not_of_its_type(plan, column) from None
    return tuple(values)


def _value(column: PlanColumn, value: Any) -> Any:
    there = column.destination
    if column.kind is ColumnKind.UUID:
        if there.holds_octets:
            return uuid_octets(value)
        return uuid_digits(value) if there.length == 32 else value
    if there.name == "bit":
        return int(value)
    if column.is_octets_there and isinstance(value, LargeText):
        return value.octets
    if column.is_octets_there and isinstance(value, str):
        return value.encode()
    return value
