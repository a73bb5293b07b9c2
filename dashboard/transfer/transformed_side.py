"""What a transform makes of a source's rows, as a side of a comparison.

Apart from the route: it loads SQLite's backend, in whose memory it compares.
"""

from __future__ import annotations

from collections.abc import Iterator

from .backends.base import Session
from .backends.comparer import Comparer
from .backends.sqlite import ScratchComparer, in_memory
from .checksums import ComparedRow, Layout, Selection
from .columns import ColumnKind
from .keys import EVERYTHING, KeyRange
from .lines import decoded
from .plan import TablePlan
from .rows import LoadFormat, Row, closed
from .transform_route import TransformRoute, compared_plan, require_same
from .transformed_rows import RawRow, Refusal
from .transforming import Transforming


class TransformedSide:
    """What becomes of a source's rows, as a side of a comparison."""

    def __init__(self, route: TransformRoute, source: Session) -> None:
        self._route = route
        self._source = source
        self._comparer = _Comparer(route, source)
        self.vendor = source.vendor

    @property
    def comparer(self) -> Comparer:
        """What counts and adds up."""
        return self._comparer

    def end_statement(self) -> None:
        """End what another thread compares."""
        self._route.end_statement()
        self._source.end_statement()
        self._comparer.end()

    def close(self) -> None:
        """Forget what was compared; the source stays open."""
        self._comparer.close()


class _Comparer(ScratchComparer):
    """Compares what a route makes of a source's rows."""

    def __init__(self, route: TransformRoute, source: Session) -> None:
        plan = compared_plan(route.plan)
        super().__init__(in_memory(), self._given, plan, source.vendor)
        self._route = route
        self._source = source
        # Whether the function is asked twice.
        self._is_doubted = False

    def count(self, plan: TablePlan, side: int) -> int:
        return sum(len(batch) for batch in self._given(EVERYTHING))

    def rows(self, layout: Layout, selection: Selection) -> Iterator[list[ComparedRow]]:
        # Something differs, and it may be the function that does.
        self._is_doubted = True
        try:
            yield from super().rows(layout, selection)
        finally:
            self._is_doubted = False

    def _given(self, key_range: KeyRange) -> Iterator[list[Row]]:
        transforming = self._route.transforming(LoadFormat.ROWS)
        binary = [
            i
            for i, c in enumerate(self._route.plan.written)
            if c.kind is ColumnKind.BINARY
        ]
        with closed(self._route.read(self._source, key_range)) as batches:
            for batch in batches:
                found = self._made(transforming, batch)
                if self._is_doubted:
                    again = self._made(transforming, batch)
                    require_same(self._route.plan, found, again)
                yield decoded(found, binary) if found else []

    def _made(self, transforming: Transforming, batch: list[RawRow]) -> list[RawRow]:
        """Return what becomes of rows; one that is refused stays as it is.

        So it is missing in the destination, where it was set aside; and nothing is
        proved of it if it is there.
        """
        try:
            return transforming(batch)
        except Refusal as error:
            if len(batch) == 1:
                self.unproved = self.unproved or error.message
                return batch
        return [made for row in batch for made in self._made(transforming, [row])]
