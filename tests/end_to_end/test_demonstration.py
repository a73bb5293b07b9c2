from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from localservers.ports import accepts_connections
from localservers.usage import tree
from tests.project import soaked, wait_until

BASE_DIR = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def usual_ports_taken() -> Iterator[None]:
    """Somebody else's servers hold the ports that everybody uses."""
    with ExitStack() as stack:
        for port in (5432, 3306, 6379, 8000):
            listener = stack.enter_context(socket.socket())
            with suppress(OSError):  # taken already: just as well
                listener.bind(("127.0.0.1", port))
                listener.listen()
        yield


class Started:
    def __init__(self, directory: Path, *options: str) -> None:
        self.output = directory / "output"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MIGRATION_CONSOLE_", "DJANGO_"))
        }
        arguments = [f"--directory={directory / 'demo'}", *options]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "migration_console.demonstration", *arguments],
                cwd=BASE_DIR,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def address(self) -> str | None:
        if self.process.poll() is not None:
            raise AssertionError(self.text)
        found = re.search(r"http://127\.0\.0\.1:\d+/admin/", self.text)
        return found and found.group()

    def family(self) -> set[int]:
        """The ids of everything that it started, also of grandchildren."""
        return set(tree(self.process.pid))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path, "--rows=2000")
    yield started
    started.kill()


def gone(pids: set[int]) -> bool:
    return not any(Path("/proc", str(pid), "exe").exists() for pid in pids)


@pytest.mark.soak
@pytest.mark.parametrize(
    "number", [signal.SIGINT, soaked(signal.SIGTERM), soaked(signal.SIGKILL)]
)
def test_it_shows_its_address_and_leaves_nothing_running(
    demonstration: Started, number: int
) -> None:
    address = wait_until(demonstration.address, 90, "No address is shown")
    with urllib.request.urlopen(address) as response:
        assert "csrfmiddlewaretoken" in response.read().decode()
    family = demonstration.family()
    assert len(family) > 5
    demonstration.process.send_signal(number)
    code = demonstration.process.wait(60)
    assert code == (-number if number == signal.SIGKILL else 0)
    wait_until(lambda: gone(family), 30, "Something goes on")
    assert not accepts_connections(int(address.split(":")[2].split("/")[0]))


@pytest.mark.soak
def test_a_failure_at_the_start_leaves_nothing_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        started = Started(tmp_path, "--rows=2000", f"--port={port}")
        family: set[int] = set()

        def ended() -> bool:
            family.update(started.family())
            return started.process.poll() is not None

        try:
            wait_until(ended, 90, "It goes on without its site")
        finally:
            started.kill()
        assert started.process.returncode == 1
    assert "The site ended with exit code 1" in started.text
    assert gone(family)


def test_once_copies_through_the_worker_and_proves_it(tmp_path: Path) -> None:
    started = Started(tmp_path, "--rows=2000", "--once")
    try:
        assert started.process.wait(300) == 0, started.text
    finally:
        started.kill()
    assert re.search(r"bookshop\.Book +100 +verified", started.text)
    assert "All together: run succeeded, verified" in started.text
