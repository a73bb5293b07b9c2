"""The tests' own ground: it has to hold before anything else is believed."""

from __future__ import annotations

import pytest
from django.db import connections

from migration_console.bookshop.models import Book
from tests.project import VENDORS, Project, wait_until
from tests.servers import vendor_of


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_filled_database_holds_the_bookshop(project: Project, vendor: str) -> None:
    alias = project.database(vendor, filled=True)
    assert connections[alias].vendor == vendor_of(vendor)
    assert Book.objects.using(alias).count() == 100
    connections[alias].check_constraints()


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_empty_database_has_no_tables(project: Project, vendor: str) -> None:
    alias = project.database(vendor, migrated=False)
    assert connections[alias].introspection.table_names() == []


def test_a_subprocess_sees_the_same_databases(project: Project) -> None:
    alias = project.database("sqlite", "legacy", filled=True)
    code = "from migration_console.bookshop.models import Book as B;"
    code += f"print('books', B.objects.using('{alias}').count())"
    done = project.manage("shell", "--command", code, check=True)
    assert "books 100" in done.stdout


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_control_database_can_be_any(project: Project, vendor: str) -> None:
    project.control(vendor)
    project.superuser()
    assert connections["default"].vendor == vendor_of(vendor)


def test_a_worker_starts_and_dies(project: Project) -> None:
    worker = project.worker()
    wait_until(lambda: len(worker.children()) == 2, 10, "The worker has no children")
    pids = [worker.pid, *worker.children()]
    worker.kill9()
    wait_until(lambda: not any(map(alive, pids)), 10, "Somebody is still there")


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_redis_comes_back_on_the_same_port(project: Project) -> None:
    url = project.redis.url
    project.redis.kill()
    project.redis.restart()
    assert project.redis.url == url
    with project.redis.client() as client:
        assert client.ping()
