"""Steps of small tables are done together, and recorded as far as they are done."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.runner import step_bundles
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import finished
from tests.dashboard.runner.test_bundles import (
    TABLES,
    assert_arrived,
    begun,
    prepared,
)
from tests.project import Project


def test_what_one_transaction_has_emptied_is_recorded_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(project, "sqlite", "postgresql")
    for table in TABLES:
        run_sql(project, "new", f"INSERT INTO {table} VALUES (77, 'old')")
    sizes, perform = [], step_bundles.perform

    def performed(bundle: Any, *args: Any) -> None:
        sizes.append(len(bundle))
        perform(bundle, *args)

    monkeypatch.setattr(step_bundles, "perform", performed)
    # However long that took.
    monkeypatch.setattr(step_bundles, "MOST_SECONDS", 0)
    run = finished(begun(project, lane_count=1, empty_first=True), 0)
    assert_arrived(project, run)
    # Then one comparison each time.
    assert sizes[:3] == [12, 12, 11]
