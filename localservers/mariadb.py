"""MariaDB of the system, and a newer one, as bin/mysql-server fetches it."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from localservers.mysql import SCRIPT
from localservers.mysql_protocol import MySQLProtocolServer, as_root
from localservers.processes import StartError
from localservers.programs import fetch, find_program


class MariaDBServer(MySQLProtocolServer):
    """MariaDB; its `local_infile` is on unless it is said otherwise."""

    name = "MariaDB"

    def _initialise(self) -> None:
        done = subprocess.run(
            [
                find_program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={self.data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *as_root(),
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StartError(f"mariadb-install-db failed:\n{done.stderr[-2000:]}")

    def _program(self) -> list[str]:
        return [find_program("mariadbd"), "--no-defaults"]


class NewerMariaDBServer(MariaDBServer):
    """The MariaDB of Debian's unstable suite."""

    def _initialise(self) -> None:
        shutil.copytree(newer_fetched() / "data", self.data)

    def _program(self) -> list[str]:
        newer_fetched()
        return [str(SCRIPT), "run-mariadb"]


@cache
def newer_fetched() -> Path:
    """The directory with that server, fetched when it is not there yet."""
    return fetch(SCRIPT, "fetch-mariadb")
