"""Conditions are chosen in the form, with the fields' own widgets."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")


def asked(**query: str) -> str:
    return text(sign_in("starter").get(url("condition"), query))


def test_a_model_shows_its_fields_and_a_field_its_lookups_and_widget() -> None:
    page = asked(model="bookshop.Order")
    assert '<option value="placed_at">' in page
    assert "data-lookup" not in page
    page = asked(model="bookshop.Order", field="placed_at")
    assert '<option value="gte">' in page
    assert 'type="datetime-local"' in page
    # A reference takes a key: all rows of the other model would be a long list.
    assert '<input type="text"' in asked(model="bookshop.Order", field="shop")
    assert '<option value="true">' in asked(model="bookshop.Order", field="paid")
    # Several values are longer than one, and a file is named, not sent.
    assert "maxlength" not in asked(model="bookshop.Order", field="number")
    assert 'type="file"' not in asked(model="bookshop.EBook", field="file")
    answer = sign_in("starter").get(url("condition"), {"model": "bookshop.Ordr"})
    assert answer.status_code == 400
    assert sign_in("viewer").get(url("condition")).status_code == 403


def test_conditions_of_the_form_are_planned_and_come_back(project: Project) -> None:
    project.database("sqlite", "legacy", filled=True)
    data = {
        "source": "legacy",
        "destination": "default",
        "models": ["bookshop.Currency", "bookshop.Genre"],
        "filters": "bookshop.Genre id__lte=3\nbookshop.Genre parent__isnull=true",
        "newer": "bookshop.Currency code",
        "with_parents": "on",
        "mode": "copy",
        "verify": "full",
        "lanes": "2",
    }
    browser = sign_in("starter")
    wrong = {**data, "filters": "bookshop.Genre idd=3"}
    assert "Did you mean" in text(browser.post(url("new"), wrong))
    answer = browser.post(url("new"), data, follow=True)
    run = MigrationRun.objects.get()
    assert run.status == "ready", text(answer)
    assert len(run.filters["bookshop.Genre"]) == 2
    assert (run.newer, run.with_parents) == ({"bookshop.Currency": "code"}, True)
    page = text(answer)
    assert "only some rows" in page
    assert "id__lte=3" in page
    edit = text(browser.get(url("edit", run.pk)))
    assert "bookshop.Genre id__lte=3" in edit
    assert "bookshop.Currency code" in edit
