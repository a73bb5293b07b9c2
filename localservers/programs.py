"""Finding programs: on the PATH, where Debian keeps servers, inside wheels."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from localservers.processes import StartError

SYSTEM = ("/usr/sbin", "/usr/local/sbin")


class UnavailableError(StartError):
    """A server cannot be fetched here; the message is the reason."""


def fetch(script: Path, *arguments: str) -> Path:
    """Return the directory that a script of bin/ fetches a server into."""
    done = subprocess.run([script, *arguments], capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UnavailableError(said[-1] if said else f"exit code {done.returncode}")
    return Path(done.stdout.strip())


def wheel_file(package: str, *parts: str) -> Path | None:
    """A file inside an installed package, without importing the package."""
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            found = Path(next(iter(spec.submodule_search_locations)), *parts)
            if found.exists():
                return found
    return None


def find_program(name: str, *directories: str | Path) -> str:
    """The path of a program: of the PATH, else of these or of the system's servers."""
    places = [os.environ.get("PATH", os.defpath), *map(str, directories), *SYSTEM]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise StartError(f"{name} is not installed; bin/system-packages installs it.")
    return found
