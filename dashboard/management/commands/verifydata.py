"""Compare a project's data in two database aliases."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ...models import MigrationRun
from ...runner import controls
from ...runner.lane_processes import LaneProcesses
from ...statuses import Status
from ...terminal.command import RunCommand
from ...terminal.filters import only
from ...terminal.following import start_and_follow, take_over
from ...terminal.last_words import LastWords
from ...terminal.pace import described_pace
from ...terminal.questions import say_findings
from ...terminal.screen import Screen, actor
from ...terminal.transform_options import transforms_in


class Command(RunCommand):
    """Compares every row and column; writes into neither database."""

    help = _("Compares the data of models in two databases, every row and column.")

    databases = (
        ("source", _("the alias that is right")),
        ("destination", _("the alias that should hold the same")),
    )

    def make_run(
        self, screen: Screen, options: dict[str, Any], words: LastWords
    ) -> MigrationRun:
        described = MigrationRun(
            source=options["source"],
            destination=options["destination"],
            labels=self.labels(options),
            excluded=options["exclude"],
            renamed=self.renamed(options),
            changes=self.changes(options),
            **only(options),
            transforms=transforms_in(options),
            **described_pace(options),
            mode=MigrationRun.Mode.COMPARE,
            executor=MigrationRun.Executor.TERMINAL,
        )
        run = controls.draft(described, actor())
        with LaneProcesses.of(run) as processes:
            controls.check(run, actor())
            if run.status == Status.READY and take_over(screen, run):
                controls.check(run, actor())
            if run.status != Status.READY:
                self.write_reports(run, options)
            say_findings(screen, run)
            self.interrupted = start_and_follow(screen, run, processes, words)
        return run
