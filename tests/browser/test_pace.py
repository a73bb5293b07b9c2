"""The speed of a run, changed on its page while it works."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.control_database import now_ms
from dashboard.models import Chunk, Lane, MigrationRun
from tests.browser.test_run import sign_in
from tests.dashboard.runs import make_lane, make_run, make_table, make_worker
from tests.project import Project

pytestmark = pytest.mark.browser


def held_back() -> MigrationRun:
    """A run of which one lane works, one is held back and one is not asked for."""
    now = now_ms()
    run = make_run(alive_ms=now, rows_per_second=5_000, lane_count=2, destination="new")
    make_worker(now)
    table = make_table(run, "app.Model", rows_total=1_000_000, rows_copied=4_000)
    Chunk.objects.create(table=table, number=1, state="claimed", lane=2, epoch=1)
    reason = "Not now: the replica is 40 s behind"
    for number, rests in ((0, reason), (1, reason), (2, "")):
        leased_by = f"host{number}:{4711 + number} 17@boot.1"
        fields = {"leased_by": leased_by, "rests_for": rests}
        make_lane(run, number, leased_until_ms=now + 600_000, **fields)
    return run


def test_somebody_makes_a_run_slower_and_sees_why_it_waits(
    project: Project, page: Page
) -> None:
    project.superuser()
    run = held_back()
    root = sign_in(page, project.live_server())
    page.goto(f"{root}{run.pk}/change/")
    reason = page.locator("#mc-condition-not-now")
    expect(reason).to_contain_text("Not now: the replica is 40 s behind")
    expect(page.locator("#mc-condition-fewer-lanes")).to_contain_text("1 more still")
    expect(page.locator("#mc-limit")).to_have_text("5,000 rows/s")
    page.locator("#mc-lanes > summary").click()
    rows = page.locator("#mc-lanes tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Held back")
    expect(rows.nth(2)).to_contain_text("Finishes, then stops")
    expect(rows.nth(2)).to_contain_text("host2:4713")

    page.locator("#mc-pace > summary").click()
    page.fill("#id_rows_per_second", "250")
    page.fill("#id_lanes", "4")
    Lane.objects.filter(run=run).update(rests_for="")
    expect(reason).to_have_count(0)
    # What was typed stays while the page goes on.
    expect(page.locator("#id_rows_per_second")).to_have_value("250")
    page.click("#mc-button-pace")

    expect(page.locator("#mc-limit")).to_have_text("250 rows/s")
    expect(page.locator(".mc-events")).to_contain_text(
        "admin from 127.0.0.1 Lanes: 4 instead of 2."
    )
    found = MigrationRun.objects.get(pk=run.pk)
    assert (found.lane_count, found.rows_per_second) == (4, 250)
    page.locator("#mc-pace > summary").click()
    page.fill("#id_lanes", "77")
    page.eval_on_selector("#mc-form-pace", "form => { form.noValidate = true; }")
    page.click("#mc-button-pace")
    expect(page.locator(".errornote, .error").first).to_contain_text("Lanes:")
