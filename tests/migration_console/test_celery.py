from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from celery.app import defaults
from django.conf import settings

from dashboard.celery import app, drop_publisher_timeout

BASE_DIR = Path(__file__).resolve().parents[2]


def test_no_project_no_worker() -> None:
    environment = dict(os.environ)
    del environment["DJANGO_SETTINGS_MODULE"]
    done = subprocess.run(
        [sys.executable, "-c", "import migration_console.celery"],
        capture_output=True,
        text=True,
        cwd=BASE_DIR,
        env=environment,
    )
    assert done.returncode == 1
    assert "DJANGO_SETTINGS_MODULE is not set" in done.stderr


def test_celery_knows_every_setting() -> None:
    known = {name for name, option in defaults.flatten(defaults.NAMESPACES)}
    given = {
        name.removeprefix("CELERY_").lower()
        for name in dir(settings)
        if name.startswith("CELERY_")
    }
    assert given <= known


def test_the_transport_knows_every_option() -> None:
    source = Path(sys.modules["kombu"].__file__ or "").parent / "transport/redis.py"
    text = source.read_text()
    for option in settings.CELERY_BROKER_TRANSPORT_OPTIONS:
        assert f"'{option}'" in text or f"``{option}``" in text, option


def test_publishers_have_a_timeout_and_workers_have_none() -> None:
    class Configuration:
        broker_transport_options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)

    assert app.conf.broker_transport_options["socket_timeout"] == 5
    drop_publisher_timeout(conf=Configuration)
    assert "socket_timeout" not in Configuration.broker_transport_options
    assert "retry_on_timeout" not in Configuration.broker_transport_options


def test_only_json_is_accepted() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


LOADED = """
import sys
import django
django.setup()
from celery.signals import celeryd_after_setup
from dashboard import tasks
from migration_console.celery import app
class Worker:
    pass
Worker.app = app
if sys.argv[1:]:
    app.amqp.queues.select(sys.argv[1:])
celeryd_after_setup.send(sender="worker", instance=Worker, conf=app.conf)
begin = "dashboard.transfer.backends."
print(*sorted(n.removeprefix(begin) for n in sys.modules if n.startswith(begin)))
"""


def loaded(*queues: str) -> set[str]:
    """Return the engines that a worker of these queues has before it forks."""
    databases = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "old": {"ENGINE": "django.db.backends.mysql", "NAME": "old"},
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *queues],
        capture_output=True,
        text=True,
        check=True,
        cwd=BASE_DIR,
        env={**os.environ, "MIGRATION_CONSOLE_DATABASES": json.dumps(databases)},
    )
    return {"mysql", "postgresql", "sqlite"} & set(done.stdout.split())


def test_the_processes_of_a_worker_share_the_engines_of_the_project() -> None:
    assert loaded() == {"mysql", "sqlite"}


def test_a_worker_of_other_queues_loads_no_engine() -> None:
    assert loaded("letters") == set()
