"""All cases, in the order of their names."""

from __future__ import annotations

from tests.edge_cases import keys, models, moments, numbers, schema, text, types
from tests.edge_cases.case import Case

CASES: tuple[Case, ...] = tuple(
    sorted(
        (
            *text.CASES,
            *numbers.CASES,
            *moments.CASES,
            *types.CASES,
            *keys.CASES,
            *schema.CASES,
            *models.CASES,
        ),
        key=lambda case: case.name,
    )
)
CASE = {case.name: case for case in CASES}
assert len(CASE) == len(CASES)
