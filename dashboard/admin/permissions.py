"""Who may do what. Being staff is not enough, being superuser is not needed."""

from __future__ import annotations

from django.http import HttpRequest

VIEW = "view"
START = "start"
CONTROL = "control"
EXPORT = "export"
IMPORT = "import"


def may_see_values(request: HttpRequest) -> bool:
    """Tell whether somebody may see the values of rows that are set aside."""
    return request.user.has_perm("migration_console.view_row_values")


def may_see_output(request: HttpRequest) -> bool:
    """Tell whether somebody may see what commands of runs have written."""
    return request.user.has_perm("migration_console.view_command_output")


def permitted(request: HttpRequest, what: str) -> bool:
    """Tell whether somebody may; starting and controlling include viewing."""
    names = (VIEW, START, CONTROL) if what == VIEW else (what,)
    return any(
        request.user.has_perm(f"migration_console.{name}_migrationrun")
        for name in names
    )
