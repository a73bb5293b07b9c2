"""One clock for every lease, whatever engine keeps it."""

from __future__ import annotations

import time

import pytest
from django.db import connections

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun
from dashboard.models.clock import NowMs
from tests.dashboard.runs import make_run
from tests.project import VENDORS, Project

# The server is this machine, so that its clock is this process's clock.
TOLERANCE_MS = 2_000
ZONES = {
    "postgresql": "SET TIME ZONE 'Asia/Kathmandu'",
    "mariadb": "SET time_zone = '+05:45'",
    "mysql": "SET time_zone = '+05:45'",
    "sqlite": "SELECT 1",
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_both_readings_are_this_moment_in_milliseconds(
    project: Project, vendor: str
) -> None:
    project.control(vendor)
    with connections["default"].cursor() as cursor:
        cursor.execute(ZONES[vendor])
    run = make_run()

    before = now_ms()
    MigrationRun.objects.filter(pk=run.pk).update(alive_ms=NowMs())
    run.refresh_from_db()
    after = now_ms()

    assert before <= run.alive_ms <= after
    assert abs(before - time.time() * 1000) < TOLERANCE_MS
    assert isinstance(before, int)


@pytest.mark.parametrize("vendor", VENDORS)
def test_it_goes_on_within_a_transaction_and_can_be_added_to(
    project: Project, vendor: str
) -> None:
    project.control(vendor)
    run = make_run()
    from django.db import transaction

    with transaction.atomic():
        first = now_ms()
        deadline = time.monotonic() + 5
        while now_ms() == first:
            assert time.monotonic() < deadline, "The clock stands still"
    MigrationRun.objects.filter(pk=run.pk).update(alive_ms=NowMs() + 60_000)
    run.refresh_from_db()
    assert 59_000 < run.alive_ms - now_ms() <= 60_000
    assert MigrationRun.objects.filter(alive_ms__gt=NowMs()).exists()
    assert not MigrationRun.objects.filter(alive_ms__lt=NowMs()).exists()


# 02:30 in Berlin on the last Sunday of October, in summer time, and an hour later.
TWICE = (1_761_438_600, 1_761_442_200)


@pytest.mark.parametrize("vendor", ["mariadb", "mysql"])
def test_the_hour_that_autumn_has_twice_is_two_hours(
    project: Project, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    server = project.private_server(vendor)
    project.database(vendor, "default", server=server, migrated=False)
    with connections["default"].cursor() as cursor:
        # The server's own zone, and not the one that Django sets.
        cursor.execute("SET time_zone = 'SYSTEM'")
        for moment in TWICE:
            cursor.execute(f"SET timestamp = {moment}")
            cursor.execute("SELECT HOUR(NOW()), MINUTE(NOW())")
            assert tuple(cursor.fetchone()) == (2, 30)
            assert now_ms() == moment * 1000
