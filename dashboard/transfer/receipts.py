"""The destination's own record of what a run has committed there.

A receipt and the work that it stands for are one transaction. The receipt is
inserted first, so a second writer of the same piece waits for the first and
then finds the receipt taken; a void receipt keeps it taken for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .backends.base import Session
from .errors import DataRefused, ReceiptsGone, ReceiptTaken, TransferError

SEED = "seed"


@dataclass(frozen=True)
class Receipt:
    """What a receipt says: rows and bytes of the piece, or that it is void.

    ``made_of`` are the rows of the source, where a transform made others of them.
    """

    rows: int
    bytes: int
    void: bool
    made_of: int | None = None


class Receipts:
    """The receipts table of one run in one destination."""

    def __init__(self, session: Session, table: str) -> None:
        self._session = session
        self._table = session.quote(table)
        self._name = table

    def create(self) -> None:
        """Make the table with its seed row; nothing where it is there."""
        schema = self._session.schema
        self._session.execute(
            f"CREATE TABLE IF NOT EXISTS {self._table} "
            f"(item {schema.key_text_type} PRIMARY KEY, "
            "lane_epoch bigint NOT NULL, moved_rows bigint NOT NULL, "
            "read_rows bigint NOT NULL, "
            f"moved_bytes bigint NOT NULL, void smallint NOT NULL, note text)"
            f"{schema.table_suffix}"
        )
        if self.read(SEED) is None:
            self._insert("", SEED, 0, void=False)

    def take(self, item: str, epoch: int) -> None:
        """Take the receipt of a piece inside the open transaction.

        Raises ReceiptTaken where it is taken or void, and ReceiptsGone where
        the table, or its seed, is not there: the run has ended.
        """
        self._insert(f" FROM {self._table} WHERE item = 'seed'", item, epoch)

    def _insert(
        self, source: str, item: str, epoch: int, *, void: bool = False
    ) -> None:
        placeholder = self._session.placeholder
        sql = (
            f"INSERT INTO {self._table} "
            "(item, lane_epoch, moved_rows, read_rows, moved_bytes, void) "
            f"SELECT {placeholder}, {int(epoch)}, 0, 0, 0, {int(void)}{source}"
        )
        try:
            inserted = self._session.execute(sql, (item,))
        except DataRefused as error:
            raise ReceiptTaken(
                _("Another worker has already done, or given up, '%(item)s'.")
                % {"item": item}
            ) from error
        if inserted != 1:
            raise ReceiptsGone(
                _("Table '%(table)s' has lost its first row: the run has ended.")
                % {"table": self._name}
            )

    def settle(
        self,
        item: str,
        rows: int,
        size: int,
        read: int | None = None,
        note: str = "",
    ) -> None:
        """Write the counts into the receipt, in the same transaction.

        ``rows`` are loaded, and made of so many that were ``read`` if not as many. With
        a ``note``, if there is one, of what else was done.
        """
        placeholder = self._session.placeholder
        self._session.execute(
            f"UPDATE {self._table} SET moved_rows = {int(rows)}, "  # noqa: S608
            f"read_rows = {int(rows if read is None else read)}, "
            f"moved_bytes = {int(size)} WHERE item = {placeholder}",
            (item,),
        )
        if note:
            self._session.execute(
                f"UPDATE {self._table} SET note = {placeholder} "  # noqa: S608
                f"WHERE item = {placeholder}",
                (note, item),
            )

    def note(self, item: str) -> str:
        """Return the note of a receipt that has one."""
        rows = self._session.query(
            f"SELECT note FROM {self._table} "  # noqa: S608
            f"WHERE item = {self._session.placeholder}",
            (item,),
        )
        return str(rows[0][0] or "") if rows else ""

    def read(self, item: str) -> Receipt | None:
        """Return the committed receipt of a piece, or None."""
        placeholder = self._session.placeholder
        rows = self._session.query(
            f"SELECT moved_rows, moved_bytes, void, read_rows FROM {self._table} "  # noqa: S608
            f"WHERE item = {placeholder}",
            (item,),
        )
        if not rows:
            return None
        moved, size, void, read = rows[0]
        made_of = None if moved == read else int(read)
        return Receipt(int(moved), int(size), bool(void), made_of)

    def void(self, item: str) -> Receipt:
        """Make sure that nobody commits the piece any more.

        Returns the receipt that stands afterwards: void, or the real one of
        somebody who was faster. Waits for an open transaction that holds the
        receipt, as long as the session waits for a lock.
        """
        source = f" FROM {self._table} WHERE item = 'seed'"
        try:
            self._insert(source, item, 0, void=True)
        except ReceiptTaken:
            standing = self.read(item)
            if standing is None:
                raise TransferError(
                    _("The receipt of '%(item)s' was there and has disappeared.")
                    % {"item": item},
                    _("Leave the run's receipts table alone while it runs; retry."),
                ) from None
            return standing
        return Receipt(0, 0, True)

    def drop(self) -> None:
        """Drop the table."""
        self._session.execute(f"DROP TABLE IF EXISTS {self._table}")
