from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.dashboard.progress.look import look
from tests.dashboard.runs import make_chunks, make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def test_the_number_of_queries_is_the_same_for_every_size() -> None:
    small = make_run()
    make_chunks(make_table(small), 1)
    large = make_run()
    for number in range(300):
        make_table(large, f"app.Model{number}")
    make_chunks(large.tables.all()[0], 2_000)
    counts = []
    for run in (small, large):
        with CaptureQueriesContext(connection) as queries:
            look(run)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 11
