"""Commands before and after a run, by real processes on real databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dashboard.conf import options
from dashboard.models import CommandCall, Event, Lane, MigrationRun
from dashboard.runner import command_calls, controls
from dashboard.runner.command_output import HEAD_BYTES, TAIL_BYTES
from dashboard.runner.refusals import RequestRefused
from dashboard.runner.slice import work
from tests import oracle
from tests.commands import ending, noted, noting, python
from tests.project import Project

LABELS = ["bookshop.Currency"]


@pytest.fixture
def pair(project: Project) -> Iterator[Project]:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    yield project


def planned(
    before: list[str], after: list[str], **fields: Any
) -> tuple[MigrationRun, list[str]]:
    run = MigrationRun(
        source="old",
        destination="new",
        labels=LABELS,
        commands_before=before,
        commands_after=after,
        lane_count=1,
        executor="terminal",
        **fields,
    )
    run = controls.check(controls.draft(run, "maria"), "maria")
    errors = run.findings.filter(level="error").order_by("id")
    return run, list(errors.values_list("check_name", flat=True))


def worked(run: MigrationRun, seconds: float = 60) -> MigrationRun:
    Lane.objects.filter(run=run).update(is_leased=False)
    lane = Lane.objects.get(run=run, number=0)
    work(run.pk, 0, lane.epoch, seconds)
    return MigrationRun.objects.get(pk=run.pk)


def done(before: list[str], after: list[str], **fields: Any) -> MigrationRun:
    run, errors = planned(before, after, **fields)
    assert errors == []
    controls.start(run, "maria", run.plan_hash)
    return worked(run)


def again(run: MigrationRun) -> MigrationRun:
    controls.retry(run, "maria", here=True)
    return worked(run)


def states(run: MigrationRun) -> list[str]:
    return list(run.calls.order_by("position").values_list("state", flat=True))


def rows(project: Project) -> int:
    return oracle.row_counts(project.entry("new"))["bookshop_currency"]


Having = Callable[..., None]


@pytest.fixture
def having(pair: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Having]:
    """Let this process, and those that it starts, have these commands alone."""

    def have(**commands: Any) -> None:
        pair.options = {"COMMANDS": commands}
        monkeypatch.setattr(settings, "MIGRATION_CONSOLE", pair.options, raising=False)
        options.cache_clear()
        for name, value in pair.environment.items():
            monkeypatch.setenv(name, value)

    yield have
    monkeypatch.undo()
    options.cache_clear()


COUNTING = (
    "from django.db import connections\n"
    "with connections['{destination}'].cursor() as c:\n"
    "    c.execute('SELECT count(*) FROM bookshop_currency')\n"
    "    print('rows', c.fetchone()[0])\n"
)


def test_they_are_called_in_their_order_around_the_data(
    pair: Project, having: Having
) -> None:
    in_place = (
        "from django.db import connections as c\n"
        "from django.db.utils import OperationalError\n"
        "assert c['default'] is c['new']\n"
        "try: c['old'].cursor().execute('DELETE FROM bookshop_currency')\n"
        "except OperationalError as error: print(error)"
    )
    commands = {
        "count": python(COUNTING),
        "switched": {"command": python(in_place), "as_default": True},
        "loud": python("print('x' * 99 + '\\n' * 1000)\nprint('é' * 60000)"),
        "reading": python("import sys; print('read', repr(sys.stdin.read()))"),
    }
    having(**commands)
    run = done(["count"], ["count", "switched", "loud", "reading"])
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    first, second, switched, loud, reading = run.calls.order_by("position")
    assert states(run) == ["done"] * 5
    assert [first.head, second.head] == ["rows 0\n", "rows 40\n"]
    assert "readonly" in switched.head
    assert reading.head == "read ''\n"
    assert {call.exit_code for call in run.calls.all()} == {0}
    assert 0 < first.seconds < 60
    # A loud one costs no memory and no room: its beginning and its end are kept.
    assert loud.output_bytes == 99 + 1000 + 1 + 120_001
    assert len(loud.head.encode()) <= HEAD_BYTES + 3
    assert len(loud.tail.encode()) <= TAIL_BYTES + 3
    kept = HEAD_BYTES + TAIL_BYTES
    assert loud.left_out_bytes == loud.output_bytes - kept
    said = "\n".join(Event.objects.values_list("message", flat=True))
    assert "Command 'count' (before the copy): done" in said
    assert "rows 40" not in said


def test_one_that_fails_before_leaves_everything_as_it_was(
    pair: Project, having: Having, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    commands = {"first": noting(log, "first"), "bad": ending(3, "why")}
    having(**commands)
    run = done(["first", "bad", "first"], ["first"])
    assert (run.status, run.verdict, run.phase) == ("failed", "", "before")
    assert "'bad' has failed: it ended with exit code 3." in run.error
    assert "Nothing was deleted or copied by the run." in run.error
    assert rows(pair) == 0
    assert states(run) == ["done", "failed", "waiting", "waiting"]
    call = run.calls.get(name="bad")
    assert (call.exit_code, call.head) == (3, "why\n")
    assert call.calls == 1
    # What is done is not done again; whoever has mended it says so.
    assert again(run).status == "failed"
    assert noted(log) == ["first"]
    assert run.calls.get(name="bad").calls == 2
    command_calls.settle(run, "paul", "bad", done=True)
    run = again(run)
    assert (run.status, run.verdict) == ("succeeded", "verified")
    assert states(run) == ["done", "taken", "done", "done"]
    assert noted(log) == ["first"] * 3
    said = Event.objects.filter(actor="paul").values_list("message", flat=True)
    assert "Command 'bad' is taken as done." in said


@pytest.mark.parametrize(
    ("verify", "verdict", "words"),
    [
        ("full", "verified", "All data is copied and proved."),
        ("none", "", "All data is copied, and not compared."),
    ],
)
def test_one_that_fails_after_says_that_the_data_is_there_and_is_retried_alone(
    pair: Project, having: Having, tmp_path: Path, verify: str, verdict: str, words: str
) -> None:
    mended, log = tmp_path / "mended", tmp_path / "log"
    code = f"import os; os.path.exists({str(mended)!r}) or os.abort()"
    having(index=python(code), note=noting(log, "note"))
    run = done([], ["note", "index", "note"], verify=verify)
    assert (run.status, run.verdict, run.phase) == ("failed", verdict, "after")
    assert "'index' has failed: it was ended by signal SIGABRT." in run.error
    assert words in run.error
    assert rows(pair) == 40
    call = run.calls.get(name="index")
    assert (call.state, call.exit_code) == ("failed", None)
    compared = list(run.tables.values_list("verify_seconds", flat=True))
    mended.touch()
    run = again(run)
    assert (run.status, run.verdict) == ("succeeded", verdict)
    # Nothing but the commands that were left: neither compared nor called again.
    assert list(run.tables.values_list("verify_seconds", flat=True)) == compared
    assert not run.steps.exclude(action="command").exists()
    assert noted(log) == ["note", "note"]


def test_nothing_is_called_for_data_that_has_not_arrived(
    pair: Project, having: Having, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    spoil = (
        "import sqlite3; c = sqlite3.connect({name!r}); c.execute("
        "'CREATE TRIGGER t AFTER INSERT ON bookshop_currency BEGIN"
        " UPDATE bookshop_currency SET name = name || 1; END'); c.commit()"
    ).format(name=pair.entry("new")["NAME"])
    having(spoil=python(spoil), note=noting(log, "note"))
    run = done(["spoil"], ["note"])
    assert (run.status, run.verdict) == ("failed", "mismatched")
    assert states(run) == ["done", "waiting"]
    assert noted(log) == []


def test_one_that_takes_too_long_is_ended(pair: Project, having: Having) -> None:
    having(slow={"command": python("import time; time.sleep(600)"), "seconds": 0.5})
    run = done([], ["slow"])
    assert run.status == "failed"
    assert "it was ended after 0.5 s, the time that it may take." in run.error
    assert run.calls.get().seconds < 60


def test_passwords_are_masked_in_what_is_kept(pair: Project, having: Having) -> None:
    entry = {
        **pair.entry("old"),
        "PASSWORD": 'p"ss wörd',
        "OPTIONS": {"passwd": "tiger"},
    }
    pair.register("secretive", entry)
    text = 'now p"ss wörd then tiger and p%22ss%20w%C3%B6rd' + "x" * 70
    having(tell=python(f"print({text!r} * 3)"))
    run = done([], ["tell"])
    head = run.calls.get().head
    assert head.count("********") == 9
    assert "tiger" not in head
    assert "ss w" not in head


def test_what_is_not_in_the_settings_is_not_called(
    pair: Project, having: Having, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    having(note=noting(log, "note"), nowhere=["no_such_command"])
    _run, errors = planned(["note; rm", "nowhere"], [])
    assert errors == ["migration_console.E280", "migration_console.E281"]
    run, _errors = planned(["note"], [])
    plan_hash = run.plan_hash
    controls.start(run, "maria", plan_hash)
    # Another worker, or one of a newer release: what was planned, or nothing.
    having(note=noting(log, "another"))
    run = worked(run, 2)
    assert run.status == "running"
    assert "has no 'note', or another one" in run.waiting_for
    having()
    assert worked(run, 2).status == "running"
    assert noted(log) == []
    with pytest.raises(RequestRefused, match="has no command"):
        command_calls.settle(run, "maria", "note", done=True)


def test_a_comparison_calls_none(pair: Project, having: Having) -> None:
    run = MigrationRun(
        source="old", destination="new", mode="compare", commands_after=["note"]
    )
    with pytest.raises(RequestRefused, match="a comparison calls none"):
        controls.draft(run, "maria")


def test_one_in_doubt_is_not_called_again_by_itself(
    pair: Project, having: Having, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    having(note=noting(log, "note"))
    run, _errors = planned([], ["note"])
    controls.start(run, "maria", run.plan_hash)
    # As its worker would leave it that died at the worst moment.
    run.calls.update(state=CommandCall.State.RUNNING)
    run = worked(run)
    assert run.status == "failed"
    assert noted(log) == []
    run.calls.update(state=CommandCall.State.UNKNOWN)
    with pytest.raises(RequestRefused, match="may have run"):
        controls.retry(run, "maria")
    command_calls.settle(run, "maria", "note", done=False)
    assert again(run).status == "succeeded"
    assert noted(log) == ["note"]
