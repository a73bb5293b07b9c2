"""The console beside other versions of Django, Celery and redis-py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import oracle
from tests.guest import ADMIN, URLS, build_wheel, look_at_pages, started_worker
from tests.project import Project
from tests.throwaway import Throwaway
from tests.versions.versions import (
    COMBINATIONS,
    Beside,
    UnavailableError,
    make_environment,
)

pytestmark = pytest.mark.soak

MODELS = """
import uuid

from django.contrib.auth.models import User


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40, unique=True)


class Note(models.Model):
    author = models.ForeignKey(User, models.CASCADE)
    text = models.TextField()
    price = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    more = models.JSONField(null=True)
    taken = models.DurationField(null=True)
    made = models.DateTimeField(auto_now_add=True)
    file = models.BinaryField(null=True)
    tags = models.ManyToManyField(Tag)
"""
FILL = """
from datetime import timedelta
from django.contrib.auth.models import User
from shop.models import Note, Tag
user = User.objects.using("old").create(username="ann")
tags = [Tag.objects.using("old").create(name=name) for name in "abc"]
for number in range(300):
    note = Note.objects.using("old").create(
        author=user, text="n" * number, more={"number": number} if number % 3 else None,
        taken=timedelta(seconds=-number), file=bytes([number % 256]),
    )
    note.tags.set(tags[: number % 4])
"""
TABLES = ("auth_user", "shop_tag", "shop_note", "shop_note_tags")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(params=COMBINATIONS, ids=str)
def guest(
    project: Project, wheel: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Throwaway]:
    beside: Beside = request.param
    try:
        python = make_environment(beside, wheel, tmp_path / "environment")
    except UnavailableError as error:
        pytest.skip(f"NOT TESTED beside {beside}: {error}")
    project.database("mariadb", "old", migrated=False)
    project.database("postgresql", "new", migrated=False)
    project.control("sqlite", migrated=False)
    made = Throwaway(
        project,
        MODELS,
        settings=ADMIN.format(own="django.contrib.sites"),
        console="migration_console.dashboard",
        path=(),
        python=str(python),
    )
    (made.directory / "throwaway_urls.py").write_text(URLS)
    made.migrate()
    made.manage("shell", "--command", FILL)
    yield made


def test_a_project_is_copied_and_served(guest: Throwaway, project: Project) -> None:
    guest.manage("check", "--fail-level=WARNING")
    guest.manage("makemigrations", "--check", "--dry-run")
    look_at_pages(guest, "shop.Note", "shop.Tag")

    assert guest.copy("old", "new", "--empty")["verdict"] == "verified"
    assert counted(project) == (1, 3, 300, 450)

    worker = started_worker(guest, project)
    report = guest.copy("old", "new", "shop", "--empty", "--queue")
    assert report["verdict"] == "verified"
    assert counted(project) == (1, 3, 300, 450)
    assert "migration_console.run_slice" in worker.log


def counted(project: Project) -> tuple[int, ...]:
    with oracle.reading(project.entry("new")) as reader:
        return tuple(
            next(iter(reader.query(f"SELECT count(*) FROM {table}")))[0]
            for table in TABLES
        )
