"""Runs ``migrate`` in a process in which the destination is ``default``.

    python -m dashboard.migrate_process DESTINATION ALIAS VERBOSITY LOCATION

Data migrations that name no alias, which is most of them, work on ``default``. With
the old database there, ``migrate --database=new`` rewrites rows of the old one.
Routers see ``default``, or ALIAS. For LOCATION see ``as_default.set_up``.
"""

from __future__ import annotations

import sys

from .as_default import set_up


def main(arguments: list[str]) -> None:
    """Set Django up with the destination as ``default``, then migrate it."""
    destination, alias, verbosity, location = arguments
    set_up(destination, alias, location)
    from django.core.management import call_command

    call_command(
        "migrate",
        database=alias,
        interactive=False,
        verbosity=int(verbosity),
        # Apps without migrations have tables, too.
        run_syncdb=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
