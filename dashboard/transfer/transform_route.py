"""Rows that go through a function of the project's on their way, and in a comparison.

Both times they are read as ever, by the source's own reader, in the octets that the
destination's format wants, and given to the function a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from .backends.base import Loader, Session
from .backends.reader import Raw
from .backends.reading import Blocks
from .columns import ColumnKind
from .errors import AnswersDiffer
from .keys import KeyRange
from .lines import decoded
from .plan import TablePlan
from .python_values import decoder, encoder
from .rows import LoadFormat, Row, closed
from .stream import BlockStream
from .transformed_rows import Fields, Octets, RawRow
from .transforming import Transforming

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field


@dataclass(frozen=True)
class Moved:
    """Rows read, made of them and loaded, and the octets of the text; 0 if unknown."""

    read: int
    made: int
    loaded: int
    bytes: int


@dataclass(frozen=True)
class Model:
    """What a table's columns are to the project.

    ``fields`` by column; of the connections, the source's and the destination's, none
    is opened. ``aware`` says that moments have a time zone.
    """

    fields: Mapping[str, Field[Any, Any]]
    connections: tuple[BaseDatabaseWrapper, BaseDatabaseWrapper]
    aware: bool


class TransformRoute:
    """One table's rows through its function."""

    def __init__(
        self, plan: TablePlan, function: Callable[[Any], Any], model: Model
    ) -> None:
        self.plan = plan
        self._function = function
        self._model = model
        self._is_ended = False

    def load(
        self,
        source: Session,
        loader: Loader,
        plan: TablePlan,
        written: TablePlan,
        key_range: KeyRange,
    ) -> Moved:
        """Load what becomes of a range, inside the destination's open transaction.

        ``plan`` may have some of the columns only, and ``written`` another table.
        """
        load_format = loader.load_format
        counts = _Counts()
        with closed(self._made(source, key_range, load_format, counts)) as made:
            batches = _chosen(made, self.plan, plan)
            if load_format is LoadFormat.ROWS:
                loaded = loader.load_rows(written, _decoded(batches, plan))
                return Moved(counts.read, counts.made, loaded, counts.octets)
            octets = {i for i, c in enumerate(plan.written) if c.is_octets_there}
            raw = Raw(batches, frozenset(octets))
            blocks = Blocks(plan, load_format, raw, is_sound=False)
            stream = BlockStream(chain.from_iterable(map(blocks, raw.batches)))
            loaded = loader.load_text(written, stream)
        return Moved(counts.read, counts.made, loaded, stream.bytes)

    def read(self, source: Session, key_range: KeyRange) -> Iterator[list[RawRow]]:
        """Yield batches of rows as a comparison gives them to the function."""
        raw = source.reader.apart(self.plan, key_range, LoadFormat.ROWS)
        with closed(raw.batches) as batches:
            yield from batches

    def first(
        self, source: Session, key_range: KeyRange, most: int
    ) -> list[tuple[RawRow, list[RawRow]]]:
        """Return the first rows of a range, each with what becomes of it alone.

        Raises Refusal, and AnswersDiffer where it is something else the second time.
        """
        transforming = self.transforming(LoadFormat.ROWS)
        raw = source.reader.apart(self.plan, key_range, LoadFormat.ROWS)
        found: list[tuple[RawRow, list[RawRow]]] = []
        with closed(raw.batches) as batches:
            for row in islice(chain.from_iterable(batches), most):
                made = transforming([row])
                require_same(self.plan, made, transforming([row]))
                found.append((row, made))
        return found

    def transforming(self, load_format: LoadFormat) -> Transforming:
        """Return what applies the function to rows in the octets of a format."""
        assert self.plan.transform is not None
        fields = self._fields(load_format)
        return Transforming(
            self.plan.transform, self._function, fields, lambda: self._is_ended
        )

    def end_statement(self) -> None:
        """End what another thread is doing, between two rows."""
        self._is_ended = True

    def close(self) -> None:
        """Do nothing: no connection is open."""

    def _made(
        self,
        source: Session,
        key_range: KeyRange,
        load_format: LoadFormat,
        counts: _Counts,
    ) -> Iterator[list[RawRow]]:
        transforming = self.transforming(load_format)
        raw = source.reader.apart(self.plan, key_range, load_format)
        with closed(raw.batches) as batches:
            for batch in batches:
                found = transforming(batch)
                counts.add(batch, found)
                if found:
                    yield found

    def _fields(self, load_format: LoadFormat) -> Fields:
        plan, model = self.plan, self._model
        columns = plan.written
        fields = [model.fields[column.name] for column in columns]
        old, new = model.connections
        places: dict[str, int] = {}
        # Attribute names come first where a name means two of them.
        for names in (
            [column.name for column in columns],
            [field.name for field in fields],
            [field.attname for field in fields],
        ):
            places |= {name: place for place, name in enumerate(names)}
        transform = plan.transform
        free = transform.fields if transform else None
        # Plans name columns, of which another field may have the name.
        of_column = {column.name: place for place, column in enumerate(columns)}
        pairs = list(zip(columns, fields, strict=True))
        return Fields(
            plan,
            columns,
            tuple(field.attname for field in fields),
            places,
            tuple(decoder(plan, c, f, old, aware=model.aware) for c, f in pairs),
            tuple(
                encoder(plan, c, f, new, load_format, aware=model.aware)
                for c, f in pairs
            ),
            tuple(of_column[name] for name in plan.key),
            None if free is None else frozenset(of_column[name] for name in free),
        )


class _Counts:
    """How many rows went in and came out, and the octets of those."""

    def __init__(self) -> None:
        self.read = 0
        self.made = 0
        self.octets = 0

    def add(self, batch: list[RawRow], found: list[RawRow]) -> None:
        self.read += len(batch)
        self.made += len(found)
        if found:
            self.octets += len(found) * sum(map(len, filter(None, found[0])))


def _chosen(
    batches: Iterator[list[RawRow]], whole: TablePlan, part: TablePlan
) -> Iterator[list[RawRow]]:
    """Return the columns of a plan out of those of the whole one."""
    names = [column.name for column in whole.written]
    places = [names.index(column.name) for column in part.written]
    if places == list(range(len(names))):
        return batches
    return ([tuple(row[i] for i in places) for row in batch] for batch in batches)


def _decoded(batches: Iterator[list[RawRow]], plan: TablePlan) -> Iterator[list[Row]]:
    binary = [i for i, c in enumerate(plan.written) if c.kind is ColumnKind.BINARY]
    return (decoded(batch, binary) for batch in batches)


def compared_plan(plan: TablePlan) -> TablePlan:
    """Return the plan by which what a transform has made is compared.

    What the reader applies has been applied, and what the destination computes itself
    is made of what is compared.
    """
    columns = tuple(replace(c, numbers=None, change=None) for c in plan.written)
    return replace(plan, columns=columns, source_columns=())


def require_same(plan: TablePlan, first: list[RawRow], second: list[RawRow]) -> None:
    """Raise AnswersDiffer where a function has made two things of the same rows."""
    if first == second:
        return
    names = [column.name for column in plan.written]
    pairs = zip(first, second, strict=False)
    one, other = next(((a, b) for a, b in pairs if a != b), ((), ()))
    columns = [n for n, a, b in zip(names, one, other, strict=False) if a != b]
    key = " / ".join(_key(one[names.index(name)]) for name in plan.key if one)
    raise AnswersDiffer(
        _(
            "The transform '%(name)s' of %(model)s gives two answers for the same row "
            "(key %(key)s, columns %(columns)s): what should have become of the rows "
            "is not known."
        )
        % {
            "name": plan.transform.name if plan.transform else "",
            "model": plan.model,
            "key": key or _("unknown"),
            "columns": ", ".join(columns) or _("of other rows"),
        },
        _("Let it depend on the row alone: no clock, no chance, no counter."),
    )


def _key(octets: Octets) -> str:
    return (octets or b"").decode("utf-8", "replace")
