"""The account of rows that the lanes of a run share, on every control engine."""

from __future__ import annotations

import pytest
from django.test import override_settings

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun
from dashboard.runner.chunk_size import paced_rows
from dashboard.runner.throttle import LATE_MS, charge
from tests.dashboard.runner.asking import again, in_status
from tests.dashboard.runner.nights import Night, notes
from tests.dashboard.runs import make_table
from tests.project import VENDORS, Project


def ahead(run: MigrationRun, since: int) -> int:
    return again(run).throttled_until_ms - since


@pytest.mark.parametrize("control", VENDORS)
def test_rows_put_off_those_that_follow(project: Project, control: str) -> None:
    project.control(control)
    run = in_status("running", rows_per_second=300)
    before = now_ms()
    charge(run, 600, 0.5)
    # Two seconds from when the rows began, which was half a second ago.
    late = ahead(run, before) - (2_000 - 500 - LATE_MS)
    assert 0 <= late < 2_000
    first = again(run).throttled_until_ms
    charge(run, 900, 0.1)
    # One after the other: nothing that somebody else has used up is given twice.
    if first > now_ms() - LATE_MS:
        assert ahead(run, first) == 3_000
    charge(run, 2_000_000_000, 0)
    assert ahead(run, before) > 6_000_000_000


@pytest.mark.usefixtures("project")
def test_a_run_without_a_limit_pays_nothing() -> None:
    run = in_status("running")
    charge(run, 600, 0.5)
    assert again(run).throttled_until_ms == 0
    limited = in_status("running", rows_per_second=5)
    MigrationRun.objects.filter(pk=limited.pk).update(rows_per_second=None)
    charge(limited, 600, 0.5)
    assert again(limited).throttled_until_ms == 0


@pytest.mark.usefixtures("project")
def test_rows_are_charged_by_the_limit_that_is_asked_for_when_they_are_recorded() -> (
    None
):
    claimed = in_status("running")
    before = now_ms()
    MigrationRun.objects.filter(pk=claimed.pk).update(rows_per_second=300)
    charge(claimed, 3_000, 0)
    assert 9_000 <= ahead(claimed, before) < 11_000


@pytest.mark.parametrize("verify", ["full", "counts"])
def test_what_is_compared_is_charged_where_its_rows_are_read(
    project: Project, verify: str
) -> None:
    night = Night.of(
        project,
        ("sqlite", "sqlite"),
        (notes(), notes()),
        mode="compare",
        verify=verify,
        rows_per_second=30,
    )
    before = now_ms()
    run = night.work()
    assert run.status == "succeeded"
    charged = ahead(run, before)
    # Sixty rows are worth two seconds, less the second that may be late.
    assert (charged > 500) is (verify == "full"), charged


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("limit", "lanes", "planned", "rows"),
    [
        (None, 2, 5_000, 5_000),
        (1_000, 1, 5_000, 2_000),
        (1_000, 4, 5_000, 500),
        (1_000_000, 4, 5_000, 5_000),
        (1, 32, 5_000, 1),
    ],
)
def test_chunks_of_all_lanes_use_up_what_a_chunk_should_take(
    limit: int | None, lanes: int, planned: int, rows: int
) -> None:
    run = in_status("running", rows_per_second=limit, lane_count=lanes)
    table = make_table(run, chunk_rows=planned)
    with override_settings(MIGRATION_CONSOLE={"CHUNK_SECONDS": 2}):
        assert paced_rows(table) == rows
