"""Django projects of one app, written for a single test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localservers.processes import Process
from tests.project import BASE_DIR, Project

SETTINGS = """
DATABASES = {databases!r}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    {console!r},
    {app!r},
]
SECRET_KEY = "for-a-test"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CELERY_BROKER_URL = {broker!r}
MIGRATION_CONSOLE = {options!r}
"""
MIGRATE = """
import importlib
from django.core.management import call_command
for label in {labels!r}:
    call_command("makemigrations", label, verbosity=0)
importlib.invalidate_caches()
for alias in {aliases!r}:
    call_command("migrate", database=alias, verbosity=0)
"""


class Throwaway:
    """A project whose databases are those of the test's ``Project``.

    ``path`` is where ``python`` finds the console: the checkout, unless a wheel was
    installed elsewhere.
    """

    def __init__(
        self,
        project: Project,
        models: str,
        *,
        settings: str = "",
        app: str = "shop",
        console: str = "dashboard",
        path: Sequence[Path] = (BASE_DIR,),
        python: str = sys.executable,
    ) -> None:
        self.project = project
        self.python = python
        self.directory = project.directory / "throwaway"
        self._path = path
        self._app = app
        self._console = console
        self.add_app(app, models)
        self.write_settings(settings)

    def write_settings(self, more: str = "") -> None:
        text = SETTINGS.format(
            databases=self.project.entries,
            console=self._console,
            app=self._app,
            broker=os.environ["MIGRATION_CONSOLE_BROKER_URL"],
            options=self.project.options,
        )
        (self.directory / "throwaway_settings.py").write_text(text + more)

    def add_app(self, name: str, models: str) -> None:
        """Write a package with these models; a dotted name is one inside another."""
        package = self.directory
        for part in name.split("."):
            package /= part
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
        head = "from django.db import models\n"
        (package / "models.py").write_text(head + models)

    @property
    def environment(self) -> dict[str, str]:
        found = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MIGRATION_CONSOLE_")
        }
        path = os.pathsep.join(map(str, [self.directory, *self._path]))
        return {
            **found,
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "throwaway_settings",
        }

    def manage(
        self,
        *arguments: str,
        check: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self.python, "-m", "django", *arguments],
            cwd=self.directory,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=180,
        )
        if check:
            assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done

    def start(self, module: str, *arguments: str) -> Process:
        """Run a module of Python's in the background; it ends with the test."""
        return self.project.process(
            module,
            "-m",
            module,
            *arguments,
            environment=self.environment,
            directory=self.directory,
            python=self.python,
        )

    def migrate(self, *apps: str) -> None:
        """Write the apps' migrations and apply all of them to every database."""
        labels = [app.rpartition(".")[2] for app in apps or (self._app,)]
        aliases = list(self.project.entries)
        # In one process: Django takes longer to start than to migrate.
        code = MIGRATE.format(labels=labels, aliases=aliases)
        self.manage("shell", "--verbosity=0", "--command", code)

    def copy(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Copy and return the report; the command has to end with that code."""
        done = self.manage("copydata", *arguments, "--no-input", "--json", check=False)
        assert done.returncode == code, done.stdout + done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document
