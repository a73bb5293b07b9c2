from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.models import MigrationRun
from tests.dashboard.admin.browsing import ended, sign_in, text, url
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def test_nothing_comes_or_goes_through_stock_forms() -> None:
    run = ended()
    browser = sign_in("superuser")
    root = url("changelist")
    for page in ("add/", f"{run.pk}/delete/", f"{run.pk}/history/"):
        assert browser.get(root + page).status_code == 404
    answer = browser.post(
        root, {"action": "delete_selected", "_selected_action": [run.pk]}
    )
    assert answer.status_code == 405
    assert MigrationRun.objects.filter(pk=run.pk).exists()


def test_the_list_costs_the_same_for_every_number_of_runs() -> None:
    browser = sign_in("viewer")
    counts = []
    for _round in range(2):
        for _run in range(3):
            make_table(make_run(), rows_copied=7)
        browser.get(url("changelist"))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url("changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_app_and_its_filters_have_names_for_people() -> None:
    make_table(make_run())
    browser = sign_in("superuser")
    assert "Migration Console" in text(browser.get(reverse("admin:index")))
    page = text(browser.get(url("changelist")))
    for title in ("By status", "By verdict", "By type"):
        assert title in page.replace("\n", " "), title


def test_an_empty_list_says_how_to_begin() -> None:
    assert "There are no migration runs yet." in text(
        sign_in("viewer").get(url("changelist"))
    )
