"""MySQL itself, as bin/mysql-server fetches it."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from localservers.mysql_protocol import MySQLProtocolServer
from localservers.processes import StartError

SCRIPT = Path(__file__).resolve().parents[1] / "bin" / "mysql-server"


class UnavailableError(StartError):
    """MySQL cannot be fetched here; the message is the reason."""


@cache
def fetched() -> Path:
    """The directory with the server, fetched when it is not there yet."""
    done = subprocess.run([SCRIPT, "fetch"], capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UnavailableError(said[-1] if said else f"exit code {done.returncode}")
    return Path(done.stdout.strip())


class MySQLServer(MySQLProtocolServer):
    """MySQL; its `local_infile` is off unless it is said otherwise."""

    name = "MySQL"

    def _initialise(self) -> None:
        # Making a data directory takes seconds, copying one does not.
        shutil.copytree(fetched() / "data", self.data)

    def _program(self) -> list[str]:
        fetched()
        return [str(SCRIPT), "run"]

    def _options(self) -> list[str]:
        options = [*super()._options(), "--mysqlx=OFF"]
        if not self.durable:
            options.append("--innodb-doublewrite=OFF")
        return options
