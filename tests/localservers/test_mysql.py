"""How MySQL itself is fetched, and what is said where it cannot be."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from localservers import mysql
from localservers.programs import UnavailableError
from tests import servers


def fetch(cache: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [mysql.SCRIPT, "fetch"],
        capture_output=True,
        text=True,
        env={**os.environ, "MYSQL_SERVER_CACHE": str(cache), "PATH": path},
    )


def stub(directory: Path, name: str, script: str) -> None:
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)


@pytest.mark.parametrize(
    ("name", "script", "sentence"),
    [
        ("uname", "echo Linux riscv64", "Linux on x86_64 only"),
        ("apt-get", "[ $1 = indextargets ] || exit 100", "names no Debian archive"),
        (
            "apt-get",
            '[ $1 = indextargets ] && echo "http://127.0.0.1:1/ sid main" && exit\n'
            "echo 'E: The archive is not reachable' >&2; exit 100",
            "apt could not download MySQL: E: The archive is not reachable",
        ),
    ],
)
def test_what_prevents_it_is_said_in_a_sentence(
    tmp_path: Path, name: str, script: str, sentence: str
) -> None:
    programs = tmp_path / "programs"
    stub(programs, name, script)
    done = fetch(tmp_path / "cache", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]
    assert done.stdout == ""
    # No half of it is left for the next one.
    assert {path.name for path in tmp_path.glob("cache/*")} <= {"lock"}


def test_one_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    done = fetch(tmp_path, "/usr/bin:/bin")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/server\n")
    assert done.stderr == ""


def test_tests_without_it_are_skipped_with_a_sentence_for_the_summary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fetched() -> Path:
        raise UnavailableError("There is no network.")

    monkeypatch.setattr(mysql, "fetched", fetched)
    monkeypatch.setattr(servers, "UNAVAILABLE", {})
    with pytest.raises(pytest.skip.Exception, match="There is no network"):
        servers.maker("mysql")
    assert list(servers.UNAVAILABLE.values()) == [
        "MySQL itself could not be fetched: There is no network; its tests are SKIPPED."
    ]
