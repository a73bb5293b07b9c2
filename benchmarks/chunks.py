"""What the control tables tell of a run: the rate of its chunks over time."""

from __future__ import annotations

from statistics import median
from typing import Any

import psycopg2

from benchmarks.contest import Bout
from benchmarks.house import CONTROL

ENDS = 10
"""Chunks at either end of the table whose median rates are compared."""
TABLE_KEY = """
    SELECT attname FROM pg_constraint
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND conrelid = 'migration_console_chunk'::regclass
    AND confrelid = 'migration_console_tablecopy'::regclass
"""
CHUNKS = """
    SELECT rows, started_at / 1000.0, finished_at / 1000.0
    FROM migration_console_chunk WHERE {key} = (
        SELECT {key} FROM migration_console_chunk GROUP BY {key}
        ORDER BY sum(rows) DESC LIMIT 1)
    AND rows > 0 AND finished_at > 0 ORDER BY number
"""


def rates(bout: Bout, began: float) -> dict[str, Any]:
    """Of the table with the most rows; empty where the tables tell nothing."""
    try:
        with bout.house.postgresql.connect(CONTROL) as cursor:
            cursor.execute(TABLE_KEY)
            found = cursor.fetchone()
            if not found:
                return {}
            cursor.execute(CHUNKS.format(key=found[0]))
            return _rates(
                [(rows, float(a), float(b)) for rows, a, b in cursor.fetchall()], began
            )
    except psycopg2.Error as error:
        return {"chunks_unknown": str(error).splitlines()[0]}


def _rates(rows: list[tuple[int, float, float]], began: float) -> dict[str, Any]:
    if not rows:
        return {}
    seconds = [ended - started for _, started, ended in rows]
    facts: dict[str, Any] = {
        "chunks": len(rows),
        "chunk_seconds": median(seconds),
        "chunk_rows": median(count for count, _, _ in rows),
        "first_rows_after": min(ended for _, _, ended in rows) - began,
    }
    if len(rows) >= 2 * ENDS:
        rate = [count / max(ended - started, 1e-6) for count, started, ended in rows]
        facts["first_chunks_rate"] = median(rate[:ENDS])
        facts["last_chunks_rate"] = median(rate[-ENDS:])
        facts["last_to_first"] = facts["last_chunks_rate"] / facts["first_chunks_rate"]
    return facts
