"""What a family of fields is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.values.fields import RawField
from tests.values.samples import EVERY, NULL, POSTGRESQL, SQL, Value


@dataclass(frozen=True)
class Column:
    """A real column type that the engines have."""

    sql: str
    engines: frozenset[str]


@dataclass(frozen=True)
class Family:
    """A kind of field: ``form`` says how the judge reads its values."""

    name: str
    form: str
    make_field: Callable[[], Any]
    values: tuple[Value, ...]
    columns: tuple[Column, ...] = ()
    # The engines' own types for a field that Django does not make everywhere.
    own: dict[str, str] = field(default_factory=dict)
    # The further fields that hold the same.
    also: tuple[str, ...] = ()


def columns(engines: frozenset[str], *types: str) -> tuple[Column, ...]:
    return tuple(Column(sql, engines) for sql in types)


OWN_TEXT = dict.fromkeys(("mariadb", "mysql"), "longtext") | {"sqlite": "text"}


def raw(sql: str) -> Callable[[], Any]:
    """A field of the project's own over a type that Django has none for."""
    return lambda: RawField(sql)


def special(
    name: str, sql: str, values: dict[str, str], make_field: Any = None
) -> Family:
    """A type that PostgreSQL alone has, and a text everywhere else."""
    return Family(
        name,
        "exact",
        make_field or raw(sql),
        (
            NULL,
            *(Value(label, SQL(f"'{text}'")) for label, text in values.items()),
            Value("text [1, 2]", "[1, 2]", EVERY - POSTGRESQL),
        ),
        own={"postgresql": sql, **OWN_TEXT},
    )
