"""Instants that MySQL shows by another clock than the one Django reads."""

from __future__ import annotations

import pytest

from tests.dashboard.planning.checking import brief, checked, named, run_sql
from tests.project import Project

LABEL = "bookshop.Stock"
TO_INSTANTS = "ALTER TABLE bookshop_stock MODIFY counted_at timestamp(6) NULL"


def made(project: Project, zone: str, *, by_server: str) -> None:
    project.database("mariadb", "old")
    project.database("sqlite", "new")
    run_sql(project, "old", TO_INSTANTS)
    entry = project.entry("old")
    command = {"init_command": f"SET time_zone = '{by_server}'"}
    options = {**entry.get("OPTIONS", {}), **command}
    project.register("old", {**entry, "TIME_ZONE": zone, "OPTIONS": options})
    project.register("new", {**project.entry("new"), "TIME_ZONE": zone})


@pytest.mark.parametrize(
    ("zone", "by_server", "is_refused"),
    [
        ("UTC", "+00:00", False),
        ("UTC", "-05:00", True),
        pytest.param("Asia/Kolkata", "+05:30", False, marks=pytest.mark.soak),
        # So in winter only.
        ("Europe/Berlin", "+01:00", True),
    ],
)
def test_another_clock_is_refused(
    project: Project, zone: str, by_server: str, is_refused: bool
) -> None:
    made(project, zone, by_server=by_server)
    found = checked("bookshop")
    assert (("shown instants", "error", LABEL) in brief(found)) == is_refused
    if is_refused:
        (one,) = [item for item in found.found if named(item) == "shown instants"]
        assert "'counted_at'" in one.message
        assert f"another clock than {zone}" in one.message
