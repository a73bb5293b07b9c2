"""MySQL itself, as bin/mysql-server fetches it."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from localservers.mysql_protocol import MySQLProtocolServer
from localservers.processes import StartError
from localservers.programs import fetch

SCRIPT = Path(__file__).resolve().parents[1] / "bin" / "mysql-server"


@cache
def fetched() -> Path:
    """The directory with the server, fetched when it is not there yet."""
    return fetch(SCRIPT, "fetch")


class MySQLServer(MySQLProtocolServer):
    """MySQL; its `local_infile` is off unless it is said otherwise."""

    name = "MySQL"

    def _initialise(self) -> None:
        if not any("lower-case-table-names" in option for option in self.options):
            # Making a data directory takes seconds, copying one does not.
            shutil.copytree(fetched() / "data", self.data)
            return
        # What is said when the directory is made and never again.
        done = subprocess.run(
            [*self._program(), *self._options(), "--initialize-insecure"],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StartError(f"mysqld failed:\n{done.stderr[-2000:]}")

    def _program(self) -> list[str]:
        fetched()
        return [str(SCRIPT), "run"]

    def _options(self) -> list[str]:
        options = [*super()._options(), "--mysqlx=OFF"]
        if not self.durable:
            options.append("--innodb-doublewrite=OFF")
        return options
