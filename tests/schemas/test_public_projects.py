"""Public projects as they are, from engine to engine and back."""

from __future__ import annotations

import pytest

from tests.schemas.conftest import MakeJourney
from tests.schemas.sites import SITES

# More than one chunk for every table.
CHUNKS = ["--chunk-rows=5"]
ROUTES = [
    ("mysql", "postgresql", "mysql"),
    ("mariadb", "postgresql", "mariadb"),
    ("sqlite", "postgresql"),
]
PROJECTS = ["apps", "wagtail", "oscar", "cms", "pretix", "nautobot", "mayan"]


@pytest.mark.soak
def test_a_few_reusable_apps_arrive(journey: MakeJourney) -> None:
    journey("few").travel(["postgresql", "mariadb"], [*CHUNKS, "--lanes=1"])


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("name", "engines"),
    [
        pytest.param(
            name,
            engines,
            id="-".join([name, *engines]),
        )
        for name in PROJECTS
        for engines in ROUTES
        if SITES[name].engines.issuperset(engines)
    ],
)
def test_all_of_a_project_arrives(
    journey: MakeJourney, name: str, engines: tuple[str, ...]
) -> None:
    journey(name).travel(engines, CHUNKS)
