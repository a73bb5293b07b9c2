"""How fast a run may go and with how many lanes, changed while it works."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import pace
from dashboard.runner.pace import Pace
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.runner.asking import again, in_status, log
from tests.dashboard.runs import make_lane
from tests.project import Project


def lanes(run: MigrationRun) -> list[int]:
    return list(run.lanes.order_by("number").values_list("number", flat=True))


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "status", ["running", "pausing", "paused", "failed", "cancelled"]
)
def test_a_run_that_was_started_is_changed_and_it_is_written_down(status: str) -> None:
    run = in_status(status, lane_count=2, throttled_until_ms=99)
    make_lane(run)
    pace.change(run, "maria", Pace(3, 500))
    pace.change(run, "maria", Pace(3, 500))
    found = again(run)
    assert (found.lane_count, found.rows_per_second) == (3, 500)
    assert (run.lane_count, run.rows_per_second) == (3, 500)
    assert (found.status, found.throttled_until_ms) == (status, 0)
    assert lanes(run) == [0, 1, 2]
    pace.change(run, "jo", Pace(1, None))
    assert lanes(run) == [0, 1, 2]
    said = (
        "Lanes: 3 instead of 2. Limit: 500 rows a second instead of no limit.",
        "Lanes: 1 instead of 3. Limit: no limit instead of 500 rows a second.",
    )
    assert log(run) == [("maria", status, said[0]), ("jo", status, said[1])]


@pytest.mark.usefixtures("project")
def test_a_pace_that_was_not_seen_is_not_undone() -> None:
    run = in_status("running", lane_count=2)
    shown = Pace.of(run)
    pace.change(run, "maria", Pace(4, 500), shown=shown)
    with pytest.raises(RequestRefused, match="lanes 4, 500 rows a second") as refused:
        pace.change(again(run), "jo", Pace(2, 900), shown=shown)
    assert "Nothing was changed" in refused.value.remedy
    # What is there already is no harm, and who sees it may change it.
    pace.change(again(run), "jo", Pace(4, 500), shown=shown)
    assert Pace.of(again(run)) == Pace(4, 500)
    pace.change(again(run), "jo", Pace(2, 900), shown=Pace(4, 500))
    assert [actor for actor, *_ in log(run)] == ["maria", "jo"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("status", ["paused", "failed", "cancelled", "running"])
def test_nobody_is_called_to_a_run_that_stands_still(status: str) -> None:
    run = in_status(status, lane_count=1, executor="workers")
    make_lane(run, is_leased=False, leased_until_ms=0)
    pace.change(run, "maria", Pace(1, 5_000))
    called = run.lanes.filter(leased_until_ms__gt=0).exists()
    assert called is (status == "running")
    assert log(run)[0][2] == "Limit: 5,000 rows a second instead of no limit."


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("status", "started"),
    [("draft", None), ("ready", None), ("cancelling", 1), ("succeeded", 1)],
)
def test_one_that_was_not_or_is_over_is_left_alone(status: str, started: Any) -> None:
    fields = {} if started else {"started_at": None}
    run = in_status(status, **fields)
    with pytest.raises(RequestRefused, match="its speed cannot be changed"):
        pace.change(run, "maria", Pace(1, 500))
    assert again(run).rows_per_second is None
    assert log(run) == []


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Pace(0, None), "cannot have 0 lanes"),
        (Pace(33, None), "cannot have 33 lanes"),
        (Pace(1, 0), "limited to 0 rows"),
        (Pace(1, -1), "limited to -1 rows"),
        (Pace(1, 2_000_000_001), "limited to 2000000001 rows"),
    ],
)
def test_a_pace_that_makes_no_sense_is_refused(asked: Pace, said: str) -> None:
    run = in_status("running")
    with pytest.raises(RequestRefused, match=said):
        pace.change(run, "maria", asked)
    assert log(run) == []


def test_a_destination_with_one_writer_keeps_its_one_lane(project: Project) -> None:
    project.database("sqlite", "file")
    for mode in ("copy", "compare"):
        run = in_status("running", destination="file", lane_count=1, mode=mode)
        with pytest.raises(RequestRefused, match="one writer"):
            pace.change(run, "maria", Pace(2, None))
        pace.change(run, "maria", Pace(1, 10))
        assert again(run).rows_per_second == 10
