"""Rows of two databases, value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from tests.oracle.readers import Entry, Reader, reading

EXAMPLES = 3


def differences(left: Entry, right: Entry) -> list[str]:
    """Sentences about every table that is not the same on both sides."""
    with reading(left) as one, reading(right) as other:
        tables, others = set(one.tables()), set(other.tables())
        found = [f"{table}: only on the left" for table in sorted(tables - others)]
        found += [f"{table}: only on the right" for table in sorted(others - tables)]
        for table in sorted(tables & others):
            found += _table_differences(one, other, table)
    return found


def row_counts(entry: Entry) -> dict[str, int]:
    with reading(entry) as reader:
        return {table: reader.count(table) for table in reader.tables()}


def digests(entry: Entry) -> dict[str, Counter[bytes]]:
    """Every row of every table, as a dump would hold it, in no order."""
    with reading(entry) as reader:
        return {
            table: Counter(
                map(_digest, reader.rows(table, sorted(reader.columns(table))))
            )
            for table in reader.tables()
        }


def _table_differences(one: Reader, other: Reader, table: str) -> list[str]:
    columns = one.columns(table)
    if sorted(columns) != sorted(other.columns(table)):
        return [f"{table}: columns {columns} and {other.columns(table)}"]
    columns = sorted(columns)
    left = Counter(map(_digest, one.rows(table, columns)))
    right = Counter(map(_digest, other.rows(table, columns)))
    if left == right:
        return []
    only_left, only_right = left - right, right - left
    sentence = (
        f"{table}: {sum(left.values())} and {sum(right.values())} rows,"
        f" {sum(only_left.values())} only on the left,"
        f" {sum(only_right.values())} only on the right"
    )
    examples = [
        *(f"  left  {row}" for row in _examples(one, table, columns, only_left)),
        *(f"  right {row}" for row in _examples(other, table, columns, only_right)),
    ]
    return ["\n".join([sentence, *examples])]


def _digest(row: tuple[Any, ...]) -> bytes:
    return blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _examples(
    reader: Reader, table: str, columns: list[str], wanted: Counter[bytes]
) -> Iterator[str]:
    found = 0
    for row in reader.rows(table, columns):
        if found < EXAMPLES and _digest(row) in wanted:
            found += 1
            yield repr(dict(zip(columns, row, strict=True)))[:2000]
