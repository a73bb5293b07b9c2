"""Two connections: one clock for engines that store no zone."""

from __future__ import annotations

import pytest

from dashboard.planning.preflight import check
from tests.dashboard.planning.checking import SMALL, brief, only
from tests.project import Project

TOKYO, ZURICH = "Asia/Tokyo", "Europe/Zurich"


def pair(project: Project, source: tuple[str, str], new: tuple[str, str]) -> None:
    for alias, (vendor, zone), filled in (("old", source, True), ("new", new, False)):
        project.database(vendor, alias, filled=filled)
        if zone:
            project.register(alias, {**project.entry(alias), "TIME_ZONE": zone})


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        (("sqlite", TOKYO), ("sqlite", ZURICH)),
        (("sqlite", ""), ("sqlite", ZURICH)),
        (("sqlite", TOKYO), ("mariadb", "")),
    ],
)
def test_two_clocks_without_a_zone_of_their_own_are_refused(
    project: Project, source: tuple[str, str], destination: tuple[str, str]
) -> None:
    pair(project, source, destination)
    plan = check("old", "new", SMALL)
    assert brief(plan) == [("time zones", "error", "")]
    found = only(plan)
    assert f"'old' keeps timestamps in {source[1] or 'UTC'}" in found.message
    assert f"'new' in {destination[1] or 'UTC'}" in found.message
    assert "TIME_ZONE" in found.remedy
    assert plan.tables == []


@pytest.mark.parametrize(
    ("source", "destination", "zone"),
    [
        (("sqlite", ""), ("sqlite", ""), "UTC"),
        (("sqlite", TOKYO), ("sqlite", TOKYO), TOKYO),
        (("sqlite", TOKYO), ("postgresql", ""), TOKYO),
        (("postgresql", ""), ("mariadb", ZURICH), ZURICH),
        # PostgreSQL stores moments, whatever zone it shows them in.
        (("postgresql", TOKYO), ("postgresql", ZURICH), "UTC"),
    ],
)
def test_timestamps_travel_in_the_zone_of_the_side_that_stores_none(
    project: Project,
    source: tuple[str, str],
    destination: tuple[str, str],
    zone: str,
) -> None:
    pair(project, source, destination)
    plan = check("old", "new", SMALL)
    assert plan.found == []
    assert plan.time_zone == zone
    assert {planned.plan.zone for planned in plan.tables} == {zone}
