from __future__ import annotations

import pytest

from dashboard.progress import Bar

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    ("bar", "percent"),
    [
        (Bar(0, 100), 0),
        (Bar(1, 3), 33),
        (Bar(100, 100), 99),
        (Bar(999_999, 1_000_000), 99),
        (Bar(250, 100), 99),
        (Bar(0, 0), 0),
        (Bar(0, 0, done=True), 100),
        (Bar(97, 100, done=True), 100),
    ],
)
def test_percent_is_100_only_when_done(bar: Bar, percent: int) -> None:
    assert bar.percent == percent


def test_width_has_a_point_in_every_language() -> None:
    assert Bar(1, 3).width == "33.3"
    assert Bar(3, 3, done=True).width == "100.0"
