from __future__ import annotations

from benchmarks import measure
from benchmarks.contest import (
    PEER,
    Bout,
    Contestant,
    FailedError,
    Result,
)
from benchmarks.engines.mariadb import MariaDB
from benchmarks.engines.sqlite import SQLite
from benchmarks.house import Direction
from benchmarks.peers.install import from_debian

COMMANDS = """
LOAD DATABASE
    FROM {source}
    INTO {destination}
WITH data only, drop indexes, workers = 4
{tables};
"""
MYSQL_TABLES = """INCLUDING ONLY TABLE NAMES MATCHING {names}
ALTER SCHEMA '{database}' RENAME TO 'public'"""
SQLITE_TABLES = "INCLUDING ONLY TABLE NAMES LIKE {names}"


def contestants(direction: Direction) -> list[Contestant]:
    if direction.destination != "postgresql" or direction.source == "postgresql":
        return []
    about = "data only, drop indexes, 4 workers"
    return [Contestant("pgloader", PEER, _run, about)]


def _run(bout: Bout) -> Result:
    program = from_debian("pgloader", "pgloader")
    script = bout.log("load")
    script.write_text(_commands(bout))
    log = bout.log("log")
    usage = measure.command(
        [program, "--root-dir", str(bout.house.directory / "pgloader"), str(script)],
        servers=bout.house.servers,
        log=log,
        directory=bout.house.directory,
    )
    if usage.exit_code:
        raise FailedError(f"pgloader ended with {usage.exit_code}; see {log.name}")
    return Result(usage)


def _commands(bout: Bout) -> str:
    names = ", ".join(f"'{table.name}'" for table in bout.tables)
    source = bout.source
    if isinstance(source, MariaDB):
        url = source.url(bout.source_name)
        tables = MYSQL_TABLES.format(names=names, database=bout.source_name)
    else:
        assert isinstance(source, SQLite)
        url = f"sqlite://{source.path(bout.source_name).resolve()}"
        tables = SQLITE_TABLES.format(names=names)
    return COMMANDS.format(
        source=url,
        destination=bout.house.postgresql.url(bout.destination_name),
        tables=tables,
    )
