"""``migrate`` for one database, in a process that writes into no other one."""

from __future__ import annotations

import subprocess
import sys

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from ..databases import check_destination
from ..planning.source_state import Watched, changes, location, watch
from ..runner.own_process import can_start, environment, module
from ..transfer.errors import TransferError
from .screen import Screen

# Standard output is the report's where copydata was told --json.
STANDARD_ERROR = 2


def migrate_into(
    screen: Screen,
    destination: str,
    source: str,
    *,
    alias: str = DEFAULT_DB_ALIAS,
    verbosity: int = 1,
) -> None:
    """Migrate the destination, and say what changed in the source meanwhile.

    ``alias`` is what the destination is called meanwhile. Raises CommandError
    where ``migrate`` fails; it has said why.
    """
    try:
        check_destination(destination)
        place = location(destination)
    except TransferError as error:
        raise CommandError(str(error)) from error
    before = _watched(source, destination)
    code = _run([destination, alias, str(verbosity), place])
    if before is not None:
        _say_changes(screen, source, before)
    if code:
        raise CommandError(
            _("migrate has failed on '%(alias)s': it ended with exit code %(code)d.")
            % {"alias": destination, "code": code}
        )


def _watched(source: str, destination: str) -> Watched | None:
    return None if source == destination else watch(source)


def _say_changes(screen: Screen, source: str, before: Watched) -> None:
    found = changes(before, watch(source))
    if found:
        screen.out.write(
            _(
                "Warning: while migrate ran, rows of '%(alias)s' changed: %(tables)s. "
                "Unless an application wrote there, a migration did. Compare them with "
                "a backup before you copy."
            )
            % {"alias": source, "tables": "; ".join(found)}
        )


def _run(arguments: list[str]) -> int:
    if not can_start():
        raise CommandError(
            _("The settings come from no module, which another process could import.")
        )
    command = [sys.executable, "-m", module("migrate_process"), *arguments]
    done = subprocess.run(  # noqa: S603
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=STANDARD_ERROR
    )
    return done.returncode
