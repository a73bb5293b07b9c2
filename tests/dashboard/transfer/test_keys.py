"""Ranges of keys, judged by SQLite's own row comparison."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from dashboard.transfer import keys
from dashboard.transfer.keys import Condition, KeyRange, row_comparison, spelled_out

Selector = Callable[[Sequence[str], Sequence[str], KeyRange], Condition]

KEY = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
BOUND = st.none() | KEY
ALL = [(a, b, c) for a in range(4) for b in range(4) for c in range(4)]


def selected(how: Selector, key_range: KeyRange) -> list[tuple[int, ...]]:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (a, b, c)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", ALL)
        where, values = how(["a", "b", "c"], ["?"] * 3, key_range)
        rows = connection.execute(
            f"SELECT a, b, c FROM t WHERE {where} ORDER BY a, b, c", values
        ).fetchall()
    connection.close()
    return rows


@given(BOUND, BOUND)
def test_both_spellings_select_what_lies_between(
    lower: tuple[int, ...] | None, upper: tuple[int, ...] | None
) -> None:
    wanted = [
        row
        for row in ALL
        if (lower is None or row > lower) and (upper is None or row <= upper)
    ]
    key_range = KeyRange(lower, upper)
    assert selected(row_comparison, key_range) == wanted
    assert selected(spelled_out, key_range) == wanted


def test_neighbouring_ranges_share_no_row_and_leave_none_out() -> None:
    parts = [KeyRange(None, (1, 2, 3)), KeyRange((1, 2, 3), (3, 0, 0))]
    parts.append(KeyRange((3, 0, 0), None))
    assert [row for part in parts for row in selected(spelled_out, part)] == ALL


VALUE = (
    st.integers()
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.text()
    | st.binary()
)


@given(st.tuples(VALUE, VALUE))
def test_a_key_survives_json_to_the_last_bit(key: keys.Key) -> None:
    written = json.dumps(keys.to_json(key))
    # PostgreSQL's jsonb has none.
    assert "\\u0000" not in written
    found = keys.from_json(json.loads(written))
    assert found == key
    assert list(map(repr, found or ())) == list(map(repr, key))
    assert str(KeyRange(None, key)).isprintable()


def test_a_key_that_is_no_unicode_survives_json() -> None:
    broken = b"a\xff".decode("utf-8", "surrogateescape")
    assert keys.from_json(json.loads(json.dumps(keys.to_json((broken,))))) == (broken,)
    assert keys.from_json(keys.to_json(None)) is None
