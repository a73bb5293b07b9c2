"""The models of Django's own test suite, from engine to engine."""

from __future__ import annotations

import pytest

from tests.schemas.conftest import MakeJourney

# Keys of every kind, inheritance, relations to oneself and through tables.
PART = " ".join(
    [
        "composite_pk",
        "custom_pk",
        "generic_relations",
        "m2m_through",
        "many_to_many",
        "model_inheritance",
        "one_to_one",
        "order_with_respect_to",
        "to_field_relations",
    ]
)
# There and back, and once to another of the same: seven directions.
ROUTES = [
    ("mysql", "postgresql", "mysql"),
    ("mariadb", "postgresql", "mariadb"),
    ("sqlite", "postgresql", "sqlite"),
    ("postgresql", "postgresql"),
]


def test_a_part_of_them_arrives(journey: MakeJourney) -> None:
    journey("suite", SCHEMA_PARTS=PART).travel(["mariadb", "postgresql"], ["--lanes=1"])


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("engines", ROUTES, ids="-".join)
def test_all_of_them_arrive(journey: MakeJourney, engines: tuple[str, ...]) -> None:
    journey("suite").travel(engines)
