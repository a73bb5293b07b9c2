"""What the console can be installed beside, and environments that hold it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Beside:
    """Versions of other people's packages; ``python`` is the least one for them."""

    django: str
    celery: str
    redis: str
    python: tuple[int, int] = (3, 11)

    def __str__(self) -> str:
        return f"django {self.django}, celery {self.celery}, redis {self.redis}"


COMBINATIONS = (
    Beside("4.2", "5.4", "5.0"),
    Beside("5.1", "5.5", "5.2"),
    Beside("5.2", "5.4", "5.0"),
    Beside("5.2", "5.7", "8.1"),
    Beside("6.0", "5.6", "6.4", python=(3, 12)),
    Beside("6.1", "5.7", "8.1", python=(3, 12)),
)
"""Ends of the ranges of pyproject.toml, and what lies between them."""


class UnavailableError(Exception):
    """There is no Python, or no package, for a combination."""


def make_environment(beside: Beside, wheel: Path, directory: Path) -> Path:
    """Install the wheel beside these versions; return the environment's Python.

    pip itself decides whether they go together. Raises UnavailableError where
    no Python of this machine is new enough, AssertionError where pip refuses.
    """
    python = _python(beside.python)
    subprocess.run([python, "-m", "venv", directory], check=True)
    found = directory / "bin" / "python"
    wanted = [
        f"{wheel}[mysql]",
        f"Django=={beside.django}.*",
        f"celery[redis]=={beside.celery}.*",
        f"redis=={beside.redis}.*",
    ]
    done = subprocess.run(
        [found, "-m", "pip", "install", "--quiet", *wanted],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{beside}: {done.stderr}"
    return found


def _python(least: tuple[int, int]) -> Path:
    for candidate in _pythons():
        test = f"import sys, venv; sys.exit(sys.version_info < {least})"
        done = subprocess.run([candidate, "-c", test], capture_output=True)
        if done.returncode == 0:
            return candidate
    version = ".".join(map(str, least))
    raise UnavailableError(f"no Python {version} or newer is on this machine")


def _pythons() -> Iterator[Path]:
    yield Path(sys.executable)
    for minor in range(14, 10, -1):
        if found := shutil.which(f"python3.{minor}"):
            yield Path(found)
    # Versions that pyenv has installed are on the path only where one is chosen.
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True)
        yield from Path(root.stdout.strip()).glob("versions/3.1?.*/bin/python")
