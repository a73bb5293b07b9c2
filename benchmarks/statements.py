"""How many statements a contestant sends to the servers.

PostgreSQL counts them by database (pg_stat_statements, utility statements and
COPY included, what functions run not included), MariaDB and MySQL for the whole
server (`Questions`). SQLite has no server to ask.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contest import Bout, Result
from benchmarks.engines.mariadb import MariaDB
from benchmarks.house import CONTROL

BOTH = "source and destination"


def counted(bout: Bout, run: Callable[[Bout], Result]) -> Result:
    """Run, and add milliseconds and statements per table to what is known."""
    postgresql = bout.house.postgresql
    postgresql.forget_statements()
    before = _questions(bout)
    result = run(bout)
    questions = _questions(bout) - before
    by_database = postgresql.statements()
    tables = len(bout.tables)
    result.extra["ms_per_table"] = result.usage.seconds * 1_000 / tables
    result.extra["statements_per_table"] = {
        place: count / tables
        for place, count in _places(bout, questions, by_database).items()
    }
    return result


def _places(
    bout: Bout, questions: int, by_database: dict[str, int] | None
) -> dict[str, int]:
    """Statements by where they went; a place is missing where nobody counted."""
    found = {}
    direction = bout.case.direction
    ends = {"source": bout.source_name, "destination": bout.destination_name}
    if direction.source == direction.destination == MariaDB.vendor:
        found[BOTH] = questions
    else:
        for end, name in ends.items():
            vendor = getattr(direction, end)
            if vendor == MariaDB.vendor:
                found[end] = questions
            elif vendor == bout.house.postgresql.vendor and by_database is not None:
                found[end] = by_database.get(name, 0)
    if by_database is not None:
        found["control"] = by_database.get(CONTROL, 0)
    return found


def _questions(bout: Bout) -> int:
    engine = bout.house.engines.get(MariaDB.vendor)
    return engine.questions() if isinstance(engine, MariaDB) else 0
