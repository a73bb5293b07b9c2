"""Which rows of a table take part: a condition of the source and of the destination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

Value = None | int | float | Decimal | str | bytes | date | time | timedelta | UUID

FILTERED = "mc_filtered"
"""What the rows are called as a table inside of a condition."""


class Unkept(ValueError):
    """A value of a type that no plan keeps; the message is the type's name."""


@dataclass(frozen=True)
class Where:
    """The rows of one side: SQL with ``%s`` for each value, of a table FILTERED.

    ``columns`` are all that a plan has of the table, by the plan's names.
    """

    sql: str
    values: tuple[Value, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether the rows of no other table are asked."""
        return "select" not in self.sql.lower()


@dataclass(frozen=True)
class Filter:
    """The condition of both sides, and what it says in words.

    With ``is_alone`` the destination's table is to hold no other rows: then all of
    it is counted and compared.
    """

    said: tuple[str, ...]
    columns: tuple[str, ...]
    source: Where
    destination: Where
    is_alone: bool = True
    # The index of the source that finds the rows, "" without one.
    index: str = ""

    def compared(self, side: int) -> Where | None:
        """Return which rows of a side are compared, None for all; 0 is the source."""
        if side == 0:
            return self.source
        return None if self.is_alone else self.destination

    def to_json(self) -> dict[str, Any]:
        """Return what from_json turns back into an equal filter."""
        return {
            **vars(self),
            "source": _where_to_json(self.source),
            "destination": _where_to_json(self.destination),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Filter | None:
        """Return the filter that to_json wrote; None for None."""
        if value is None:
            return None
        columns = tuple(value["columns"])
        sides = {
            side: Where(
                value[side]["sql"],
                tuple(map(value_from_json, value[side]["values"])),
                columns,
            )
            for side in ("source", "destination")
        }
        said = tuple(value["said"])
        return cls(**{**value, **sides, "said": said, "columns": columns})


@dataclass(frozen=True)
class Growing:
    """A field whose highest value a run keeps, for the next run to begin behind it.

    ``above`` is what the last run kept, None where there was none; ``said`` are the
    other conditions of the table, and ``highest`` what this run keeps with them.
    """

    field: str
    above: Value = None
    said: tuple[str, ...] = ()
    highest: Value = None

    def kept(self) -> dict[str, Any]:
        """Return, as JSON has it, where the next run may begin."""
        value = self.above if self.highest is None else self.highest
        said = list(self.said)
        return {"field": self.field, "value": value_to_json(value), "said": said}

    def to_json(self) -> dict[str, Any]:
        """Return what from_json turns back into an equal one. Raises Unkept."""
        values = {n: value_to_json(getattr(self, n)) for n in ("above", "highest")}
        return {"field": self.field, "said": list(self.said), **values}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Growing | None:
        """Return what to_json wrote; None for None."""
        if value is None:
            return None
        above, highest = map(value_from_json, (value["above"], value["highest"]))
        return cls(value["field"], above, tuple(value["said"]), highest)


def _where_to_json(where: Where) -> dict[str, Any]:
    return {"sql": where.sql, "values": list(map(value_to_json, where.values))}


def value_to_json(value: Value) -> Any:
    """Return a value as JSON keeps it. Raises Unkept."""
    match value:
        case None | bool():
            return value
        case int():
            # Of a driver's own class of integers.
            return int(value)
        case str():
            return str(value)
        case float():
            return {"float": value.hex()}
        case Decimal():
            return {"decimal": str(value)}
        case bytes():
            return {"octets": value.hex()}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case timedelta():
            parts = value.days, value.seconds, value.microseconds
            return {"span": list(parts)}
        case UUID():
            return {"uuid": str(value)}
    raise Unkept(type(value).__name__)


def value_from_json(item: Any) -> Value:
    """Return the value that value_to_json wrote."""
    found: Value = item
    match item:
        case {"float": str(text)}:
            found = float.fromhex(text)
        case {"decimal": str(text)}:
            found = Decimal(text)
        case {"octets": str(text)}:
            found = bytes.fromhex(text)
        case {"moment": str(text)}:
            found = datetime.fromisoformat(text)
        case {"date": str(text)}:
            found = date.fromisoformat(text)
        case {"time": str(text)}:
            found = time.fromisoformat(text)
        case {"span": [days, seconds, microseconds]}:
            found = timedelta(days, seconds, microseconds)
        case {"uuid": str(text)}:
            found = UUID(text)
    return found
