"""Rows as a function of the project's sees them, and what becomes of its answers.

A row is its octets as they travel. A value is made of them when the function asks
for it, and octets of a value when it is another one than before: what a function
does not touch goes on to the last bit as it would without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from .errors import DataRefused
from .keys import readable
from .plan import PlanColumn, TablePlan

Octets = bytes | None
RawRow = tuple[Octets, ...]
Decode = Callable[[bytes], Any]
Encode = Callable[[Any], bytes]

NOTHING: Any = object()
# What a function may change without setting it.
FIXED = (str, int, float, bytes, bool, type(None))
STEADY = (Decimal, date, time, timedelta, UUID)


class Refusal(DataRefused):
    """A row that a transform cannot be applied to, or whose answer makes no sense."""

    # It names the row, and no column would tell more.
    is_located = True


class NoSuchField(KeyError):
    """A name that no field of the model has."""


@dataclass(frozen=True)
class Fields:
    """The columns of a table under the names that functions know them by.

    ``places`` are those of attribute names, field names and columns; ``names`` the
    attribute names, in the plan's order.
    """

    plan: TablePlan
    columns: tuple[PlanColumn, ...]
    names: tuple[str, ...]
    places: Mapping[str, int]
    decoders: tuple[Decode, ...]
    encoders: tuple[Encode, ...]
    key: tuple[int, ...]
    # The places that may be changed, None for all of them.
    free: frozenset[int] | None = None

    def key_of(self, raw: Sequence[Octets]) -> str:
        """Return the key of a row for people."""
        parts = ((raw[place] or b"").decode("utf-8", "replace") for place in self.key)
        return " / ".join(map(readable, parts)) or _("none")

    def value(self, place: int, raw: Sequence[Octets]) -> Any:
        """Return the value in a place of a row. Raises Refusal."""
        octets = raw[place]
        if octets is None:
            return None
        try:
            return self.decoders[place](octets)
        except Exception as error:
            # A converter of the project's may raise anything, and quote the value.
            said = _(
                "Column '%(column)s' of table '%(table)s' holds a value that Python "
                "has no object for, in the row with the key %(key)s (%(error)s)."
            ) % self._facts(place, raw, error)
            remedy = _("Let the function leave it alone, or correct it in the source.")
            raise Refusal(said, remedy) from None

    def octets(self, place: int, value: Any, raw: Sequence[Octets]) -> Octets:
        """Return the octets of a new value in a place of a row. Raises Refusal."""
        if self.free is not None and place not in self.free:
            said = _(
                "The transform '%(name)s' changes column '%(column)s' of table "
                "'%(table)s', which it does not name, in the row with the key %(key)s."
            ) % self._facts(place, raw)
            raise Refusal(said, _("Name the field where the function says them."))
        return self.spelled(place, value, raw)

    def spelled(self, place: int, value: Any, raw: Sequence[Octets]) -> Octets:
        """Return the octets of a value. Raises Refusal."""
        if value is None:
            return None
        try:
            return self.encoders[place](value)
        except Exception as error:
            said = _(
                "The transform '%(name)s' gives column '%(column)s' of table "
                "'%(table)s' a value that its field does not take, in the row with "
                "the key %(key)s (%(error)s)."
            ) % self._facts(place, raw, error)
            raise Refusal(said, _("Correct the function, then plan again.")) from None

    def _facts(
        self, place: int, raw: Sequence[Octets], error: Exception | None = None
    ) -> dict[str, str]:
        transform = self.plan.transform
        return {
            "name": transform.name if transform else "",
            "table": self.plan.table,
            "column": self.columns[place].name,
            "key": self.key_of(raw),
            "error": type(error).__name__,
        }


class Row(MutableMapping[str, Any]):
    """One row of a model: the values of its fields by their names.

    A relation's value is the key that it refers to, as ``author_id``. Values are set
    as they are got; no field can be added or deleted.
    """

    __slots__ = ("_fields", "_found", "_given", "_raw")

    def __init__(self, fields: Fields, raw: RawRow) -> None:
        self._fields = fields
        self._raw = raw
        # Values as they were, and those that were set, by their places.
        self._found: dict[int, Any] = {}
        self._given: dict[int, Any] = {}

    def __getitem__(self, name: str) -> Any:
        place = self._place(name)
        given = self._given
        if given and place in given:
            return given[place]
        return self._value(place)

    def __setitem__(self, name: str, value: Any) -> None:
        self._given[self._place(name)] = value

    def __delitem__(self, name: str) -> None:
        raise TypeError(_("A row keeps all of its fields; set None instead."))

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields.names)

    def __len__(self) -> int:
        return len(self._fields.names)

    def __contains__(self, name: object) -> bool:
        return name in self._fields.places

    def __repr__(self) -> str:
        # Without its values: whoever logs it would log those.
        return f"<row of {self._fields.plan.model}>"

    def copy(self) -> dict[str, Any]:
        """Return the values in a dict, which may be given back for another row."""
        return dict(self)

    def _place(self, name: str) -> int:
        try:
            return self._fields.places[name]
        except KeyError:
            raise NoSuchField(name) from None

    def _value(self, place: int) -> Any:
        found = self._found.get(place, NOTHING)
        if found is NOTHING:
            found = self._found[place] = self._fields.value(place, self._raw)
        return found


def raw_of(row: Row) -> RawRow:
    """Return a row's octets as they were read."""
    return row._raw


def octets_of(row: Row, answer: Mapping[str, Any] | None = None) -> RawRow:
    """Return the octets of a row after a function has had it.

    Or of the ``answer`` that it gave in the row's place; fields that it does not name
    are those of the row. Raises Refusal, and NoSuchField.
    """
    given = row._given
    if answer is not None:
        named = {row._place(name): value for name, value in answer.items()}
        given = {**given, **named}
    elif not given and not row._found:
        return row._raw
    values: list[Octets] | None = None
    for place, value in given.items():
        is_own = value is row._found.get(place, NOTHING)
        # It may have been changed inside.
        if is_own and (isinstance(value, FIXED) or not _is_another(row, place, value)):
            continue
        values = values or list(row._raw)
        values[place] = row._fields.octets(place, value, row._raw)
    for place, value in row._found.items():
        if isinstance(value, FIXED) or place in given:
            continue
        if _is_another(row, place, value):
            values = values or list(row._raw)
            values[place] = row._fields.octets(place, value, row._raw)
    return tuple(values) if values else row._raw


def _is_another(row: Row, place: int, value: Any) -> bool:
    """Whether a value that may change is not what its octets stand for any more."""
    if isinstance(value, STEADY):
        return False
    before = row._fields.value(place, row._raw)
    if not isinstance(value, dict | list | bytearray | set):
        # An object of the project's, which need not know what it is equal to.
        fields, raw = row._fields, row._raw
        try:
            spelled = fields.spelled(place, before, raw)
        except Refusal:
            # It can be looked at, and not be saved.
            return False
        return spelled != fields.spelled(place, value, raw)
    try:
        # Equal to == are True, 1 and 1.0.
        return json.dumps(before) != json.dumps(value)
    except (TypeError, ValueError):
        return bool(before != value)


def is_touched(row: Row) -> bool:
    """Whether a function has set a field of a row, to whatever, or changed one inside.

    Who sets a field means to give the row back, also where the value is as before.
    """
    return bool(row._given) or octets_of(row) is not row._raw
