from __future__ import annotations

import pytest

from dashboard.models import Chunk, Lane, MigrationRun, Step
from dashboard.progress.lanes import read_lanes
from tests.dashboard.progress.look import look
from tests.dashboard.runs import NOW, make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def run() -> MigrationRun:
    run = make_run(lane_count=2)
    for number in (0, 1):
        until = NOW + 60_000
        Lane.objects.create(
            run=run, number=number, epoch=1, is_leased=True, leased_until_ms=until
        )
    return run


def doing(run: MigrationRun) -> list[str]:
    return [lane.doing for lane in read_lanes(run, NOW)]


def test_a_lane_with_one_table_says_which(run: MigrationRun) -> None:
    table = make_table(run, "app.Large")
    Chunk.objects.create(table=table, number=1, lane=1, state="claimed")
    assert doing(run) == ["", "copies app.Large"]


def test_a_lane_with_many_small_tables_names_the_first_and_counts_the_rest(
    run: MigrationRun,
) -> None:
    for number in range(4):
        table = make_table(run, f"app.Small{number}")
        Chunk.objects.create(table=table, number=1, lane=0, state="claimed")
    assert doing(run) == ["copies app.Small0 and 3 more", ""]


def test_a_phase_says_of_each_lane_what_it_does(run: MigrationRun) -> None:
    for number, lane in enumerate((0, 0, 0, 1)):
        Step.objects.create(
            run=run,
            phase="verifying",
            action="compare",
            table=make_table(run, f"app.Small{number}"),
            lane=lane,
            state="claimed",
        )
    expected = ["Compare app.Small0 and 2 more", "Compare app.Small3"]
    assert doing(run) == expected
    run.phase = "verifying"
    stage = look(run).stage
    assert stage
    assert list(stage.doing) == expected
