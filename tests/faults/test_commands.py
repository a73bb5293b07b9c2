"""A worker dies while a command runs; a run is cancelled meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from time import monotonic

from dashboard.models import CommandCall, MigrationRun
from dashboard.runner import controls
from localservers.usage import children
from tests import oracle
from tests.commands import noted, noting, until
from tests.dashboard.admin.browsing import sign_in, url
from tests.dashboard.runner.test_call_process import is_there
from tests.faults.conftest import Measured
from tests.faults.test_deaths import OPTIONS, wait_for_end
from tests.project import Project, wait_until


def begun(log: Path, times: int) -> int:
    """Wait until a command has begun so often; return its process."""
    wait_until(lambda: len(noted(log)) == times, 60, "The command does not begin")
    return int(noted(log)[-1])


def test_f48_a_command_whose_worker_is_killed_is_not_run_twice_by_itself(
    project: Project, tmp_path: Path, measured: Measured
) -> None:
    log, gate, after = (tmp_path / name for name in ("log", "gate", "after"))
    commands = {"wait": until(gate, log), "note": noting(after, "note")}
    project.options.update(OPTIONS, COMMANDS=commands)
    source = project.database("sqlite", filled=True)
    destination = project.database("postgresql")
    schema = oracle.schema_snapshot(project.entry(destination))
    from django.test import override_settings

    with override_settings(MIGRATION_CONSOLE=project.options):
        run = MigrationRun(
            source=source,
            destination=destination,
            labels=["bookshop.Currency"],
            commands_after=["wait", "note"],
        )
        run = controls.check(controls.draft(run, "maria"), "maria")
        controls.start(run, "maria", run.plan_hash)
    worker = project.worker(concurrency=2)
    pid = begun(log, 1)
    # Every process of the worker at once, the one that called the command too.
    killed = monotonic()
    for one in (*children(worker.pid), worker.pid):
        os.kill(one, signal.SIGKILL)
    wait_until(lambda: not is_there(pid), 30, "The command goes on without its worker")
    project.worker(concurrency=2)
    run = wait_for_end(run)
    measured("F48", monotonic() - killed)
    assert (run.status, run.verdict) == ("failed", "verified")
    assert "'wait': its worker died meanwhile, so it may have run" in run.error
    assert oracle.schema_snapshot(project.entry(destination)) == schema
    call = CommandCall.objects.get(name="wait")
    assert call.state == "unknown"
    # A retry is no answer to what became of it.
    browser = sign_in("operator")
    browser.post(url("retry", run.pk))
    assert MigrationRun.objects.get().status == "failed"

    browser.post(url("command", run.pk), {"command": call.pk, "decision": "again"})
    pid = begun(log, 2)
    browser.post(url("cancel", run.pk))
    run = wait_for_end(run)
    assert (run.status, run.verdict) == ("cancelled", "verified")
    call.refresh_from_db()
    assert (call.state, call.exit_code, is_there(pid)) == ("stopped", None, False)
    assert noted(after) == []

    browser.post(url("command", run.pk), {"command": call.pk, "decision": "done"})
    run = wait_for_end(run)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    assert (len(noted(log)), noted(after)) == (2, ["note"])
    said = "\n".join(run.events.values_list("message", flat=True))
    assert "Command 'wait' is to run again." in said
    assert "Command 'wait' (after the copy): stopped" in said
    assert "Command 'wait' is taken as done." in said
