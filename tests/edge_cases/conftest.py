"""One measurement for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.conftest import CONTROL
from tests.edge_cases.agreeing import Rows
from tests.edge_cases.measuring import Measured
from tests.project import Servers


@pytest.fixture(scope="session")
def rows(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return Rows(Measured(servers, tmp_path_factory.mktemp("edge_cases"), CONTROL))
