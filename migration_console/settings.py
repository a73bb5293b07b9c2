"""Settings of the demonstration and of the development project.

Everything that differs between machines comes from the environment:

MIGRATION_CONSOLE_DATABASES      a JSON object of Django DATABASES entries
MIGRATION_CONSOLE_BROKER_URL     where Celery finds Redis
MIGRATION_CONSOLE_OPTIONS        a JSON object, the MIGRATION_CONSOLE setting
MIGRATION_CONSOLE_SECRET_KEY     required as soon as the site is not local
MIGRATION_CONSOLE_ALLOWED_HOSTS  comma-separated
MIGRATION_CONSOLE_DEBUG          1 for Django's debug pages
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent


def sqlite_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Options without which workers and site block each other on one file."""
    options = {
        # A transaction that starts with a read cannot wait for the write lock
        # later on: SQLite answers "database is locked" at once.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    return {**entry, "OPTIONS": {**options, **entry.get("OPTIONS", {})}}


def _databases(text: str | None) -> dict[str, dict[str, Any]]:
    if not text:
        default = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(BASE_DIR / "db.sqlite3"),
        }
        return {"default": sqlite_entry(default)}
    return {
        alias: sqlite_entry(entry) if entry["ENGINE"].endswith("sqlite3") else entry
        for alias, entry in json.loads(text).items()
    }


DATABASES = _databases(os.environ.get("MIGRATION_CONSOLE_DATABASES"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIGRATION_CONSOLE: dict[str, Any] = json.loads(
    os.environ.get("MIGRATION_CONSOLE_OPTIONS") or "{}"
)

SECRET_KEY = os.environ.get(
    "MIGRATION_CONSOLE_SECRET_KEY", "for-the-demonstration-on-this-machine-only"
)
# Off by default also because a worker with DEBUG keeps every query it ran.
DEBUG = os.environ.get("MIGRATION_CONSOLE_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get(
    "MIGRATION_CONSOLE_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"
).split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "dashboard",
    "migration_console.bookshop",
]
SITE_ID = 1

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "migration_console.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "migration_console.urls"
WSGI_APPLICATION = "migration_console.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
# Not UTC on purpose: a mistake between local time and UTC shows.
TIME_ZONE = os.environ.get("MIGRATION_CONSOLE_TIME_ZONE", "Europe/Zurich")
STATIC_URL = "static/"
# Names of its own: cookies ignore the port, and a developer's other projects
# on 127.0.0.1 would sign this one out.
SESSION_COOKIE_NAME = "migration_console_session"
CSRF_COOKIE_NAME = "migration_console_csrf"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"migration_console": {"level": "INFO"}},
}

# --- Celery -----------------------------------------------------------------
# The database is the truth and Redis only wakes workers: a task is a slice of
# some tens of seconds, safe to lose and safe to run twice.

CELERY_BROKER_URL = os.environ.get(
    "MIGRATION_CONSOLE_BROKER_URL", "redis://127.0.0.1:6379/0"
)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Seconds. Far longer than a slice, so that a healthy slice is not delivered
    # a second time; not longer, because a lost message comes back after it.
    "visibility_timeout": 3600,
    # Seconds between sweeps for lost messages. Kombu's 10 x 10 would look only
    # every 100 seconds whatever the visibility timeout says.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 3,  # seconds
    # A connection that a firewall or a failover dropped without a word.
    "socket_keepalive": True,
    "health_check_interval": 25,  # seconds
    # No other application on the same Redis is disturbed.
    "global_keyprefix": "migration_console:",
    # Seconds. For publishers: without it a page that starts a run hangs on a
    # frozen Redis. celery.py takes it out again in workers, where a time-out
    # while acknowledging can leave a living worker deaf.
    "socket_timeout": 5,
    # retry_on_timeout stays unset: with it a worker was deaf for good after one
    # connection blip.
}
# The worker waits for Redis however long it is away, at start and later.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A publisher gives up soon: workers find stalled runs by themselves.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
# Long slices never block another application's tasks.
CELERY_TASK_DEFAULT_QUEUE = "migration_console"
# A message is acknowledged when its slice has ended, also badly: whether to
# try again is decided in the database.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_ACKS_ON_FAILURE = True
CELERY_TASK_ACKS_ON_TIMEOUT = True
# Without it a killed child's message counts as done.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A reserved message ages towards the visibility timeout while it waits.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# After a connection blip the message is delivered again; without this two
# copies run side by side.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# Seconds a worker that is asked to stop leaves its slice to finish.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 45
# Replaced between tasks only: a leak in a driver stays small.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
# No result backend, no chords: what happened stands in the run.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TRACK_STARTED = False
# Nothing that executes code on loading is accepted from the broker.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
