"""What is asked of many tables at once is asked one by one where it is too much."""

from __future__ import annotations

import pytest

from dashboard.transfer.backends.many import values
from dashboard.transfer.errors import TooMuch
from tests.dashboard.transfer.every_kind import DatabasePairs

SLEEPS = {
    "postgresql": ("SET statement_timeout = 250", "(SELECT 1 FROM pg_sleep({}))"),
    "mariadb": ("SET max_statement_time = 0.25", "(SELECT 1 + sleep({}))"),
}


@pytest.mark.parametrize("vendor", SLEEPS)
def test_what_a_server_cannot_answer_together_it_answers_alone(
    pairs: DatabasePairs, vendor: str
) -> None:
    session = pairs.get(vendor, "new").session(writing=False)
    limit, sleep = SLEEPS[vendor]
    session.execute(limit)
    asked = {number: sleep.format(0.04) for number in range(10)}
    assert values(session, asked) == dict.fromkeys(range(10), 1)
    with pytest.raises(TooMuch):
        values(session, {0: sleep.format(3)})
