"""What holds after every fault: how long it took, and that nothing was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.canaries import leaks
from tests.project import Project

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


@pytest.fixture(autouse=True)
def no_canaries(project: Project) -> Iterator[None]:
    """No row's contents and no password is where people may read."""
    yield
    assert leaks(project) == []
