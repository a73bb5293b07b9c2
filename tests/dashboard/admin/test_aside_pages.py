"""The page and the file of the rows that are aside."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User

from dashboard.models import AsideRow, Chunk, MigrationRun
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

CANARY = "s3cret"


def with_rows_aside(number: int = 2) -> MigrationRun:
    run = make_run(status="failed", on_bad_rows="aside", error="2 rows are aside.")
    table = make_table(run, "shop.Note", table="notes")
    chunk = Chunk.objects.create(table=table, number=1, state="copied")
    AsideRow.objects.bulk_create(
        AsideRow(
            table=table,
            chunk=chunk,
            key=[f"=cmd|k3y{index}"],
            column="note",
            error="Table 'notes': the value is too long.",
            remedy="Correct the row in the source, then retry.",
            values=[["note", f"{CANARY}-value"], ["n", "-1"], ["gone", None]],
        )
        for index in range(number)
    )
    return run


def test_only_who_may_see_values_is_shown_them() -> None:
    run = with_rows_aside()
    hidden, file = sign_in("operator"), url("rows_file", run.pk)
    for name in ("rows", "rows_file", "change", "progress", "report"):
        page = text(hidden.get(url(name, run.pk)))
        assert CANARY not in page, name
    page = text(hidden.get(url("rows", run.pk)))
    assert "the value is too long" in page
    # As every error and every difference says which row it is about.
    assert "k3y1" in page
    (line,) = list(csv.DictReader(io.StringIO(text(hidden.get(file)))))[:1]
    assert (line["key"], line["values"]) == ("'=cmd|k3y0", "(hidden)")
    user = User.objects.get(username="operator")
    user.user_permissions.add(Permission.objects.get(codename="view_row_values"))
    page = text(hidden.get(url("rows", run.pk)))
    assert f"{CANARY}-value" in page
    # The permission alone opens no page.
    user.user_permissions.set(Permission.objects.filter(codename="view_row_values"))
    assert hidden.get(url("rows", run.pk)).status_code == 403


def test_the_file_has_every_row_and_no_formula() -> None:
    run = with_rows_aside(250)
    response = sign_in("superuser").get(url("rows_file", run.pk))
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    lines = list(csv.DictReader(io.StringIO(text(response))))
    assert len(lines) == 250
    assert lines[0]["key"] == "'=cmd|k3y0"
    assert lines[0]["values"] == f"note={CANARY}-value; n=-1; gone=NULL"
    page = text(sign_in("superuser").get(url("rows", run.pk)))
    assert page.count("the value is too long") == 200
    assert "There are more" in page


def test_the_run_counts_them_and_offers_to_try_them_again() -> None:
    run = with_rows_aside()
    page = text(sign_in("operator").get(url("progress", run.pk)))
    assert "2 rows aside" in page
    assert "Try these rows again" in page
    assert 'id="mc-again"' in page
    assert 'id="mc-again"' not in text(sign_in("controller").get(url("change", run.pk)))
    rows = text(sign_in("operator").get(url("rows", run.pk)))
    assert "Try these rows again" in rows
    assert "Try these rows again" not in text(
        sign_in("viewer").get(url("rows", run.pk))
    )


def test_a_run_without_any_says_so() -> None:
    run = make_run(status="succeeded")
    assert "No row of this run is aside" in text(
        sign_in("viewer").get(url("rows", run.pk))
    )


def test_whoever_takes_values_away_is_written_down() -> None:
    run = with_rows_aside()
    sign_in("operator").get(url("rows_file", run.pk))
    browser = sign_in("superuser")
    browser.head(url("rows_file", run.pk))
    browser.get(url("rows", run.pk))
    assert not run.events.exists()
    browser.get(url("rows_file", run.pk))
    event = run.events.get()
    assert (event.actor, event.address) == ("superuser", "127.0.0.1")
    assert event.message == "The values of 2 rows aside were downloaded."
    assert (event.was, event.status) == ("failed", "failed")
    assert LogEntry.objects.get().change_message == event.message
