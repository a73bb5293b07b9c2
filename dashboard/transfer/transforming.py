"""Applies a function of the project's to the rows of a table, a batch at a time.

Rows in are a source's, rows out what the destination gets; both as octets. Nothing
that a function says or holds goes into an error but its name, the row's key, and the
class and the place of what it raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from .errors import Busy, TransferError
from .transform import Transform
from .transformed_rows import (
    Fields,
    NoSuchField,
    Octets,
    RawRow,
    Refusal,
    Row,
    is_touched,
    octets_of,
    raw_of,
)

Function = Callable[[Any], Any]
ByField = Mapping[str, Callable[[list[Any]], list[Any]]]


class Transforming:
    """A table's function, with the fields that it is given.

    ``is_ended`` is asked between rows, and ends the work with Busy.
    """

    def __init__(
        self,
        transform: Transform,
        function: Function,
        fields: Fields,
        is_ended: Callable[[], bool] = lambda: False,
    ) -> None:
        self._transform = transform
        self._function = function
        self._fields = fields
        self._is_ended = is_ended
        by_field: ByField | None = getattr(function, "by_field", None)
        if by_field is not None:
            self._apply = _ByField(self, by_field)
        elif getattr(function, "whole_batches", False):
            self._apply = self._batch
        else:
            self._apply = self._row_by_row

    _apply: Callable[[Sequence[RawRow]], list[RawRow]]

    def __call__(self, batch: Sequence[RawRow]) -> list[RawRow]:
        """Return what becomes of a batch of rows. Raises Refusal, and Busy."""
        if self._is_ended():
            raise ended()
        return self._apply(batch)

    # --- row by row -----------------------------------------------------------

    def _row_by_row(self, batch: Sequence[RawRow]) -> list[RawRow]:
        function, fields, is_ended = self._function, self._fields, self._is_ended
        found: list[RawRow] = []
        for raw in batch:
            if is_ended():
                raise ended()
            row = Row(fields, raw)
            try:
                answer = function(row)
                if answer is row:
                    octets = octets_of(row)
                    if octets is not raw:
                        self._require_key(raw, octets)
                    found.append(octets)
                    continue
                found += self._answered(row, answer)
            except TransferError:
                raise
            except Exception as error:
                self._fail(error, raw)
        return found

    def _answered(self, row: Row, answer: Any) -> list[RawRow]:
        """Return the rows of an answer that is not the row itself."""
        raw = raw_of(row)
        if answer is None:
            if is_touched(row):
                self._refuse_forgotten(raw)
            return []
        if isinstance(answer, Mapping):
            answer = [answer]
        elif isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
            self._refuse(_("it returns no row"), _("Return a mapping."), raw)
        found = [self._octets(row, one) for one in answer]
        if not found and is_touched(row):
            self._refuse_forgotten(raw)
        if len(found) > 1 and not self._transform.makes_keys:
            self._refuse(
                _("it makes several rows of one"),
                _("Give each a key of its own, and say makes_keys."),
                raw,
            )
        return found

    def _refuse_forgotten(self, raw: RawRow) -> NoReturn:
        self._refuse(
            _("it changes the row and returns nothing"),
            _("Return the row; or nothing, unchanged, to leave it out."),
            raw,
        )

    def _octets(self, row: Row, answer: Any) -> RawRow:
        raw = raw_of(row)
        if answer is row:
            octets = octets_of(row)
        elif isinstance(answer, Row):
            octets = octets_of(answer)
        elif isinstance(answer, Mapping):
            octets = octets_of(row, answer)
        else:
            self._refuse(_("it returns no row"), _("Return mappings."), raw)
        self._require_key(raw, octets)
        return octets

    def _require_key(self, raw: RawRow, octets: RawRow) -> None:
        if self._transform.makes_keys:
            return
        for place in self._fields.key:
            if raw[place] != octets[place]:
                self._refuse(
                    _("it changes the key"),
                    _("Leave the key as it is, or say makes_keys."),
                    raw,
                )

    # --- whole batches --------------------------------------------------------

    def _batch(self, batch: Sequence[RawRow]) -> list[RawRow]:
        if not batch:
            return []
        rows = [Row(self._fields, raw) for raw in batch]
        try:
            # A list of its own: what the function takes out of it is still known.
            given = self._function(list(rows))
            return self._given_back(rows, given if given is not None else ())
        except TransferError:
            raise
        except Exception as error:
            self._fail(error, batch[0])

    def _given_back(self, rows: list[Row], given: Iterable[Any]) -> list[RawRow]:
        known = {id(row): row for row in rows}
        by_key: dict[tuple[Any, ...], Row] = {}
        found: list[RawRow] = []
        seen: set[tuple[Octets, ...]] = set()
        left = set(known)
        for answer in given:
            if self._is_ended():
                raise ended()
            row = known.get(id(answer))
            if row is None and isinstance(answer, Mapping):
                by_key = by_key or {self._key_values(one): one for one in rows}
                row = self._origin(answer, by_key, rows)
            if row is None:
                self._refuse(_("it returns no row"), "", raw_of(rows[0]))
            left.discard(id(row))
            octets = self._octets(row, answer)
            key = tuple(octets[place] for place in self._fields.key)
            if key in seen and key:
                self._refuse(_("it makes several rows of one key"), "", raw_of(row))
            seen.add(key)
            found.append(octets)
        for number in left:
            if is_touched(known[number]):
                self._refuse(
                    _("it changes a row and does not return it"),
                    _("Return the row; or leave it out unchanged."),
                    raw_of(known[number]),
                )
        return found

    def _key_values(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[self._fields.names[place]] for place in self._fields.key)

    def _origin(
        self,
        answer: Mapping[str, Any],
        by_key: Mapping[tuple[Any, ...], Row],
        rows: Sequence[Row],
    ) -> Row | None:
        """Return the row that a mapping with its key was made of."""
        try:
            row = by_key.get(self._key_values(answer))
        except KeyError:
            self._refuse(_("it returns a row without its key"), "", raw_of(rows[0]))
        if row is None and self._transform.makes_keys:
            if set(self._fields.names) <= set(answer):
                return rows[0]
            self._refuse(
                _("a row with a key of its own does not name every field"),
                "",
                raw_of(rows[0]),
            )
        return row

    # --- errors ---------------------------------------------------------------

    def _fail(self, error: Exception, raw: RawRow) -> NoReturn:
        facts = {
            "name": self._transform.name,
            "model": self._fields.plan.model,
            "key": self._fields.key_of(raw),
            "error": type(error).__name__,
            "place": _place(error),
        }
        if isinstance(error, NoSuchField):
            said = _(
                "The transform '%(name)s' of %(model)s names a field that the model "
                "does not have (%(place)s)."
            )
        else:
            said = _(
                "The transform '%(name)s' of %(model)s failed at the row with the key "
                "%(key)s: %(error)s (%(place)s)."
            )
        remedy = _("Correct the function and plan again, or correct the row.")
        raise Refusal(said % facts, remedy) from None

    def _refuse(self, why: str, remedy: str, raw: RawRow) -> NoReturn:
        facts = {
            "name": self._transform.name,
            "model": self._fields.plan.model,
            "key": self._fields.key_of(raw),
            "why": why,
        }
        said = _(
            "The transform '%(name)s' of %(model)s cannot be followed at the row with "
            "the key %(key)s: %(why)s."
        )
        raise Refusal(said % facts, remedy)


class _ByField:
    """Gives each field's values of a batch to a function of their own."""

    def __init__(self, transforming: Transforming, functions: ByField) -> None:
        self._transforming = transforming
        fields = self._fields = transforming._fields
        self._functions = [
            (fields.places[name], fields.places[_origin(name, one)], one)
            for name, one in functions.items()
        ]
        changed = {place for place, _, _ in self._functions}
        self._key = [place for place in fields.key if place in changed]

    def __call__(self, batch: Sequence[RawRow]) -> list[RawRow]:
        if not batch:
            return []
        given: list[Sequence[Octets]] = list(zip(*batch, strict=True))
        columns = list(given)
        for place, origin, function in self._functions:
            values = self._values(given[origin], origin, batch)
            try:
                answers = function(values)
                # A value that is the same object keeps its octets.
                known = values if place == origin else [_Other] * len(values)
                columns[place] = self._octets(
                    place, list(zip(known, answers, batch, strict=True))
                )
            except TransferError:
                raise
            except Exception as error:
                self._transforming._fail(error, batch[0])
        found = list(zip(*columns, strict=True))
        if self._key:
            for raw, octets in zip(batch, found, strict=True):
                self._transforming._require_key(raw, octets)
        return found

    def _values(
        self, octets: Sequence[Octets], place: int, batch: Sequence[RawRow]
    ) -> list[Any]:
        decode = self._fields.decoders[place]
        try:
            return [None if one is None else decode(one) for one in octets]
        except Exception:
            # Once more, to name the row.
            return [self._fields.value(place, raw) for raw in batch]

    def _octets(
        self, place: int, answers: Sequence[tuple[Any, Any, RawRow]]
    ) -> list[Octets]:
        encode = self._fields.encoders[place]
        try:
            return [
                raw[place] if new is old else None if new is None else encode(new)
                for old, new, raw in answers
            ]
        except Exception:
            return [
                raw[place] if new is old else self._fields.octets(place, new, raw)
                for old, new, raw in answers
            ]


def _origin(name: str, function: Any) -> str:
    """Return the field whose values a field's function is given."""
    found: str = getattr(function, "taken_from", None) or name
    return found


class _Other:
    """Stands for a value that no answer is."""


def ended() -> Busy:
    """Return the error for work that nobody wants any more."""
    return Busy(_("The transform was ended between two rows."), _("Retry."))


def _place(error: Exception) -> str:
    """Return the file and the line that an error comes from, without its directory."""
    trace = error.__traceback__
    found = ""
    while trace is not None:
        file = PurePath(trace.tb_frame.f_code.co_filename).name
        found = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
