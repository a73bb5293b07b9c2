"""Tools that move a whole database, schema included, within one engine.

Their destination is an empty database: a migrated one would be in their way. They
bring indexes and keys with them, so theirs is a little more work than that of
contestants who find tables, and they copy the few rows of other tables as well.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import measure
from benchmarks.contest import PEER, Bout, Contestant, FailedError, Result
from benchmarks.engines.mariadb import MariaDB
from benchmarks.house import Direction
from benchmarks.peers.install import from_debian
from benchmarks.servers import HOST, postgresql_programs
from localservers.programs import find_program

JOBS = "2"
"""As many as the product has lanes."""
Commands = Callable[[Bout, Path], list[list[str]]]


def contestants(direction: Direction) -> list[Contestant]:
    both = (direction.source, direction.destination)
    if both == ("postgresql", "postgresql"):
        return [
            _contestant("pgcopydb", _pgcopydb, "clone, 2 table jobs and 2 index jobs"),
            _contestant(
                "pg_dump, pg_restore",
                _pg_dump,
                "directory format without compression, 2 jobs each",
            ),
        ]
    if both == ("mysql", "mysql"):
        return [
            _contestant(
                "mydumper, myloader", _mydumper, "2 threads each, 100,000 rows a file"
            )
        ]
    return []


def _contestant(name: str, commands: Commands, about: str) -> Contestant:
    about = f"{about}; with the schema, into an empty database"
    return Contestant(name, PEER, partial(_run, name, commands), about)


def _run(name: str, commands: Commands, bout: Bout) -> Result:
    directory = bout.log("dump")
    shutil.rmtree(directory, ignore_errors=True)
    steps = commands(bout, directory)
    bout.destination.create(bout.destination_name)
    log = bout.log("log")
    try:
        usage = measure.command(
            ["bash", "-c", " && ".join(map(shlex.join, steps))],
            servers=bout.house.servers,
            log=log,
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if usage.exit_code:
        raise FailedError(f"{name} ended with {usage.exit_code}; see {log.name}")
    return Result(usage)


def _pgcopydb(bout: Bout, directory: Path) -> list[list[str]]:
    postgresql = bout.house.postgresql
    return [
        [
            from_debian("pgcopydb", "pgcopydb"),
            "clone",
            *("--source", postgresql.url(bout.source_name)),
            *("--target", postgresql.url(bout.destination_name)),
            *("--table-jobs", JOBS, "--index-jobs", JOBS),
            *("--no-owner", "--no-acl", "--skip-large-objects"),
            *("--dir", str(directory)),
        ]
    ]


def _pg_dump(bout: Bout, directory: Path) -> list[list[str]]:
    postgresql = bout.house.postgresql
    dump, restore = (
        find_program(name, postgresql_programs()) for name in ("pg_dump", "pg_restore")
    )
    common = ["--no-owner", "--no-acl", f"--jobs={JOBS}"]
    return [
        [
            dump,
            *common,
            *("--format=directory", "--compress=0", f"--file={directory}"),
            postgresql.url(bout.source_name),
        ],
        [
            restore,
            *common,
            "--exit-on-error",
            f"--dbname={postgresql.url(bout.destination_name)}",
            str(directory),
        ],
    ]


def _mydumper(bout: Bout, directory: Path) -> list[list[str]]:
    dumper, loader = (
        from_debian(name, "mydumper") for name in ("mydumper", "myloader")
    )
    engine = bout.destination
    assert isinstance(engine, MariaDB)
    # The administrator: the read lock that makes it consistent needs RELOAD.
    account = [
        *("--host", HOST, "--port", str(engine.server.port)),
        *("--user", engine.server.user, "--password", engine.server.password),
        *("--threads", JOBS),
    ]
    return [
        [
            dumper,
            *account,
            *("--database", bout.source_name, "--outputdir", str(directory)),
            *("--trx-consistency-only", "--rows", "100000"),
        ],
        [
            loader,
            *account,
            *("--database", bout.destination_name, "--directory", str(directory)),
            "--overwrite-tables",
        ],
    ]
