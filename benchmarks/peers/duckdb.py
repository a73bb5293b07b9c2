"""DuckDB between any two engines: `ATTACH` both, `INSERT … SELECT`.

It adds rows to tables that are there, one table after another in its own threads,
and leaves indexes and foreign keys on: it has no statement to take them off.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import measure
from benchmarks.contest import PEER, Bout, Contestant, FailedError, Result
from benchmarks.engines.base import Engine
from benchmarks.engines.sqlite import SQLite
from benchmarks.peers.install import python_of_peers
from benchmarks.servers import HOST, PASSWORD, USER

SCRIPT = Path(__file__).with_name("duckdb_copy.py")
ADDRESSES = {
    "postgresql": "host={host} port={port} user={user} password={password} dbname={db}",
    "mysql": "host={host} port={port} user={user} passwd={password} database={db}",
}
TYPES = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}


def contestants() -> list[Contestant]:
    about = "1.4: ATTACH both, INSERT … SELECT per table; indexes and keys left on"
    return [Contestant("DuckDB", PEER, _run, about)]


def _run(bout: Bout) -> Result:
    python = python_of_peers(bout.house.directory)
    work = {
        "source": _end(bout.source, bout.source_name),
        "destination": _end(bout.destination, bout.destination_name),
        "tables": [[table.name, table.columns] for table in bout.tables],
    }
    document = bout.log("json")
    document.write_text(json.dumps(work))
    log = bout.log("log")
    usage = measure.command(
        # Without -P this module would be found as `duckdb` beside the script.
        [str(python), "-P", str(SCRIPT), str(document)],
        servers=bout.house.servers,
        log=log,
        directory=bout.house.directory,
    )
    if usage.exit_code:
        said = log.read_text().strip().splitlines() or ["no message"]
        raise FailedError(f"DuckDB: {said[-1][:200]}")
    return Result(usage)


def _end(engine: Engine, name: str) -> dict[str, str]:
    """What `ATTACH` wants to know of a database."""
    if isinstance(engine, SQLite):
        address = str(engine.path(name))
    else:
        address = ADDRESSES[engine.vendor].format(
            host=HOST,
            port=engine.servers[0].port,
            user=USER,
            password=PASSWORD,
            db=name,
        )
    return {"type": TYPES[engine.vendor], "address": address}
