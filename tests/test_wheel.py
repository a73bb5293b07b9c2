"""The wheel, and the console as a guest in a project with a `dashboard` of its own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localservers.processes import Process
from tests import oracle
from tests.project import BASE_DIR, Project
from tests.throwaway import Throwaway

SHOP = """
class Note(models.Model):
    text = models.CharField(max_length=40)
"""
DASHBOARD = """
class Widget(models.Model):
    title = models.CharField(max_length=40)

    class Meta:
        app_label = "dashboard"
"""
ADMIN = """
INSTALLED_APPS += [
    "django.contrib.admin",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    {own!r},
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "throwaway_urls"
STATIC_URL = "static/"
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
"""
URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""
FILL = """
from shop.models import Note
from {own}.models import Widget
Note.objects.using("old").create(text="a note")
Widget.objects.using("old").create(title="a widget")
"""
# Every page of a run, as a browser would ask for them.
PAGES = """
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
client = Client()
client.force_login(User.objects.create_superuser("admin", "", "admin"))
def name(page):
    return f"admin:migration_console_migrationrun_{page}"
new = reverse(name("new"))
assert "our own base" not in client.get(reverse(name("changelist"))).content.decode()
assert client.get(new, {"source": "old", "destination": "new"}).status_code == 200
fields = {
    "source": "old", "destination": "new", "models": ["shop.Note", "dashboard.Widget"],
    "mode": "copy", "verify": "full", "lanes": 1, "empty": "on",
}
answer = client.post(new, fields)
assert answer.status_code == 302, answer.content.decode()[-3000:]
plan = client.get(answer["Location"])
assert "plan_hash" in plan.content.decode(), plan.content.decode()
report = answer["Location"].replace("change/", "report/")
assert client.get(report).status_code == 200
for file in ("run.css", "run.js", "new.js", "report.css"):
    assert finders.find(f"migration_console/{file}"), file
print("pages", "fine")
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    # Built here, with what is pinned: nothing is downloaded.
    pip("wheel", "--no-build-isolation", f"--wheel-dir={directory}", str(BASE_DIR))
    (found,) = directory.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds nothing but what the wheel puts there."""
    target = tmp_path_factory.mktemp("site-packages")
    pip("install", f"--target={target}", str(wheel))
    return target


def pip(command: str, *arguments: str) -> None:
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", command, *options, *arguments],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_holds_the_app_and_its_celery_application_and_nothing_else(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "dashboard"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    app = {
        f"migration_console/{name}"
        for name in source.stdout.split()
        if (BASE_DIR / name).exists()
    }
    assert names == {
        *app,
        "migration_console/__init__.py",
        "migration_console/celery.py",
    }
    assert app


@pytest.fixture
def guest(
    project: Project, installed: Path, request: pytest.FixtureRequest
) -> Iterator[Throwaway]:
    """A project that has a package and an app called `dashboard`, and the console."""
    kind = request.param
    project.database("sqlite", "old", migrated=False)
    project.database("postgresql", "new", migrated=False)
    project.control("sqlite", migrated=False)
    # With the checkout on the path the name at the top is taken.
    own = "dashboard" if kind == "wheel" else "store.dashboard"
    settings = ADMIN.format(own=own)
    made = Throwaway(
        project,
        SHOP,
        settings=settings,
        console="migration_console.dashboard" if kind == "wheel" else "dashboard",
        path=(installed,) if kind == "wheel" else (BASE_DIR,),
    )
    made.add_app(own, DASHBOARD)
    templates = made.directory / Path(*own.split(".")) / "templates" / "dashboard"
    templates.mkdir(parents=True)
    (templates / "base.html").write_text("our own base")
    (made.directory / "throwaway_urls.py").write_text(URLS)
    made.manage("check", "--fail-level=WARNING")
    made.migrate("shop", own)
    made.manage("shell", "--verbosity=0", "--command", FILL.format(own=own))
    yield made


@pytest.mark.parametrize("guest", ["wheel", "checkout"], indirect=True)
def test_a_project_with_a_dashboard_of_its_own_is_served_and_copied(
    guest: Throwaway, project: Project
) -> None:
    done = guest.manage("shell", "--verbosity=0", "--command", PAGES)
    assert done.stdout.split() == ["pages", "fine"]

    report = guest.copy("old", "new")
    assert report["verdict"] == "verified"
    assert widgets(project) == [("a widget",)]
    tables = {table["table"] for table in report["tables"]}
    assert {"shop_note", "dashboard_widget"} <= tables
    assert not [name for name in tables if name.startswith("migration_console")]

    worker = started_worker(guest, project)
    guest.copy("old", "new", "shop", "dashboard", "--empty", "--queue")
    assert widgets(project) == [("a widget",)]
    assert "migration_console.run_slice" in worker.log


def widgets(project: Project) -> list[tuple[str, ...]]:
    with oracle.reading(project.entry("new")) as reader:
        return [
            tuple(row) for row in reader.query("SELECT title FROM dashboard_widget")
        ]


def started_worker(guest: Throwaway, project: Project) -> Process:
    assert project.redis.running()
    worker = guest.start("celery", "-A", "migration_console", "worker", "-c1", "-lINFO")
    worker.wait_until(lambda: " ready." in worker.log, 60, "No worker is ready")
    return worker
