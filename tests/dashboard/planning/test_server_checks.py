"""A destination that takes no writes is found before the start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.db import connections

from tests.dashboard.planning.checking import brief, checked, run_sql
from tests.dashboard.runner.actions.test_triggers import started
from tests.dashboard.runner.steering import finished
from tests.faults.test_full_disk import on_small_disk, small_disk
from tests.project import Project

LABEL = "bookshop.Currency"
REFUSED = [("read-only destination", "error", "")]


@pytest.mark.parametrize("vendor", ["mariadb", "mysql"])
def test_a_server_that_is_read_only_for_the_account_is_an_error(
    project: Project, vendor: str
) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    project.database(vendor, "owned")
    entry = project.entry("owned")
    run_sql(
        project,
        "owned",
        "CREATE USER 'reader'@'%%' IDENTIFIED BY 'weak'",
        f"GRANT ALL ON `{entry['NAME']}`.* TO 'reader'@'%%'",
        "SET GLOBAL read_only = 1",
    )
    try:
        project.register("new", {**entry, "USER": "reader", "PASSWORD": "weak"})
        assert brief(checked(LABEL)) == REFUSED
        # An account that may write all the same does.
        project.register("new", entry)
        assert brief(checked(LABEL)) == []
    finally:
        run_sql(project, "owned", "SET GLOBAL read_only = 0", "DROP USER 'reader'")


@pytest.mark.soak
def test_a_standby_is_an_error_and_may_be_compared(project: Project) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    server = project.private_server("postgresql")
    project.database("postgresql", "new", server=server)
    connections["new"].close()
    server.stop()
    # One that has nobody to follow is in recovery for ever.
    signal = server.data / "standby.signal"
    signal.touch()
    shutil.chown(signal, server.data.owner(), server.data.group())
    server.start()
    assert brief(checked(LABEL)) == REFUSED
    assert brief(checked(LABEL, writes=False)) == []


def test_a_database_that_is_read_only_by_default_is_written_all_the_same(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    project.database("postgresql", "new")
    name = project.entry("new")["NAME"]
    run_sql(
        project,
        "new",
        f"ALTER DATABASE {name} SET default_transaction_read_only = on",
    )
    assert brief(checked(LABEL)) == []
    run = finished(started(labels=[LABEL]), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_a_file_that_may_not_be_written_is_an_error(project: Project) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    project.database("sqlite", "new")
    path = Path(project.entry("new")["NAME"])
    path.chmod(0o400)
    assert brief(checked(LABEL)) == REFUSED


def test_a_disk_without_room_for_the_rows_is_said(
    project: Project, tmp_path: Path
) -> None:
    project.database("postgresql", "old", filled=True)
    with small_disk(tmp_path / "disk") as disk:
        on_small_disk(project, disk)
        said = ("room on the disk", "warning", "")
        assert said not in brief(checked("bookshop"))
        disk.leave(kilobytes=8)
        assert said in brief(checked("bookshop"))
