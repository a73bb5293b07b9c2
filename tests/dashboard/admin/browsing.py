"""People with one permission or another, and their way to the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from dashboard.models import MigrationRun
from dashboard.runner.confirmations import Confirmation
from tests.dashboard.runs import make_run, make_table

PEOPLE: dict[str, tuple[str, ...]] = {
    "staff": (),
    "viewer": ("view",),
    "operator": ("view", "start", "control"),
    "starter": ("start",),
    "controller": ("control",),
}
EVIL = "<img src=x onerror=alert(1)>"


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
        values = {"pk": 1, "file_type": "json", "token": UUID(int=1)}
        arguments = {key: values[key] for key in wanted}
        yield name, reverse(f"admin:{pattern.name}", kwargs=arguments)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:migration_console_migrationrun_{name}", args=args)


def text(response: Any) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode()


def confirmation(
    run: MigrationRun, who: str, rows: dict[int, int] | None = None
) -> str:
    """What a form of this run gives back that was shown to somebody."""
    return Confirmation.asked(run, who, rows or {}).sealed()


def ended() -> MigrationRun:
    """Make a run that every request about its course is refused for."""
    return make_run(status="succeeded", phase="verifying", verdict="verified")


def ready(**fields: Any) -> MigrationRun:
    """Make a run whose plan deletes the rows of one table of two."""
    run = make_run(status="ready", started_at=None, empty_first=True, **fields)
    make_table(run, "app.Full", rows_before=1_234, rows_confirmed=1_234)
    make_table(run, "app.Empty", rows_before=0)
    return run
