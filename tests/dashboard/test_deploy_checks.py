"""What a deployment is warned of, and what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from dashboard.checks import TAG
from dashboard.deploy_checks import (
    check_broker,
    check_control_database,
    check_servers,
    check_settings,
)
from tests.project import Project

ELSEWHERE = "redis://:s3cret@redis.example.com:6379/0"


@contextmanager
def broker(url: str, **transport: Any) -> Iterator[None]:
    """Let Celery have this broker; the application itself is the real one."""
    kept = current_app.conf.broker_url, current_app.conf.broker_transport_options
    current_app.conf.broker_url = url
    current_app.conf.broker_transport_options = transport
    try:
        with override_settings(
            CELERY_BROKER_URL=url, CELERY_BROKER_TRANSPORT_OPTIONS=transport
        ):
            yield
    finally:
        current_app.conf.broker_url, current_app.conf.broker_transport_options = kept


def ids(found: list[Any]) -> list[str]:
    assert all("s3cret" not in str(message) for message in found)
    return [str(message.id).removeprefix("migration_console.") for message in found]


@pytest.mark.parametrize(
    ("url", "transport", "expected"),
    [
        ("", {}, ["W003"]),
        ("memory://", {}, ["W004"]),
        ("redis://redis.example.com/0", {}, ["W005"]),
        ("redis://10.1.2.3/0", {}, ["W005"]),
        (ELSEWHERE, {}, []),
        ("redis://127.0.0.1:6379/0", {}, []),
        ("redis://[::1]/0", {}, []),
        ("redis+socket:///run/redis.sock", {}, []),
        (ELSEWHERE, {"visibility_timeout": 60}, ["W006"]),
        (ELSEWHERE, {"visibility_timeout": 110}, []),
    ],
)
def test_brokers(
    project: Project, url: str, transport: dict[str, Any], expected: list[str]
) -> None:
    with broker(url, **transport):
        assert ids([*check_settings(), *check_broker()]) == expected
    # Where Celery takes its settings from elsewhere, only a deployment is asked.
    with broker(url, **transport), override_settings():
        del settings.CELERY_BROKER_URL
        del settings.CELERY_BROKER_TRANSPORT_OPTIONS
        assert ids(check_settings()) == []
        assert ids(check_broker()) == expected


@pytest.mark.parametrize(
    ("url", "transport", "expected"),
    [
        ("memory://", {}, ["W004"]),
        (["memory://"], {}, ["W004"]),
        (ELSEWHERE, {"visibility_timeout": 60}, ["W006"]),
        (f"{ELSEWHERE};memory://", {"visibility_timeout": 110}, []),
        (ELSEWHERE, None, []),
        (None, {"visibility_timeout": 60}, []),
    ],
)
def test_what_the_settings_say_is_told_without_a_deployment(
    url: Any, transport: Any, expected: list[str]
) -> None:
    with override_settings(
        CELERY_BROKER_URL=url, CELERY_BROKER_TRANSPORT_OPTIONS=transport
    ):
        assert ids(check_settings()) == expected
        assert [i for i in ids(run_checks(tags=[TAG])) if i in ("W004", "W006")] == (
            expected
        )


def test_a_file_for_the_control_tables_serves_one_host(project: Project) -> None:
    project.control("sqlite", migrated=False)
    with broker(ELSEWHERE):
        assert ids(check_control_database()) == ["W007"]
    with broker("redis://localhost/0"):
        assert ids(check_control_database()) == []


def test_servers_take_no_part_in_that(project: Project) -> None:
    project.control("postgresql", migrated=False)
    with broker(ELSEWHERE):
        assert ids(check_control_database()) == []


@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        ("db.example.com", {}, ["W008"]),
        ("192.0.2.7", {"ssl_mode": "REQUIRED"}, ["W008"]),
        ("192.0.2.7", {"ssl_mode": "VERIFY_IDENTITY"}, []),
        ("192.0.2.7", {"ssl": {"ca": "/etc/ca.pem"}}, []),
        ("192.0.2.7", {"ssl_ca": "/etc/ca.pem"}, []),
        ("127.0.0.1", {}, []),
        ("localhost", {}, []),
        ("/run/mysqld/mysqld.sock", {}, []),
    ],
)
def test_local_infile(
    project: Project, host: str, options: dict[str, Any], expected: list[str]
) -> None:
    entry = {"ENGINE": "django.db.backends.mysql", "NAME": "new", "HOST": host}
    project.register("new", {**entry, "OPTIONS": options})
    project.register("pg", {**entry, "ENGINE": "django.db.backends.postgresql"})
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": ["new", "pg"]}):
        assert ids(check_servers()) == expected
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": ["pg"]}):
        assert ids(check_servers()) == []


def test_only_a_deployment_is_told(project: Project) -> None:
    with broker("redis://redis.example.com/0"):
        assert run_checks(tags=[TAG]) == []
        found = run_checks(tags=[TAG], include_deployment_checks=True)
        assert "migration_console.W005" in [message.id for message in found]
