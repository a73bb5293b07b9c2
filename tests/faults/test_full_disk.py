"""A disk that is full is waited for; room on it is all that the run needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Measured
from tests.faults.going_on import seconds_until_it_goes_on
from tests.faults.invariants import Witness
from tests.faults.test_deaths import OPTIONS, started, wait_for_end
from tests.faults.test_outages import codes, most_attempts
from tests.project import Project, soaked, wait_until


class SmallDisk:
    """A file system of its own, in memory; only root may make one."""

    def __init__(self, path: Path, kilobytes: int) -> None:
        self.path = path
        path.mkdir()
        self._mount(f"size={kilobytes}k,mode=0777", "-t", "tmpfs", "none")

    def _mount(self, options: str, *more: str) -> None:
        done = subprocess.run(
            ["mount", "-o", options, *more, self.path], capture_output=True
        )
        if done.returncode:
            pytest.skip("A small file system takes the privilege to mount one.")

    def grow(self) -> None:
        self._mount("remount,size=512m")

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)


@contextmanager
def small_disk(path: Path, kilobytes: int) -> Iterator[SmallDisk]:
    disk = SmallDisk(path, kilobytes)
    try:
        yield disk
    finally:
        disk.close()


def on_small_disk(project: Project, vendor: str, disk: SmallDisk) -> None:
    """Make the destination on it."""
    if vendor == "sqlite":
        project.database("sqlite", "new")
        entry = project.entry("new")
        path = disk.path / "new.sqlite3"
        shutil.copy(entry["NAME"], path)
        project.register("new", {**entry, "NAME": str(path)})
        return
    project.database(vendor, "new")
    name = project.entry("new")["NAME"]
    server: Any = project.servers.server(vendor)
    place = disk.path / "space"
    place.mkdir()
    os.chown(place, (server.directory / "data").stat().st_uid, -1)
    server.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
    server.execute(f'ALTER DATABASE "{name}" SET TABLESPACE small')


@pytest.mark.parametrize(
    ("source", "destination", "kilobytes"),
    [("postgresql", "sqlite", 800), soaked("mariadb", "postgresql", 13_000)],
)
def test_f15_a_disk_that_is_full_is_waited_for(
    project: Project,
    tmp_path: Path,
    measured: Measured,
    source: str,
    destination: str,
    kilobytes: int,
) -> None:
    project.options.update(OPTIONS)
    project.database(source, "old", filled=True)
    with small_disk(tmp_path / "small", kilobytes) as disk:
        on_small_disk(project, destination, disk)
        witness = Witness(project, "old", "new")
        worker = project.worker()
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
        worker.kill9()
        if destination == "postgresql":
            name = project.entry("new")["NAME"]
            server = project.servers.server(destination)
            server.execute(f'ALTER DATABASE "{name}" SET TABLESPACE pg_default')
            server.execute("DROP TABLESPACE small")
