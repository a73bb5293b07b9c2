"""A project of somebody else that has the admin's pages, with the console in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from localservers.processes import Process
from tests.project import BASE_DIR, Project
from tests.throwaway import Throwaway

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
# Every page of a run, as a browser would ask for them.
PAGES = """
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
client = Client()
client.force_login(User.objects.create_superuser("admin", "", "admin"))
def name(page):
    return f"admin:migration_console_migrationrun_{{page}}"
new = reverse(name("new"))
assert "our own base" not in client.get(reverse(name("changelist"))).content.decode()
assert client.get(new, {{"source": "old", "destination": "new"}}).status_code == 200
fields = {{
    "source": "old", "destination": "new", "models": {models!r},
    "mode": "copy", "verify": "full", "lanes": 1, "empty": "on",
}}
answer = client.post(new, fields)
assert answer.status_code == 302, answer.content.decode()[-3000:]
plan = client.get(answer["Location"])
assert "plan_hash" in plan.content.decode(), plan.content.decode()
report = answer["Location"].replace("change/", "report/")
assert client.get(report).status_code == 200
for file in ("run.css", "run.js", "new.js", "report.css"):
    assert finders.find(f"migration_console/{{file}}"), file
print("pages", "fine")
"""


def build_wheel(directory: Path) -> Path:
    """Build the console's wheel with what is pinned: nothing is downloaded."""
    pip("wheel", "--no-build-isolation", f"--wheel-dir={directory}", str(BASE_DIR))
    (found,) = directory.glob("*.whl")
    return found


def pip(command: str, *arguments: str) -> None:
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", command, *options, *arguments],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def look_at_pages(guest: Throwaway, *models: str) -> None:
    """Ask for every page of a run, as a browser would."""
    code = PAGES.format(models=list(models))
    done = guest.manage("shell", "--command", code)
    assert done.stdout.split()[-2:] == ["pages", "fine"], done.stdout


def started_worker(guest: Throwaway, project: Project) -> Process:
    assert project.redis.running()
    worker = guest.start("celery", "-A", "migration_console", "worker", "-c1", "-lINFO")
    worker.wait_until(lambda: " ready." in worker.log, 60, "No worker is ready")
    return worker
