from __future__ import annotations

import pytest

from tests.dashboard.progress.look import look
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def test_a_table_larger_than_estimated_is_never_over_100() -> None:
    run = make_run()
    make_table(run, rows_total=100, rows_total_exact=False, rows_copied=180)
    shot = look(run)
    assert shot.tables[0].copied.percent == 99
    assert shot.tables[0].copied.total == 180
    assert not shot.total_exact
    assert shot.bar.percent < 100


def test_a_copied_table_has_the_total_that_was_copied() -> None:
    run = make_run()
    make_table(
        run, rows_total=120, rows_total_exact=False, rows_copied=100, state="copied"
    )
    bar = look(run).tables[0].copied
    assert (bar.value, bar.total, bar.exact, bar.percent) == (100, 100, True, 100)
