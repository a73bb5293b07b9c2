"""The console's own tables in a database of their own, and what time it is there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import connections
from django.test import override_settings

from dashboard.control_database import (
    atomic,
    control_alias,
    now_ms,
    on_commit,
    roll_back,
)
from dashboard.models import Event, MigrationRun, Reservation
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from tests import oracle
from tests.project import VENDORS, Project, soaked, wait_until
from tests.throwaway import Throwaway

ROWS = 300
MODELS = """
class Thing(models.Model):
    name = models.CharField(max_length=40)
"""
# As a project writes them that keeps the console out of its own database, and
# reads from a replica. There is none of the console's tables in this one.
ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "migration_console" else None

    def db_for_write(self, model, **hints):
        return "control" if model._meta.app_label == "migration_console" else None

    def allow_migrate(self, db, app_label, **hints):
        if app_label == "migration_console":
            return db == "control"
        return None if db != "control" else False
"""
SETTINGS = """
DATABASE_ROUTERS = ["control_router.Router"]
INSTALLED_APPS += [
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
ROOT_URLCONF = "control_urls"
STATIC_URL = "static/"
ALLOWED_HOSTS = ["testserver"]
"""
URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""
MIGRATE = """
from django.core.management import call_command
for alias in ("default", "old", "new", "control"):
    call_command("migrate", database=alias, verbosity=0)
"""
FILL = f"""
from shop.models import Thing
Thing.objects.using("old").bulk_create(Thing(name=str(n)) for n in range({ROWS}))
"""
BY_WORKERS = """
from dashboard.models import MigrationRun
from dashboard.runner import controls
run = MigrationRun(
    source="old", destination="new", labels=["shop"], empty_first=True, lane_count=1
)
controls.check(controls.draft(run, "tests"), "tests")
controls.start(run, "tests", run.plan_hash)
print(run.pk)
"""
PAGES = """
import json
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
user = User.objects.create_superuser("admin", "a@example.org", "admin")
browser = Client()
browser.force_login(user)
name = "admin:migration_console_migrationrun"
codes = {{}}
for page, args in (
    ("changelist", []), ("change", [{pk}]), ("progress", [{pk}]), ("report", [{pk}])
):
    answer = browser.get(reverse(f"{{name}}_{{page}}", args=args))
    codes[page] = answer.status_code
print(json.dumps(codes))
"""


class Routed:
    """A project whose default is an SQLite file and whose console lies elsewhere."""

    def __init__(self, project: Project, control: str) -> None:
        project.control("sqlite", migrated=False)
        for alias, vendor in (
            ("old", "sqlite"),
            ("new", "sqlite"),
            ("control", control),
            ("replica", "sqlite"),
        ):
            project.database(vendor, alias, migrated=False)
        project.options.update(LEASE_SECONDS=5, LOOK_SECONDS=1)
        self.project = project
        self.files = Throwaway(project, MODELS, settings=SETTINGS)
        (self.files.directory / "control_router.py").write_text(ROUTER)
        (self.files.directory / "control_urls.py").write_text(URLS)
        self.files.manage("makemigrations", "shop", "--verbosity=0")
        self.shell(MIGRATE + FILL)

    def shell(self, code: str) -> str:
        done = self.files.manage("shell", "--verbosity=0", "--command", code)
        return done.stdout.strip()

    def tables(self, alias: str) -> set[str]:
        """Return the console's own tables in a database."""
        with oracle.reading(self.project.entry(alias)) as reader:
            found = reader.all_tables()
        return {name for name in found if name.startswith("migration_console_")}

    def rows(self, alias: str, table: str) -> int:
        with oracle.reading(self.project.entry(alias)) as reader:
            return int(reader.count(table))


@pytest.fixture(params=["postgresql", *map(soaked, ("mariadb", "mysql", "sqlite"))])
def routed(project: Project, request: pytest.FixtureRequest) -> Routed:
    return Routed(project, request.param)


def test_a_console_in_a_database_of_its_own_copies_and_is_seen(routed: Routed) -> None:
    report = routed.files.copy("old", "new", "shop")
    assert report["verdict"] == "verified"
    assert routed.rows("new", "shop_thing") == ROWS

    assert routed.project.redis.running()
    worker = routed.files.start(
        "celery", "--app=dashboard.celery", "worker", "--pool=solo", "--loglevel=INFO"
    )
    worker.wait_until(lambda: " ready." in worker.log, 60, "No worker is ready")
    pk = int(routed.shell(BY_WORKERS))
    entry = routed.project.entry("control")

    def status() -> str:
        with oracle.reading(entry) as reader:
            sql = "SELECT status FROM migration_console_migrationrun WHERE id = "
            return str(reader.query(f"{sql}{pk}")[0][0])

    wait_until(lambda: status() in ("succeeded", "failed"), 60, "It does not end")
    assert status() == "succeeded"
    assert routed.rows("new", "shop_thing") == ROWS

    codes: dict[str, Any] = json.loads(routed.shell(PAGES.format(pk=pk)))
    assert codes == {"changelist": 200, "change": 200, "progress": 200, "report": 200}
    # Nothing of the console is anywhere else, receipts included.
    assert routed.tables("control") >= {"migration_console_migrationrun"}
    for alias in ("default", "old", "new", "replica"):
        assert routed.tables(alias) == set()
    assert routed.rows("control", "migration_console_migrationrun") == 2
    assert routed.rows("control", "migration_console_worker") == 1


class ToElsewhere:
    """A router for models of the console; reads would go where no table is."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.app_label == "migration_console" else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "elsewhere" if model._meta.app_label == "migration_console" else None


def test_the_router_says_where_the_console_lies(project: Project) -> None:
    assert control_alias() == "default"
    project.database("sqlite", "elsewhere")
    with override_settings(DATABASE_ROUTERS=[ToElsewhere()]):
        assert control_alias() == "elsewhere"
        assert abs(now_ms() - time.time() * 1000) < 5000


@pytest.fixture(params=["postgresql", "mysql", "sqlite"])
def elsewhere(project: Project, request: pytest.FixtureRequest) -> Iterator[Project]:
    """A console that is not in the default database."""
    project.database(request.param, "elsewhere")
    project.database("sqlite", "replica", migrated=False)
    project.database("sqlite", "old")
    project.database("sqlite", "new")
    with override_settings(DATABASE_ROUTERS=[ToElsewhere()]):
        yield project


def checked() -> MigrationRun:
    described = MigrationRun(
        source="old", destination="new", labels=["sites"], empty_first=True
    )
    return controls.check(controls.draft(described, "tests"), "tests")


def test_what_is_refused_elsewhere_leaves_nothing_there(elsewhere: Project) -> None:
    first, second = checked(), checked()
    controls.start(first, "tests", first.plan_hash)
    events = second.events.count()
    with pytest.raises(RequestRefused, match="is using the destination"):
        controls.start(second, "tests", second.plan_hash)

    second.refresh_from_db()
    assert second.status == "ready"
    assert second.events.count() == events
    assert Event.objects.get(status="running").run == first
    assert not second.lanes.exists()
    assert {one.run for one in Reservation.objects.all()} == {first}


def test_starts_elsewhere_are_exclusive(elsewhere: Project) -> None:
    runs = [checked() for _ in range(4)]
    barrier = threading.Barrier(len(runs))

    def start(run: MigrationRun) -> bool:
        try:
            barrier.wait(30)
            controls.start(run, "tests", run.plan_hash)
        except RequestRefused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(runs)) as threads:
        assert sorted(threads.map(start, runs)) == [False, False, False, True]
    assert MigrationRun.objects.filter(status="running").count() == 1
    assert Reservation.objects.values("run").distinct().count() == 1


def test_after_a_commit_is_after_that_of_the_control_database(
    elsewhere: Project,
) -> None:
    done: list[str] = []
    with atomic():
        on_commit(lambda: done.append("committed"))
        assert done == []
    assert done == ["committed"]
    with atomic():
        on_commit(lambda: done.append("rolled back"))
        MigrationRun.objects.create(source="old", destination="new")
        roll_back()
    assert done == ["committed"]
    assert not MigrationRun.objects.exists()


@pytest.mark.parametrize(
    "model", list(apps.get_app_config("migration_console").get_models())
)
def test_every_model_is_read_where_it_is_written(model: Any) -> None:
    with override_settings(DATABASE_ROUTERS=[ToElsewhere()]):
        assert model._default_manager.all().db == "elsewhere"
        # What Django itself asks: a row that a foreign key refers to, or again.
        assert model._base_manager.all().db == "elsewhere"
    assert model.objects.using("other").db == "other"
    assert model.objects.all().db == "default"


@pytest.fixture
def clock(project: Project, request: pytest.FixtureRequest) -> Iterator[Project]:
    project.control(request.param)
    yield project


@pytest.mark.parametrize("clock", VENDORS, indirect=True)
def test_every_engine_tells_the_machines_time(clock: Project) -> None:
    for zone in (None, "+05:00"):
        with connections["default"].cursor() as cursor:
            if zone and connections["default"].vendor == "mysql":
                cursor.execute(f"SET time_zone = '{zone}'")
            elif zone and connections["default"].vendor == "postgresql":
                cursor.execute("SET TIME ZONE 'Asia/Karachi'")
        before = time.time() * 1000
        told = now_ms()
        after = time.time() * 1000
        # Both round down; the servers run on this very machine.
        assert before - 50 <= told <= after + 50


@pytest.mark.parametrize("clock", VENDORS, indirect=True)
def test_time_goes_on_within_a_transaction(clock: Project) -> None:
    with atomic():
        first = now_ms()
        wait_until(lambda: now_ms() > first, 5, "Time stands still")
