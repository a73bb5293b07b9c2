"""sling, from PostgreSQL to MariaDB.

From 1.4.12 on the package on PyPI fetches its program from elsewhere; 1.4.11 is
the last release whose program is on PyPI itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks import measure
from benchmarks.contest import (
    PEER,
    Bout,
    Contestant,
    FailedError,
    Result,
    UnavailableError,
)
from benchmarks.engines.mariadb import MariaDB
from benchmarks.house import Direction
from benchmarks.shapes import LOG, Shape, Table

PACKAGES = ("sling-linux-amd64==1.4.11",)
PROGRAM = "lib/python*/site-packages/sling_linux_amd64/bin/sling-linux-amd64"


def contestants(direction: Direction, shape: Shape) -> list[Contestant]:
    if (direction.source, direction.destination) != ("postgresql", "mysql"):
        return []
    if shape.name != "log":
        # Tables that others refer to cannot be truncated by it, and it writes
        # `true` into boolean columns.
        return []
    about = "the log table alone; the users are there before the clock"
    return [Contestant("sling", PEER, _run, about, tables=_log_only)]


def _log_only(tables: Sequence[Table]) -> Sequence[Table]:
    return [table for table in tables if table is LOG]


@cache
def install(directory: Path) -> Path:
    """The program, in a virtual environment of its own."""
    venv = directory / "venv"
    if not list(venv.glob(PROGRAM)):
        for command in (
            [sys.executable, "-m", "venv", str(venv)],
            [str(venv / "bin/pip"), "install", "--quiet", "--no-deps", *PACKAGES],
        ):
            if subprocess.run(command, capture_output=True, check=False).returncode:
                raise UnavailableError("sling could not be installed with pip")
    return next(iter(venv.glob(PROGRAM)))


def _run(bout: Bout) -> Result:
    program = install(bout.house.directory)
    destination = bout.destination
    assert isinstance(destination, MariaDB)
    for table in bout.tables:
        if table is not LOG:
            destination.load_file(bout.destination_name, table, bout.files[table])
    config = bout.log("json")
    config.write_text(json.dumps(_replication(bout), indent=1))
    log = bout.log("log")
    usage = measure.command(
        [str(program), "run", "--replication", str(config)],
        servers=bout.house.servers,
        log=log,
        environment=_environment(bout, destination),
    )
    if usage.exit_code:
        raise FailedError(f"sling ended with {usage.exit_code}; see {log.name}")
    return Result(usage)


def _environment(bout: Bout, destination: MariaDB) -> dict[str, str]:
    source = bout.house.postgresql.url(bout.source_name)
    target = destination.url(bout.destination_name)
    return {
        **os.environ,
        "SLING_HOME_DIR": str(bout.house.directory / "sling"),
        "SLING_DISABLE_TELEMETRY": "TRUE",
        "BENCH_SOURCE": f"{source}?sslmode=disable",
        "BENCH_DESTINATION": target.replace("mysql://", "mariadb://"),
    }


def _replication(bout: Bout) -> dict[str, object]:
    return {
        "source": "BENCH_SOURCE",
        "target": "BENCH_DESTINATION",
        "defaults": {"mode": "truncate"},
        "streams": {
            f"public.{LOG.name}": {"object": f"{bout.destination_name}.{LOG.name}"}
        },
    }
