"""Which number a sequence is set to."""

from __future__ import annotations

import pytest

from dashboard.transfer.sequences import NumberSequence


@pytest.mark.parametrize(
    ("start", "step", "number", "set_to"),
    [
        (1, 1, 70, 70),
        (1, 2, 70, 71),
        (1, 2, 71, 71),
        (2, 2, 71, 72),
        (100, 10, 101, 110),
        (-1, -1, -7, -7),
        (-1, -2, -8, -9),
    ],
)
def test_a_sequence_keeps_to_its_own_numbers(
    start: int, step: int, number: int, set_to: int
) -> None:
    bounds = (1, 1000) if step > 0 else (-1000, -1)
    found = NumberSequence(
        "t", "c", start=start, step=step, least=bounds[0], most=bounds[1]
    )
    assert found.at_or_beyond(number) == set_to
    assert found.reaches(number)
    assert found.further(number, set_to) == set_to


def test_a_sequence_is_set_to_no_more_than_its_last_number() -> None:
    up = NumberSequence("t", "c", step=2, most=10)
    assert up.at_or_beyond(10) == 10
    assert not up.reaches(11)
    down = NumberSequence("t", "c", start=-1, step=-2, least=-10, most=-1)
    assert down.at_or_beyond(-10) == -10
    assert not down.reaches(-11)
