"""The app is imported wherever Django runs, and with the drivers that are there."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from tests.project import BASE_DIR

# Django, Celery and the standard library are loaded for this system first; then
# what the console imports meets what another system, or installation, lacks.
SCRIPT = """
    import json, os, pkgutil, signal, sys
    import celery, celery.app, celery.signals
    import concurrent.futures.thread, getpass, multiprocessing.connection, socket
    import django
    from django.conf import settings
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.messages",
            "django.contrib.contenttypes", "django.contrib.sessions",
        ],
    )
    django.setup()
    missing, platform = json.loads(sys.argv[1])
    for name in missing:
        place, _, attribute = name.partition(":")
        if attribute:
            delattr(sys.modules[place], attribute)
        else:
            sys.modules[name] = None
    sys.platform = platform or sys.platform
    from importlib import import_module
    from django.apps import apps
    apps.app_configs.clear()
    apps.apps_ready = apps.models_ready = apps.ready = False
    apps.loading = False
    apps.populate([*settings.INSTALLED_APPS, "dashboard"])
    import dashboard
    for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
        try:
            import_module(module.name)
        except ImportError as error:
            backend = module.name.startswith("dashboard.transfer.backends.")
            absent = {*missing, "psycopg", "pymysql"}
            assert backend and error.name in absent, (module.name, error)
    from django.core.checks import run_checks
    ours = [m for m in run_checks() if m.id.startswith("migration_console.")]
    assert ours == []
    print("imported")
"""
WINDOWS = [
    *("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"),
    *("os:fork", "os:register_at_fork", "os:geteuid", "os:killpg", "os:mkfifo"),
    *("signal:SIGKILL", "signal:SIGSTOP", "signal:SIGHUP"),
]


@pytest.mark.parametrize(
    ("missing", "platform"),
    [
        (WINDOWS, "win32"),
        (["MySQLdb"], ""),
        (["psycopg2"], ""),
        (["MySQLdb", "psycopg2"], ""),
    ],
    ids=["windows", "no mysqlclient", "no psycopg2", "sqlite alone"],
)
def test_every_module_is_imported(missing: list[str], platform: str) -> None:
    script = textwrap.dedent(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps([missing, platform])],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["imported"], done.stderr
