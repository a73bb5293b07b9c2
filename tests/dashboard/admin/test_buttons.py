from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin

from dashboard.admin.buttons import buttons
from dashboard.admin.site_pages import SitePages
from dashboard.models import MigrationRun
from dashboard.statuses import Status
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def test_what_nobody_may_is_not_offered() -> None:
    run = make_run()
    make_table(run)
    page = text(sign_in("viewer").get(url("change", run.pk)))
    assert 'id="mc-form-pause"' not in page
    page = text(sign_in("controller").get(url("change", run.pk)))
    assert 'id="mc-form-pause"' in page
    page = text(sign_in("viewer").get(url("changelist")))
    assert url("new") not in page
    assert url("new") in text(sign_in("starter").get(url("changelist")))


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("running", {"pause", "cancel"}),
        ("pausing", {"resume", "cancel"}),
        ("paused", {"resume", "cancel"}),
        ("cancelling", set()),
        ("cancelled", {"retry", "compare"}),
        ("failed", {"retry", "compare"}),
        ("succeeded", {"compare"}),
    ],
)
def test_the_page_offers_what_the_lifecycle_allows(
    status: str, offered: set[str]
) -> None:
    run = make_run(status=status)
    page = text(sign_in("superuser").get(url("change", run.pk)))
    every = ("pause", "resume", "cancel", "retry", "compare")
    assert {name for name in every if f'id="mc-form-{name}"' in page} == offered


def offered(status: str, *, may_start: bool, may_control: bool, **run: Any) -> set[str]:
    pages = SitePages(admin.site, MigrationRun._meta)
    found = buttons(
        pages,
        make_run(status=status, **run),
        may_start=may_start,
        may_control=may_control,
    )
    return {button.name for button in found}


@pytest.mark.parametrize("status", Status.values)
def test_nobody_is_offered_what_he_may_not_do(status: str) -> None:
    assert offered(status, may_start=False, may_control=False) == set()
    assert offered(status, may_start=True, may_control=False) <= {"compare"}
    assert "compare" not in offered(status, may_start=False, may_control=True)


def test_what_was_never_started_is_neither_retried_nor_compared_again() -> None:
    assert not offered("cancelled", may_start=True, may_control=True, started_at=None)
    assert offered("cancelled", may_start=True, may_control=True) == {
        "retry",
        "compare",
    }


@pytest.mark.parametrize(
    ("mode", "said"), [("copy", "stay in the destination"), ("compare", "nothing")]
)
def test_cancelling_asks_first_and_says_what_it_does(mode: str, said: str) -> None:
    pages = SitePages(admin.site, MigrationRun._meta)
    run = make_run(mode=mode)
    found = buttons(pages, run, may_start=False, may_control=True)
    (cancel,) = [button for button in found if button.name == "cancel"]
    assert said in cancel.question
    assert cancel.answer == "Cancel the run"
    assert [button.name for button in found if not button.question] == ["pause"]
