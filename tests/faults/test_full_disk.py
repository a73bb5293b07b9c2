"""A disk that is full is waited for; room on it is all that the run needs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import Measured
from tests.faults.going_on import seconds_until_it_goes_on
from tests.faults.invariants import Witness
from tests.faults.test_deaths import OPTIONS, started, wait_for_end
from tests.faults.test_outages import codes, most_attempts
from tests.project import Project, wait_until


class SmallDisk:
    """A file system of its own, in memory; only root may make one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self._mount("size=512m,mode=0777", "-t", "tmpfs", "none")

    def _mount(self, options: str, *more: str) -> None:
        done = subprocess.run(
            ["mount", "-o", options, *more, self.path], capture_output=True
        )
        if done.returncode:
            pytest.skip("A small file system takes the privilege to mount one.")

    def leave(self, kilobytes: int) -> None:
        """Let there be room for so much more than what is there."""
        used = shutil.disk_usage(self.path).used // 1024
        self._mount(f"remount,size={used + kilobytes}k")

    def grow(self) -> None:
        self._mount("remount,size=512m")

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(path)
    try:
        yield disk
    finally:
        disk.close()


def on_small_disk(project: Project, disk: SmallDisk) -> None:
    """Make the destination on it."""
    project.database("sqlite", "new")
    entry = project.entry("new")
    path = disk.path / "new.sqlite3"
    shutil.copy(entry["NAME"], path)
    project.register("new", {**entry, "NAME": str(path)})


def test_f15_a_disk_that_is_full_is_waited_for(
    project: Project,
    tmp_path: Path,
    measured: Measured,
) -> None:
    project.options.update(OPTIONS)
    project.database("postgresql", "old", filled=True)
    with small_disk(tmp_path / "small") as disk:
        on_small_disk(project, disk)
        witness = Witness(project, "old", "new")
        disk.leave(kilobytes=200)
        project.worker()
        run = started(project, "old", "new")
        wait_until(
            lambda: "Make room on the disk" in codes(run).get("waiting", ""),
            60,
            "The page does not say that the disk is full",
        )
        assert (run.status, run.error) == ("running", "")

        disk.grow()
        measured("F15", seconds_until_it_goes_on(run))

        wait_for_end(run)
        assert most_attempts(run) <= 1
        witness.assert_kept(run)
