"""Runs one management command in a process of its own, as ``manage.py`` would.

    python -m dashboard.command_process DESTINATION LOCATION COMMAND [ARGUMENT …]

With a DESTINATION, that database is ``default`` in the process and no other one can
be written to; see ``as_default.set_up``. Where it is "", the settings are as they are.
"""

from __future__ import annotations

import sys

from .as_default import DEFAULT, set_up


def main(arguments: list[str]) -> None:
    """Set Django up, and run the command; the process ends as the command does."""
    destination, location, *words = arguments
    sys.argv = ["manage.py", *words]
    if destination:
        set_up(destination, DEFAULT, location)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main(sys.argv[1:])
