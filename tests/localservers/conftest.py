from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """Reachable for other users, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="mc") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def starting() -> Iterator[Callable[[Any], Any]]:
    """Start servers that are stopped after the test at the latest."""
    with ExitStack() as stack:

        def start(server: Any) -> Any:
            stack.callback(server.stop)
            server.start()
            return server

        yield start
