"""PgBouncer before a PostgreSQL server, for as long as a test."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import Any

from localservers.ports import HOST, free_port
from localservers.processes import Process
from localservers.programs import UnavailableError


def find_binary() -> str:
    """`pgbouncer` of the PATH, or of where Debian puts it."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise UnavailableError("PgBouncer is not installed")
    return found


class PgBouncer:
    """A pooler in the mode that is asked for: session, transaction or statement."""

    def __init__(self, directory: Path, entry: dict[str, Any], mode: str) -> None:
        self.port = free_port()
        directory.mkdir(parents=True)
        users = directory / "users.txt"
        users.write_text(f'"{entry["USER"]}" "{entry["PASSWORD"]}"\n')
        config = directory / "pgbouncer.ini"
        config.write_text(
            "[databases]\n"
            f"* = host={entry['HOST']} port={entry['PORT']}\n"
            "[pgbouncer]\n"
            f"listen_addr = {HOST}\nlisten_port = {self.port}\n"
            "unix_socket_dir =\n"
            f"pool_mode = {mode}\nauth_type = plain\nauth_file = {users}\n"
            "ignore_startup_parameters = extra_float_digits\n"
        )
        command = [find_binary(), str(config)]
        if os.geteuid() == 0:
            # It refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            os.chown(directory, nobody.pw_uid, nobody.pw_gid)
            command[1:1] = ["-u", "nobody"]
        self.process = Process("PgBouncer", command, log=directory / "pgbouncer.log")
        self.process.wait_until(
            lambda: "process up" in self.process.log, 20, "PgBouncer does not start"
        )

    def entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return the server's entry of DATABASES, by way of the pooler."""
        return {**entry, "HOST": HOST, "PORT": str(self.port)}

    def stop(self) -> None:
        """End it."""
        self.process.kill()
