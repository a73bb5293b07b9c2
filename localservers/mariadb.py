"""MariaDB of the system."""

from __future__ import annotations

import subprocess

from localservers.mysql_protocol import MySQLProtocolServer, as_root
from localservers.processes import StartError
from localservers.programs import find_program


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
