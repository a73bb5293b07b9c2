from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, path, reverse

from dashboard.admin import MigrationRunAdmin
from dashboard.control_database import now_ms
from dashboard.models import (
    Difference,
    Event,
    Finding,
    MigrationRun,
    SchemaObject,
    Step,
)
from tests.dashboard.runs import (
    make_chunks,
    make_run,
    make_table,
    make_worker,
)
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")

PEOPLE: dict[str, tuple[str, ...]] = {
    "staff": (),
    "viewer": ("view",),
    "operator": ("view", "start", "control"),
    "starter": ("start",),
    "controller": ("control",),
}
EVERYBODY = ("anonymous", *PEOPLE, "superuser")
EVIL = "<img src=x onerror=alert(1)>"

# What somebody gets who may: for looking and for posting.
LOOKS = {"get": 200, "post": 405}
CHANGES = {"get": 405, "post": 302}
VIEWERS = {"viewer", "operator", "starter", "controller", "superuser"}
STARTERS = {"operator", "starter", "superuser"}
CONTROLLERS = {"operator", "controller", "superuser"}

EXPECTED: dict[str, tuple[dict[str, int], set[str]]] = {
    "changelist": (LOOKS, VIEWERS),
    "change": (LOOKS, VIEWERS),
    "progress": (LOOKS, VIEWERS),
    "report": (LOOKS, VIEWERS),
    "report_file": (LOOKS, VIEWERS),
    "new": ({"get": 200, "post": 200}, STARTERS),
    "check": (CHANGES, STARTERS),
    "start": (CHANGES, STARTERS),
    "discard": (CHANGES, STARTERS),
    "compare": (CHANGES, STARTERS),
    "pause": (CHANGES, CONTROLLERS),
    "resume": (CHANGES, CONTROLLERS),
    "cancel": (CHANGES, CONTROLLERS),
    "retry": (CHANGES, CONTROLLERS),
}


def client(**settings: Any) -> Client:
    return Client(headers={"host": "localhost"}, **settings)


def sign_in(who: str, **settings: Any) -> Client:
    browser = client(**settings)
    if who == "anonymous":
        return browser
    user, made = User.objects.get_or_create(username=who, is_staff=True)
    if made:
        user.is_superuser = who == "superuser"
        user.save()
        names = [f"{name}_migrationrun" for name in PEOPLE.get(who, ())]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
    browser.force_login(user)
    return browser


def patterns() -> Iterator[tuple[str, str]]:
    """Give each page of the app as its name and its address for run 1."""
    for pattern in admin.site.get_model_admin(MigrationRun).urls:
        assert isinstance(pattern, URLPattern)
        name = str(pattern.name).removeprefix("migration_console_migrationrun_")
        wanted = pattern.pattern.converters
        values = {"pk": 1, "form": "json"}
        arguments = {key: values[key] for key in wanted}
        yield name, reverse(f"admin:{pattern.name}", kwargs=arguments)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:migration_console_migrationrun_{name}", args=args)


def text(response: Any) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode()


def ended() -> MigrationRun:
    """Make a run that every request about its course is refused for."""
    return make_run(status="succeeded", phase="verifying", verdict="verified")


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_asks_who_it_is(who: str) -> None:
    run = ended()
    assert run.pk == 1
    browser = sign_in(who)
    for name, address in patterns():
        codes, people = EXPECTED[name]
        for method in ("get", "post"):
            response = getattr(browser, method)(address)
            expected = codes[method] if who in people else 403
            if who == "anonymous":
                assert response.status_code == 302, (name, method)
                assert "/login/" in response.headers["Location"]
            else:
                assert response.status_code == expected, (name, method)


def test_no_page_is_without_an_expectation() -> None:
    assert {name for name, _address in patterns()} == set(EXPECTED)


def test_somebody_who_is_not_staff_is_asked_to_sign_in() -> None:
    ended()
    user = User.objects.create_user("customer")
    user.user_permissions.set(Permission.objects.filter(codename__contains="run"))
    browser = client()
    browser.force_login(user)
    for _name, address in patterns():
        assert browser.get(address).status_code == 302


def test_every_change_needs_the_token() -> None:
    run = ended()
    browser = sign_in("superuser", enforce_csrf_checks=True)
    before = MigrationRun.objects.values().get(pk=run.pk)
    for name, address in patterns():
        if EXPECTED[name][0]["post"] in (200, 302):
            assert browser.post(address).status_code == 403, name
    assert MigrationRun.objects.values().get(pk=run.pk) == before


def test_no_page_is_exempt_from_the_token() -> None:
    for pattern in admin.site.get_model_admin(MigrationRun).urls:
        assert not getattr(pattern.callback, "csrf_exempt", False)


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


def test_a_refusal_is_told_with_its_remedy() -> None:
    run = ended()
    answer = sign_in("superuser").post(url("pause", run.pk), follow=True)
    assert "errornote" in text(answer) or 'class="error"' in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "succeeded"


def test_the_page_of_a_run_that_does_not_exist() -> None:
    assert sign_in("superuser").get(url("change", 77)).status_code == 404


# What the page shows


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
        ("restoring", 500, "Comparing 50 %"),
        ("verifying", 999, "Comparing 99 %"),
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


def test_the_poll_says_that_no_worker_answers() -> None:
    run = make_run(alive_ms=1)
    page = text(sign_in("viewer").get(url("progress", run.pk)))
    assert "No worker answers" in page
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


@pytest.mark.parametrize("status", ["draft", "ready", "running", "failed"])
def test_names_and_errors_are_text_on_every_page(status: str) -> None:
    run = make_run(
        status=status,
        source=EVIL,
        destination=EVIL,
        error=EVIL,
        remedy=EVIL,
        started_by=EVIL,
    )
    table = make_table(
        run, EVIL, table=EVIL, error=EVIL, verdict_reason=EVIL, route_reason=EVIL
    )
    Finding.objects.create(
        run=run, check_name="x", level="error", model=EVIL, message=EVIL, remedy=EVIL
    )
    Event.objects.create(run=run, actor=EVIL, status=status, message=EVIL)
    SchemaObject.objects.create(
        run=run, table=table, object_type="index", name=EVIL, state="not valid"
    )
    Difference.objects.create(table=table, problem="missing", key=EVIL, columns=[EVIL])
    Step.objects.create(
        run=run,
        table=table,
        phase="copying",
        action="empty",
        state="claimed",
        error=EVIL,
    )
    browser = sign_in("superuser")
    pages = ["changelist", "change", "progress", "report"]
    for name in pages:
        args = () if name == "changelist" else (run.pk,)
        page = text(browser.get(url(name, *args)))
        assert "<img src=x" not in page, name
        assert "&lt;img src=x" in page, name


def test_pages_have_nothing_inline() -> None:
    """A policy of default-src 'self' is enough for them."""
    run = make_run()
    make_table(run)
    ready = make_run(status="ready", empty_first=True)
    make_table(ready, rows_before=3)
    browser = sign_in("superuser")
    addresses = [url("changelist"), url("new"), url("change", ready.pk)]
    addresses += [url(name, run.pk) for name in ("change", "progress", "report")]
    for address in addresses:
        page = text(browser.get(address))
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page
        assert "javascript:" not in page
        assert not re.search(r'(src|href|action)="(https?:)?//', page)


# The plan


def ready(**fields: Any) -> MigrationRun:
    run = make_run(status="ready", started_at=None, empty_first=True, **fields)
    make_table(run, "app.Full", rows_before=1_234)
    make_table(run, "app.Empty", rows_before=0)
    return run


def test_the_plan_names_what_will_be_deleted() -> None:
    run = ready()
    page = text(sign_in("starter").get(url("change", run.pk)))
    box = page.split("mc-doomed")[1].split("</ul>")[0]
    assert "app.Full" in box
    assert "1,234" in box
    assert "app.Empty" not in box


@pytest.mark.parametrize("typed", ["", "legacy", "Default"])
def test_deleting_needs_the_name_of_the_destination(typed: str) -> None:
    run = ready()
    data = {"plan_hash": run.plan_hash, "typed": typed}
    answer = sign_in("starter").post(url("start", run.pk), data)
    assert answer.status_code == 200
    assert "errorlist" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_a_plan_that_has_changed_is_not_started() -> None:
    run = ready()
    data = {"plan_hash": "cd" * 32, "typed": "default"}
    answer = sign_in("starter").post(url("start", run.pk), data, follow=True)
    assert "plan has changed" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_what_the_checks_object_to_leaves_no_start() -> None:
    run = make_run(status="draft")
    Finding.objects.create(
        run=run, check_name="x", level="error", message="No table.", remedy="Migrate."
    )
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert "No table." in page
    assert "Migrate." in page
    assert url("start", run.pk) not in page


def test_the_account_to_sign_in_with_is_said_before_the_start() -> None:
    run = ready()
    Finding.objects.create(
        run=run, check_name="account", level="warning", message="Sign in as root."
    )
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert page.index("Sign in as root.") < page.index(url("start", run.pk))


def test_a_started_run_is_not_discarded() -> None:
    run = make_run()
    sign_in("starter").post(url("discard", run.pk))
    assert MigrationRun.objects.get(pk=run.pk).status == "running"


def test_a_draft_is_discarded_by_whoever_may_start() -> None:
    run = ready()
    sign_in("starter").post(url("discard", run.pk))
    assert MigrationRun.objects.get(pk=run.pk).status == "cancelled"


# Describing a run


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


# Reports


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("html", "text/html"), ("json", "application/json"), ("csv", "text/csv")],
)
def test_the_report_is_downloaded(form: str, media_type: str) -> None:
    run = make_run(source="le\r\nga/../cy", status="succeeded")
    make_table(run)
    answer = sign_in("viewer").get(url("report_file", run.pk, form))
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="migration-{run.pk}-le-gacy-to-default.{form}"'
    )
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("form", ["pdf", "HTML", "..", "json%00", "..%2f..%2fetc"])
def test_no_other_form_and_no_path_is_read(form: str) -> None:
    run = ended()
    address = url("report_file", run.pk, "json").removesuffix("json") + form
    assert sign_in("superuser").get(address).status_code == 404


def test_the_report_in_the_admin_is_the_downloaded_one() -> None:
    run = ended()
    make_table(run, source_rows=5, destination_rows=5, verdict="verified")
    browser = sign_in("viewer")
    page = text(browser.get(url("report", run.pk)))
    document = json.loads(text(browser.get(url("report_file", run.pk, "json"))))
    assert document["headline"] in page.replace("&quot;", '"')


# A site of its own, and the cost of a look

other_site = admin.AdminSite("ops")
other_site.register(MigrationRun, MigrationRunAdmin)
urlpatterns = [path("ops/", other_site.urls)]


def test_it_works_on_a_site_with_another_name() -> None:
    run = make_run()
    make_table(run)
    browser = sign_in("superuser")
    with override_settings(ROOT_URLCONF=__name__):
        root = "/ops/migration_console/migrationrun/"
        for page in ("", "new/", f"{run.pk}/change/", f"{run.pk}/report/"):
            answer = browser.get(root + page)
            assert answer.status_code == 200, page
            assert '"/admin/' not in text(answer)


def large_run() -> MigrationRun:
    """Make a run of 300 tables and 10,000 chunks, in the middle of its work."""
    now = now_ms()
    run = make_run(alive_ms=now)
    for number in range(300):
        make_table(run, f"app.Model{number}", rows_copied=10)
    make_chunks(run.tables.all()[0], 10_000, every=500, now=now)
    make_worker(now)
    return run


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
    assert counts[2] == counts[3] <= 25


@pytest.mark.parametrize("name", ["change", "progress"])
def test_a_look_at_a_large_run_takes_less_than_50_milliseconds(name: str) -> None:
    run = large_run()
    browser = sign_in("viewer")
    times = []
    for _look in range(12):
        began = time.perf_counter()
        browser.get(url(name, run.pk))
        times.append(time.perf_counter() - began)
    # The best of several: what the machine does besides is not the page's.
    assert min(times) < 0.050


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
