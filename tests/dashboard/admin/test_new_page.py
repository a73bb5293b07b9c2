from __future__ import annotations

import re

import pytest

from dashboard.models import MigrationRun
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")


def test_the_models_of_both_sides_are_offered(project: Project) -> None:
    project.database("sqlite", "legacy", filled=True)
    answer = sign_in("starter").get(
        url("new"), {"source": "legacy", "destination": "default"}
    )
    page = text(answer)
    assert 'value="bookshop.Book"' in page
    assert "bookshop_book_genres" in page
    assert 'value="migration_console.MigrationRun"' not in page
    assert 'value="sessions.Session"' not in page
    boxes = re.findall(r'<input type="checkbox" name="models"[^>]*>', page)
    assert len(boxes) > 15
    assert all(" checked" in box for box in boxes)


def test_a_description_is_checked_and_planned(project: Project) -> None:
    project.database("sqlite", "legacy", filled=True)
    data = {
        "source": "legacy",
        "destination": "default",
        "models": ["bookshop.Currency", "bookshop.Genre"],
        "mode": "copy",
        "verify": "full",
        "lanes": "2",
    }
    answer = sign_in("starter").post(url("new"), data, follow=True)
    run = MigrationRun.objects.get()
    assert run.status == "ready"
    assert run.created_by == "starter"
    assert run.labels == ["bookshop.Currency", "bookshop.Genre"]
    assert not run.empty_first
    assert url("start", run.pk) in text(answer)
    assert "bookshop_genre" in text(answer)


def test_a_model_that_was_not_offered_is_refused(project: Project) -> None:
    project.database("sqlite", "legacy")
    data = {
        "source": "legacy",
        "destination": "default",
        "models": ["sessions.Session", 'x"; DROP TABLE y; --'],
        "mode": "copy",
        "verify": "full",
        "lanes": "2",
    }
    answer = sign_in("starter").post(url("new"), data)
    assert "is not a model of this project" in text(answer)
    assert not MigrationRun.objects.exists()


@pytest.mark.parametrize(
    ("source", "destination"),
    [("nowhere", "default"), ("default", "default"), ("default", ""), ("", "")],
)
def test_databases_that_cannot_be_are_refused(source: str, destination: str) -> None:
    data = {"source": source, "destination": destination}
    assert sign_in("starter").post(url("new"), data).status_code == 200
    assert not MigrationRun.objects.exists()


def test_a_database_that_does_not_answer_is_said(project: Project) -> None:
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "x",
        "HOST": "127.0.0.1",
        "PORT": "1",
        "USER": "u",
        "PASSWORD": "canary-4711",
    }
    project.register("broken", entry)
    data = {"source": "broken", "destination": "default"}
    page = text(sign_in("starter").get(url("new"), data))
    assert "mc-error" in page
    assert "canary-4711" not in page
