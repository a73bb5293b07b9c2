"""Whatever comes between setting a row aside and the receipt, and around a retry."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from dashboard.models import AsideRow, Lane, MigrationRun
from dashboard.runner import controls
from dashboard.transfer.bad_rows import Search
from dashboard.transfer.failpoints import ENVIRONMENT
from tests.dashboard.runner.asking import again
from tests.dashboard.runner.nights import ROWS, Night, notes
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project, soaked
from tests.servers import real

BAD = (1, 30, 31, ROWS)
REFUSES = f", CHECK (n NOT IN {BAD})"
OTHERS = [n for n in range(1, ROWS + 1) if n not in BAD]


class DeadlyNight(Night):
    """A run that a command does, which is killed at places of its work."""

    @classmethod
    def killed_at(cls, place: str, project: Project, destination: str) -> DeadlyNight:
        sides = []
        for alias, engine, statements in (
            ("old", "sqlite", notes()),
            ("new", destination, notes(REFUSES, 0)),
        ):
            project.database(engine, alias, migrated=False)
            side = EngineDatabase(real(engine), project.entry(alias))
            for statement in statements:
                side.run(statement)
            sides.append(side)
        night = cls(*sides, MigrationRun())
        options = ("--on-bad-rows", "aside", "--chunk-rows", "20", "--lanes", "1")
        night.kill(project, place, "old", "new", "table:notes", *options)
        night.run = MigrationRun.objects.get()
        return night

    def kill(self, project: Project, place: str, *arguments: str) -> None:
        once = project.directory / f"once-{len(list(project.directory.iterdir()))}"
        done = project.manage(
            "copydata",
            *arguments,
            "--no-input",
            environment={ENVIRONMENT: f"{place}=kill:{once}"},
        )
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        Lane.objects.update(is_leased=False, leased_until_ms=0)


@pytest.mark.parametrize(
    ("destination", "place"),
    [
        ("postgresql", "rows set aside"),
        soaked("mariadb", "rows set aside"),
        ("sqlite", "chunk committed"),
        soaked("postgresql", "rows loaded"),
        soaked("mariadb", "rows loaded"),
        soaked("postgresql", "chunk committed"),
        soaked("mariadb", "chunk committed"),
        soaked("sqlite", "rows set aside"),
    ],
)
def test_a_kill_around_the_receipt_loses_no_row_that_is_aside(
    project: Project, destination: str, place: str
) -> None:
    night = DeadlyNight.killed_at(place, project, destination)
    run = night.work()
    assert run.status == "failed"
    assert (night.keys(), night.aside()) == (OTHERS, list(BAD))
    assert AsideRow.objects.filter(kept=False).count() == 0
    assert run.tables.get().rows_copied == len(OTHERS)


@pytest.mark.soak
def test_a_kill_while_rows_are_tried_again_counts_each_once(
    project: Project, tmp_path: Path
) -> None:
    night = DeadlyNight.killed_at("chunk claimed", project, "sqlite")
    number = str(night.work().pk)
    # Committed with its row, and nobody has written that down.
    night.old.run("UPDATE notes SET n = -n WHERE id = 1")
    night.kill(project, "chunk committed", "--resume", number)
    assert (night.keys(), night.aside()) == ([1, *OTHERS], list(BAD))
    night.work()
    assert (night.keys(), night.aside()) == ([1, *OTHERS], [30, 31, ROWS])
    # Committed without its row, which is refused again.
    night.kill(project, "chunk committed", "--resume", number)
    run = night.work()
    assert (night.keys(), night.aside()) == ([1, *OTHERS], [30, 31, ROWS])
    night.old.run(f"UPDATE notes SET n = -n WHERE id IN {BAD[1:]}")
    run = night.again()
    assert (run.status, run.verdict) == ("succeeded", "verified")
    assert run.tables.get().rows_copied == ROWS


# Some time for every row, while which is refused is looked for.
SLOWLY = {
    "postgresql": [
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN PERFORM pg_sleep(0.04); RETURN NEW; END$$",
        "CREATE TRIGGER slowly BEFORE INSERT ON notes FOR EACH ROW "
        "EXECUTE FUNCTION slowly()",
    ],
    **dict.fromkeys(
        ["mariadb", "mysql"],
        [
            "CREATE TRIGGER slowly BEFORE INSERT ON notes FOR EACH ROW "
            "SET @slowly = SLEEP(0.04)",
        ],
    ),
}


@contextmanager
def searching(night: Night, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a lane work elsewhere, and give control while it looks for rows."""
    begun = threading.Event()
    bad_rows = Search.bad_rows

    def told(*args: Any) -> Any:
        begun.set()
        return bad_rows(*args)

    def serve() -> None:
        try:
            night.work()
        finally:
            connections.close_all()

    monkeypatch.setattr(Search, "bad_rows", told)
    thread = threading.Thread(target=serve)
    thread.start()
    assert begun.wait(30)
    yield
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("engine", ["postgresql", "mysql", soaked("mariadb")])
def test_a_cancel_ends_the_search_for_rows_that_are_refused(
    project: Project, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [*notes(", CHECK (n NOT IN (20))", 0), *SLOWLY[engine]]
    night = Night.of(project, ("sqlite", engine), (notes(), there))
    with searching(night, monkeypatch):
        began = time.monotonic()
        controls.cancel(again(night.run), "maria", here=True)
    assert time.monotonic() - began < 10
    assert again(night.run).status == "cancelled"
    assert (night.keys(), night.aside()) == ([], [])
    night.new.run("DROP TRIGGER slowly" + " ON notes" * (engine == "postgresql"))
    run = night.again()
    assert (run.status, night.aside(), len(night.keys())) == ("failed", [20], 59)


@pytest.mark.parametrize("engine", ["postgresql", soaked("mysql"), soaked("mariadb")])
def test_a_pause_lets_the_search_find_what_it_looks_for(
    project: Project, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [*notes(", CHECK (n NOT IN (20))", 0), *SLOWLY[engine]]
    night = Night.of(project, ("sqlite", engine), (notes(), there))
    with searching(night, monkeypatch):
        controls.pause(again(night.run), "maria")
    assert again(night.run).status == "paused"
    assert (night.keys(), night.aside()) == (list(range(1, 20)), [20])
    controls.resume(again(night.run), "maria", here=True)
    run = night.work()
    assert (run.status, night.aside(), len(night.keys())) == ("failed", [20], 59)
