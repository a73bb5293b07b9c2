"""A run over one table of its own, of which the destination refuses some rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.models import AsideRow, Lane, MigrationRun
from dashboard.runner import controls
from dashboard.runner.confirmations import Confirmation, ConfirmationNeeded
from dashboard.runner.slice import SliceEnd, work
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project
from tests.servers import real

ROWS = 60
ASIDE = MigrationRun.OnBadRows.ASIDE
CANARY = "s3cret"
SECONDS = 60


@dataclass
class Night:
    """Both sides by their drivers alone, and a run between them."""

    old: EngineDatabase
    new: EngineDatabase
    run: MigrationRun

    @classmethod
    def of(
        cls,
        project: Project,
        engines: tuple[str, str],
        tables: tuple[Sequence[str], Sequence[str]],
        names: Sequence[str] = ("notes",),
        **options: Any,
    ) -> Night:
        """Make tables of both sides by these statements, and start the run."""
        sides = []
        for alias, engine, statements in zip(
            ("old", "new"), engines, tables, strict=True
        ):
            project.database(engine, alias, migrated=False)
            side = EngineDatabase(real(engine), project.entry(alias))
            for statement in statements:
                side.run(statement)
            sides.append(side)
        wanted = {
            "labels": [f"table:{name}" for name in names],
            "on_bad_rows": ASIDE,
            "chunk_rows": 20,
            "lane_count": 1,
            "executor": "terminal",
            **options,
        }
        described = MigrationRun(source="old", destination="new", **wanted)
        run = controls.check(controls.draft(described, "maria"), "maria")
        errors = [f.message for f in run.findings.filter(level="error")]
        assert run.status == "ready", errors
        controls.start(run, "maria", run.plan_hash)
        return cls(*sides, run)

    def work(self) -> MigrationRun:
        """Let the first lane work, slice after slice, until the run has ended."""
        until, end = time.monotonic() + SECONDS, SliceEnd.MORE
        while end is not SliceEnd.OVER:
            Lane.objects.filter(run=self.run).update(is_leased=False)
            lane = Lane.objects.get(run=self.run, number=0)
            end = work(self.run.pk, 0, lane.epoch, SECONDS)
            self.run = MigrationRun.objects.get(pk=self.run.pk)
            state = (end, self.run.status, self.run.waiting_for, self.run.error)
            assert end is SliceEnd.OVER or time.monotonic() < until, state
        return self.run

    def again(self) -> MigrationRun:
        """Retry, which tries the rows aside again too."""
        controls.retry(self.run, "maria", here=True)
        return self.work()

    def confirmed(self, ask: Any) -> MigrationRun:
        """Ask for what has to be confirmed first, and confirm it."""
        try:
            ask(None)
        except ConfirmationNeeded as needed:
            ask(Confirmation.asked(self.run, "maria", needed.rows))
        else:
            raise AssertionError("Nothing had to be confirmed.")
        return self.work()

    def keys(self, sql: str = "SELECT id FROM notes") -> list[int]:
        """The keys that the destination holds, sorted."""
        return sorted(int(row[0]) for row in self.new.read(sql))

    def aside(self) -> list[Any]:
        """The keys of the rows that are aside."""
        return sorted(row.key[0] for row in AsideRow.objects.of(self.run))


def notes(more: str = "", rows: int = ROWS, note: str = "varchar(60)") -> list[str]:
    """A table of numbered rows, each with a text and the number once more."""
    made = ", ".join(f"({n}, '{CANARY}', {n})" for n in range(1, rows + 1))
    return [
        "CREATE TABLE notes "
        f"(id bigint NOT NULL PRIMARY KEY, note {note}, n int{more})",
        *([f"INSERT INTO notes VALUES {made}"] if rows else []),
    ]
