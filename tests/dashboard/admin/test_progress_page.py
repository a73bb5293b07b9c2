from __future__ import annotations

import re
import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.control_database import now_ms
from dashboard.models import Event, MigrationRun, SchemaObject
from tests.dashboard.admin.browsing import ended, sign_in, text, url
from tests.dashboard.runs import make_chunks, make_run, make_table, make_worker

pytestmark = pytest.mark.usefixtures("project")

# A fifth more than 300 tables take; 100,000 are some 30 ms.
MOST_CALLS = 112_000


def large_run() -> MigrationRun:
    """Make a run of 300 tables and 10,000 chunks, in the middle of its work."""
    now = now_ms()
    run = make_run(alive_ms=now)
    for number in range(300):
        make_table(run, f"app.Model{number}", rows_copied=10)
    make_chunks(run.tables.all()[0], 10_000, every=500, now=now)
    make_worker(now)
    return run


def test_the_page_of_a_run_that_does_not_exist() -> None:
    assert sign_in("superuser").get(url("change", 77)).status_code == 404


def test_the_page_shows_bars_and_verdicts() -> None:
    run = make_run()
    make_table(run, "app.Half", rows_total=1_000, rows_copied=500, state="copying")
    make_table(
        run, "app.Guess", rows_total=12_345, rows_total_exact=False, rows_copied=1_234
    )
    make_table(run, "app.Done", rows_copied=10, state="copied", verdict="verified")
    page = text(sign_in("viewer").get(url("change", run.pk)))
    assert 'value="50.0" aria-label="app.Half"' in page
    assert "≈ 12,345" in page
    assert "Verified" in page
    assert "data-poll=" in page


@pytest.mark.parametrize(
    ("phase", "rows", "said"),
    [
        ("copying", 0, "Copied"),
        ("restoring", 0, "Copied"),
        ("restoring", 500, "Comparing, 50 %"),
        ("verifying", 999, "Comparing, 99 %"),
        ("verifying", 1_000, "Compared"),
    ],
)
def test_the_page_says_what_becomes_of_a_table(
    phase: str, rows: int, said: str
) -> None:
    run = make_run(phase=phase)
    make_table(run, rows_copied=1_000, state="copied", rows_compared=rows)
    page = text(sign_in("viewer").get(run.get_absolute_url()))
    badges = re.findall(r'<span class="[^"]*badge[^"]*"[^>]*>\s*([^<]*?)\s*<', page)
    assert said in badges


def test_an_ended_run_is_not_polled() -> None:
    page = text(sign_in("viewer").get(url("change", ended().pk)))
    assert "data-poll=" not in page


def test_the_poll_is_the_moving_part_of_the_page() -> None:
    run = make_run()
    make_table(run)
    answer = sign_in("viewer").get(url("progress", run.pk))
    assert text(answer).lstrip().startswith('<div id="mc-run"')
    assert "no-store" in answer.headers["Cache-Control"]
    assert "<html" not in text(answer)


def test_the_poll_says_that_no_worker_is_running() -> None:
    run = make_run(alive_ms=1)
    page = text(sign_in("viewer").get(url("progress", run.pk)))
    assert "No worker is running" in page
    assert "celery -A migration_console worker" in page


def test_errors_and_unvalidated_keys_are_named() -> None:
    run = make_run(status="failed", error="It broke.", remedy="Mend it.")
    table = make_table(run, state="failed", error="Chunk 3 broke.")
    SchemaObject.objects.create(
        run=run,
        table=table,
        object_type="foreign key",
        name="app_fk",
        state="not valid",
    )
    page = text(sign_in("viewer").get(url("change", run.pk)))
    for words in ("It broke.", "Mend it.", "Chunk 3 broke.", "app_fk"):
        assert words in page


def test_who_did_what_is_shown() -> None:
    run = make_run()
    Event.objects.create(run=run, actor="maria", status="running", message="Started it")
    page = text(sign_in("viewer").get(url("change", run.pk)))
    assert "maria" in page
    assert "Started it" in page


def test_a_look_costs_the_same_for_every_size() -> None:
    small = make_run()
    make_chunks(make_table(small), 3)
    large = large_run()
    browser = sign_in("viewer")
    counts = []
    for name in ("change", "progress"):
        for run in (small, large):
            browser.get(url(name, run.pk))
            with CaptureQueriesContext(connection) as queries:
                browser.get(url(name, run.pk))
            counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
    assert counts[2] == counts[3] <= 26


@pytest.mark.parametrize("name", ["change", "progress"])
def test_a_look_at_a_large_run_costs_little(name: str) -> None:
    """Calls are counted and not seconds, which are the machine's."""
    run = large_run()
    browser = sign_in("viewer")
    browser.get(url(name, run.pk))
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        browser.get(url(name, run.pk))
    finally:
        sys.setprofile(None)
    assert calls < MOST_CALLS
