"""After every fault: no row's contents and no password where people may read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.canaries import leaks
from tests.project import Project


@pytest.fixture(autouse=True)
def no_canaries(project: Project) -> Iterator[None]:
    yield
    assert leaks(project) == []
