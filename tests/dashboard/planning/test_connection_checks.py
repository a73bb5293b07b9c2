"""Two connections: one clock, two databases, and sessions that last."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.planning.preflight import check
from localservers.pgbouncer import PgBouncer, find_binary
from tests.dashboard.planning.checking import SMALL, brief, checked, only
from tests.dashboard.runner.actions.test_triggers import started
from tests.dashboard.runner.steering import finished
from tests.project import Project
from tests.servers import fresh_name, needed

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


@pytest.mark.parametrize("vendor", ["postgresql", "mariadb", "mysql", "sqlite"])
def test_one_database_under_two_names_is_refused(project: Project, vendor: str) -> None:
    project.database(vendor, "old")
    entry = project.entry("old")
    if vendor == "sqlite":
        link = Path(project.directory, "another.sqlite3")
        os.link(entry["NAME"], link)
        other = {**entry, "NAME": str(link)}
    elif vendor == "postgresql":
        other = {**entry, "HOST": "localhost"}
    else:
        place = project.servers.server(vendor).directory.resolve() / "data" / "socket"
        other = {**entry, "HOST": str(place), "PORT": ""}
    project.register("new", other)
    assert brief(check("old", "new", SMALL)) == [("same database", "error", "")]


@contextmanager
def pooled(project: Project, mode: str) -> Iterator[PgBouncer]:
    needed("PgBouncer", find_binary)
    directory = project.servers.root / fresh_name("pool")
    pooler = PgBouncer(directory, project.entry("new"), mode)
    try:
        yield pooler
    finally:
        pooler.stop()


@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
def test_a_pooler_has_to_keep_sessions_apart(project: Project, mode: str) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    project.database("postgresql", "new")
    server = project.entry("new")
    with pooled(project, mode) as pooler:
        project.register("new", pooler.entry(server))
        plan = checked("bookshop.Currency")
        if mode != "session":
            assert brief(plan) == [("pooler", "error", "")]
            assert "pool_mode = session" in only(plan).remedy
            return
        assert brief(plan) == [("pooler", "info", "")]
        run = finished(started(labels=["bookshop.Currency"]), 0)
        assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
        # The server itself, and by way of the pooler.
        project.register("old", server)
        assert ("same database", "error", "") in brief(checked("bookshop.Currency"))
