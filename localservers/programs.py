"""Finding programs: on the PATH, where Debian keeps servers, inside wheels."""

from __future__ import annotations

import importlib.util
import os
import shutil
from contextlib import suppress
from pathlib import Path

from localservers.processes import StartError

SYSTEM = ("/usr/sbin", "/usr/local/sbin")


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
