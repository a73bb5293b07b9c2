"""Puts a peer's program in place, or says that it cannot be had here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.contest import UnavailableError
from benchmarks.house import ROOT

REQUIREMENTS = ROOT / "requirements" / "peers.txt"


@cache
def from_debian(program: str, package: str) -> str:
    """The path of a program, from the system's package where it is missing."""
    if not shutil.which(program):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise UnavailableError(f"{program} is not installed")
        _run(["apt-get", "install", "-y", "--no-install-recommends", package], package)
    found = shutil.which(program)
    if not found:
        raise UnavailableError(f"{package} was installed and has no {program}")
    return found


@cache
def python_of_peers(directory: Path) -> Path:
    """The Python of an environment that holds requirements/peers.txt, hashed.

    The project's own environment stays as its tests know it.
    """
    venv = directory / "peers"
    installed = venv / REQUIREMENTS.name
    wanted = REQUIREMENTS.read_bytes()
    if not installed.exists() or installed.read_bytes() != wanted:
        shutil.rmtree(venv, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(venv)], "an environment for peers")
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], REQUIREMENTS.name)
        installed.write_bytes(wanted)
    return venv / "bin" / "python"


def _run(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UnavailableError(f"{what} could not be installed: {said}")
