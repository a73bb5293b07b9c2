"""A journey of one project, skipped loudly where the project cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project import Servers
from tests.schemas.environments import Unobtainable
from tests.schemas.journey import Journey
from tests.schemas.sites import SITES
from tests.servers import UNAVAILABLE

MakeJourney = Callable[..., Journey]


@pytest.fixture
def journey(servers: Servers, tmp_path: Path) -> Iterator[MakeJourney]:
    made: list[Journey] = []

    def make(name: str, **environment: str) -> Journey:
        site = SITES[name].with_environment(environment)
        try:
            site.prepare()
        except Unobtainable as error:
            UNAVAILABLE[name] = (
                f"The project {name!r} cannot be had: {error}; its tests are SKIPPED."
            )
            pytest.skip(UNAVAILABLE[name])
        made.append(Journey(servers, site, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()
