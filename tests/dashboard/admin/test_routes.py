from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User

from dashboard.models import (
    AsideRow,
    Chunk,
    CommandCall,
    Difference,
    Event,
    Finding,
    MigrationRun,
    NamedPlan,
    SchemaObject,
    Step,
)
from tests.dashboard.admin.browsing import (
    EVIL,
    PEOPLE,
    client,
    ended,
    patterns,
    sign_in,
    text,
    url,
)
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

EVERYBODY = ("anonymous", *PEOPLE, "superuser")


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
    "rows": (LOOKS, VIEWERS),
    "rows_file": (LOOKS, VIEWERS),
    # Of a model that goes through a function; this run has none.
    "preview": ({"get": 404, "post": 405}, STARTERS),
    "again": (CHANGES, STARTERS),
    "keep": (CHANGES, STARTERS),
    "plans": (LOOKS, VIEWERS),
    "plan_run": (CHANGES, STARTERS),
    "plan_delete": (CHANGES, STARTERS),
    "command": (CHANGES, CONTROLLERS),
    "new": ({"get": 200, "post": 200}, STARTERS),
    "condition": ({"get": 400, "post": 405}, STARTERS),
    "export": ({"get": 200, "post": 200}, {"superuser"}),
    "import": ({"get": 200, "post": 200}, {"superuser"}),
    # Of a file that is gone.
    "import_file": ({"get": 302, "post": 302}, {"superuser"}),
    "check": (CHANGES, STARTERS),
    "empty": (CHANGES, STARTERS),
    "start": (CHANGES, STARTERS),
    "discard": (CHANGES, STARTERS),
    "stop": (CHANGES, STARTERS),
    "dry-run": (CHANGES, STARTERS),
    "edit": ({"get": 302, "post": 302}, STARTERS),
    "findings": (LOOKS, VIEWERS),
    "compare": (CHANGES, STARTERS),
    "pause": (CHANGES, CONTROLLERS),
    "resume": (CHANGES, CONTROLLERS),
    "pace": (CHANGES, CONTROLLERS),
    "cancel": (CHANGES, CONTROLLERS),
    "retry": (CHANGES, CONTROLLERS),
    "restore": (CHANGES, CONTROLLERS),
    "force": (CHANGES, CONTROLLERS),
}


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_page_asks_who_it_is(who: str) -> None:
    run = ended()
    plan = NamedPlan.objects.create(name="nightly", source="legacy", destination="new")
    assert (run.pk, plan.pk) == (1, 1)
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
    chunk = Chunk.objects.create(table=table, number=1, state="copied")
    AsideRow.objects.create(
        table=table,
        chunk=chunk,
        key=[EVIL],
        column=EVIL,
        error=EVIL,
        remedy=EVIL,
        values=[[EVIL, EVIL]],
    )
    Difference.objects.create(table=table, problem="missing", key=EVIL, columns=[EVIL])
    plan = NamedPlan.objects.create(name=EVIL, source=EVIL, destination=EVIL)
    MigrationRun.objects.update(named_plan=plan, commands_after=[EVIL])
    fields = {"words": [EVIL], "state": "unknown", "head": EVIL, "output_bytes": 9}
    CommandCall.objects.create(
        run=run, when="after", position=0, name=EVIL, error=EVIL, **fields
    )
    Step.objects.create(
        run=run,
        table=table,
        phase="copying",
        action="empty",
        state="claimed",
        error=EVIL,
    )
    browser = sign_in("superuser")
    pages = ["changelist", "change", "progress", "report", "rows", "findings"]
    pages.append("plans")
    for name in pages:
        args = () if name in ("changelist", "plans") else (run.pk,)
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
