"""The wheel, and the console as a guest in a project with a `dashboard` of its own."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import oracle
from tests.guest import ADMIN, URLS, build_wheel, look_at_pages, pip, started_worker
from tests.project import BASE_DIR, Project, soaked
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
FILL = """
from shop.models import Note
from {own}.models import Widget
Note.objects.using("old").create(text="a note")
Widget.objects.using("old").create(title="a widget")
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    return build_wheel(directory)


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds nothing but what the wheel puts there."""
    target = tmp_path_factory.mktemp("site-packages")
    pip("install", f"--target={target}", str(wheel))
    return target


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


@pytest.mark.parametrize("guest", ["wheel", soaked("checkout")], indirect=True)
def test_a_project_with_a_dashboard_of_its_own_is_served_and_copied(
    guest: Throwaway, project: Project
) -> None:
    look_at_pages(guest, "shop.Note", "dashboard.Widget")

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
