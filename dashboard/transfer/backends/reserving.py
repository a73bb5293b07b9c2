"""Numbers that follow each other and belong to nobody else."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..errors import TransferError
from ..sequences import NumberSequence


def require_room(sequence: NumberSequence, last: int) -> None:
    """Raise TransferError where a column has no number as high as the ``last``."""
    if last > sequence.most:
        raise TransferError(
            _(
                "Column '%(column)s' of table '%(table)s' has no room for new keys: "
                "its numbers end at %(most)d."
            )
            % {
                "column": sequence.column,
                "table": sequence.table,
                "most": sequence.most,
            },
            _("Give the column a wider type, such as bigint."),
        )


def one_by_one(first: int) -> str:
    """Return SQL for the number of each row of the contract, from the ``first`` on."""
    return f"{first - 1} + row_number() OVER (ORDER BY o.old_key)"
