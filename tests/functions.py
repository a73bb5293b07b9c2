"""Functions that a project's rows go through, by dotted path."""

from __future__ import annotations

import itertools
from typing import Any

from dashboard import transforms

KEY = "a key of the tests' own"
SECRET = "secret-of-a-row"

masked = transforms.fields(
    email=transforms.mask_email(KEY),
    last_name=transforms.mask_name(KEY),
    homepage=transforms.constant(""),
    biography=transforms.mask_text(KEY),
)


@transforms.changes("name")
def shouted(row: Any) -> Any:
    """Change every second genre and leave a currency of three out."""
    row["name"] = row["name"].upper()
    return row


def without_some(row: Any) -> Any:
    return None if row["code"] < "C" else row


@transforms.makes_keys
def doubled(row: Any) -> Any:
    """Make two rows of one, each with a number of its own."""
    number = row["id"]
    return [{"id": 2 * number}, {"id": 2 * number + 1, "value": None}]


@transforms.changes("first_name")
def capital(row: Any) -> Any:
    row["first_name"] = row["first_name"].upper()
    return row


@transforms.changes("email")
def alike(row: Any) -> Any:
    row["email"] = "all@example.com"
    return row


@transforms.changes("email", "first_name")
def emptied(row: Any) -> Any:
    return {"email": None, "first_name": row["first_name"].upper()}


_first = None


@transforms.changes("first_name")
def prepared(row: Any) -> Any:
    """Make what it needs when it is first called, and print."""
    global _first
    if _first is None:
        _first = itertools.count()
    print("a row")  # noqa: T201
    return capital(row)


@transforms.changes("first_name")
def unlucky(row: Any) -> Any:
    """Fail at a row that is not among the first hundred."""
    if row["first_name"] == "unlucky":
        raise ValueError(SECRET)
    return capital(row)


@transforms.whole_batches
def in_batches(rows: list[Any]) -> Any:
    for row in rows:
        row["name"] = row["name"].strip()
        yield row


def failing(row: Any) -> Any:
    raise ValueError(SECRET, row["name"])


def forgetful(row: Any) -> None:
    row["name"] = "x"


_numbers = itertools.count()


def unsteady(row: Any) -> Any:
    """Give the same answer twice for the first hundred rows, and no longer."""
    number = next(_numbers)
    return {"name": f"{row['name'][:20]} {number}"} if number > 200 else row


def careless(row: Any) -> Any:
    row["parent_id"] = None
    return shouted(row)


careless.fields = ("name",)  # type: ignore[attr-defined]
