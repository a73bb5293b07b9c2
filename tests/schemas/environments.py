"""Virtual environments of public projects, made by pip when first asked for.

They lie in ``.tests/schemas`` of the checkout, or where SCHEMA_TESTS_CACHE says, and
are kept: a change of the requirements makes another one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.project import BASE_DIR

REQUIREMENTS = Path(__file__).parent / "requirements"
# The source of Django's own tests; a wheel holds none of them.
DJANGO = "Django==5.2.19"
INSTALL_SECONDS = 900


class Unobtainable(Exception):
    """A project that cannot be had here; the message is the reason."""


def cache() -> Path:
    named = os.environ.get("SCHEMA_TESTS_CACHE")
    return Path(named) if named else BASE_DIR / ".tests" / "schemas"


def python_of(requirements: str) -> Path:
    """The Python of an environment with these requirements. Raises Unobtainable."""
    text = (REQUIREMENTS / f"{requirements}.txt").read_bytes()
    mark = hashlib.sha256(text + sys.version.encode()).hexdigest()[:12]
    directory = cache() / f"{requirements}-{mark}"
    with _prepared(directory) as made:
        if not made:
            _run(sys.executable, "-m", "venv", str(directory))
            _run(
                *_pip(directory / "bin" / "python", "install"),
                # All is named, but for what needs libraries that no test uses.
                "--no-deps",
                f"--requirement={REQUIREMENTS / f'{requirements}.txt'}",
            )
    return directory / "bin" / "python"


def django_source() -> Path:
    """The unpacked source distribution of Django. Raises Unobtainable."""
    name = DJANGO.lower().replace("==", "-")
    directory = cache() / name
    with _prepared(directory) as made:
        if not made:
            directory.mkdir(parents=True)
            _run(
                *_pip(Path(sys.executable), "download"),
                "--no-deps",
                "--no-binary=:all:",
                f"--dest={directory}",
                DJANGO,
            )
            (archive,) = directory.glob("*.tar.gz")
            shutil.unpack_archive(archive, directory, filter="data")
    return directory / name


def _pip(python: Path, command: str) -> list[str]:
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(python), "-m", "pip", command, *options]


@contextmanager
def _prepared(directory: Path) -> Iterator[bool]:
    """Whether it is there; if not, the block makes it and nobody else meanwhile."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    stamp = directory / "complete"
    with Path(f"{directory}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists():
            yield True
            return
        shutil.rmtree(directory, ignore_errors=True)
        yield False
        stamp.touch()


def _run(*arguments: str) -> None:
    try:
        done = subprocess.run(
            arguments, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise Unobtainable(f"pip took longer than {INSTALL_SECONDS} s") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        errors = [line for line in said if line.startswith("ERROR")]
        raise Unobtainable((errors or said)[-1])
