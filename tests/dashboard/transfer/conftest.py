"""Databases that the tests of one module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dashboard.transfer.every_kind import DatabasePairs
from tests.project import Servers


@pytest.fixture(scope="module")
def pairs(servers: Servers) -> Iterator[DatabasePairs]:
    pairs = DatabasePairs(servers)
    yield pairs
    pairs.close()
