"""How long a run takes to go on after a fault, as a test's output."""

from __future__ import annotations

from collections.abc import Callable

import pytest

MOST_SECONDS = 30.0
"""Without a person, from the end of a fault until work goes on."""

Measured = Callable[..., None]


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Measured:
    """Record the seconds from a fault's end; fails above what is promised."""

    def measure(fault: str, seconds: float, most: float = MOST_SECONDS) -> None:
        record_property("recovery", f"{fault} {seconds:.1f} s")
        assert seconds <= most, f"{fault}: {seconds:.1f} s"

    return measure
