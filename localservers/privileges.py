"""Running as somebody less than root."""

from __future__ import annotations

import os
import subprocess

from localservers.processes import StartError


def unprivileged() -> tuple[list[str], str | None]:
    """What stands before a PostgreSQL program, which refuses to run as root.

    Besides, the user who has to own its directory where that is another one.
    """
    if os.geteuid() != 0:
        return [], None
    namespace = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if _succeeds([*namespace, "true"]):
        return namespace, None
    # Containers mostly forbid namespaces. Another user may not reach this
    # directory, so it keeps the one capability that lets it through. access(2),
    # by which PostgreSQL looks for its programs, heeds it under that bit only
    # (capabilities(7), SECBIT_NO_SETUID_FIXUP).
    for user in ("postgres", "nobody"):
        other = [
            *("setpriv", f"--reuid={user}", "--clear-groups", "--pdeathsig=keep"),
            *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
            "--securebits=+no_setuid_fixup",
        ]
        if _succeeds([*other, "true"]):
            return other, user
    raise StartError(
        "PostgreSQL refuses to run as root, and neither `unshare -U` nor `setpriv`"
        " works here. Run this as an ordinary user."
    )


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
