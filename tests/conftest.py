"""Django configured by hand, real servers, and one project for each test.

TEST_CONTROL=postgresql|mariadb|mysql|sqlite says where the control tables lie.
TEST_MYSQL=mysql|mysql_infile|mariadb_newer puts MySQL itself in MariaDB's place
everywhere, as it comes or with `local_infile` on, or another MariaDB.
TEST_POSTGRESQL=postgresql_14|… does the same with PostgreSQL.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from localservers.ports import free_port

MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 << 30


def use_memory() -> None:
    """Keep what the tests write off the disk, where there is room for it.

    SQLite waits for the disk at every commit: on most machines longer than all
    else that a small test does.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


use_memory()
BROKER_PORT = free_port()
CONTROL = os.environ.get("TEST_CONTROL", "sqlite")


def configure_django() -> None:
    for name in list(os.environ):
        if name.startswith("MIGRATION_CONSOLE_"):
            del os.environ[name]
    nowhere = Path(tempfile.gettempdir(), "no-project-fixture-in-use.sqlite3")
    databases = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(nowhere)}
    }
    os.environ["DJANGO_SETTINGS_MODULE"] = "migration_console.settings"
    os.environ["MIGRATION_CONSOLE_DATABASES"] = json.dumps(databases)
    # Fixed for the whole session: Celery reads it once.
    os.environ["MIGRATION_CONSOLE_BROKER_URL"] = f"redis://127.0.0.1:{BROKER_PORT}/0"
    os.environ["MIGRATION_CONSOLE_ALLOWED_HOSTS"] = "127.0.0.1,localhost,testserver"
    # Playwright's synchronous interface runs inside an event loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    django.setup()
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    # A million of them take longer than most tests. How many is part of a hash.
    PBKDF2PasswordHasher.iterations = 1


configure_django()

from tests.project import Project, Servers  # noqa: E402 — needs Django
from tests.servers import INSTEAD_OF, UNAVAILABLE  # noqa: E402


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    servers = Servers(BROKER_PORT)
    atexit.register(servers.stop)
    yield servers
    servers.stop()
    atexit.unregister(servers.stop)


@pytest.fixture
def project(servers: Servers, tmp_path: Path) -> Iterator[Project]:
    project = Project(servers, tmp_path, CONTROL)
    yield project
    project.close()


# Their files take longest, of which the last one keeps everybody waiting.
LONG = ("faults", "end_to_end", "browser", "test_wheel.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in LONG)


def pytest_report_header() -> str:
    used = ", ".join(f"{engine} is {real}" for engine, real in INSTEAD_OF.items())
    return f"control tables: {CONTROL}; {used}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "recovery":
                terminalreporter.write_line(f"recovery {value} {report.nodeid}")
    for sentence in UNAVAILABLE.values():
        terminalreporter.write_line(sentence, yellow=True, bold=True)
