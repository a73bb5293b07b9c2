from __future__ import annotations

import pytest

from dashboard.models import Chunk, MigrationRun, Step
from dashboard.progress import pieces
from dashboard.progress.contents import Piece
from tests.dashboard.progress.look import look
from tests.dashboard.runs import NOW, make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def troubled(run: MigrationRun) -> None:
    table = make_table(run, chunks_cut=5)
    for number, state, attempts, wait, error in (
        (1, "waiting", 2, 4_000, "Lost connection"),
        (2, "waiting", 1, -1, "Deadlock"),
        (3, "claimed", 3, 0, "Time limit"),
        (4, "claimed", 1, 0, ""),
        (5, "failed", 5, 0, "Refused"),
        (6, "copied", 2, 0, "Old trouble"),
        # Given back untried: its server was away.
        (7, "waiting", 0, 1_000, ""),
        (8, "unsettled", 1, 0, ""),
    ):
        Chunk.objects.create(
            table=table,
            number=number,
            lower=[number * 10],
            upper=None if number == 8 else [number * 10 + 10],
            state=state,
            attempts=attempts,
            not_before_ms=NOW + wait,
            error=error,
        )
    Step.objects.create(
        run=run,
        table=table,
        phase="restoring",
        action="restore index",
        state="waiting",
        attempts=3,
        not_before_ms=NOW + 70_000,
        error="Busy",
    )


def test_what_failed_is_said_with_its_keys_attempts_and_next_try() -> None:
    run = make_run()
    troubled(run)
    found = look(run).pieces
    model = "app.Model"
    assert found == (
        Piece(model, "keys (10, 20]", "2 of 5", "in 4 s", False, "Lost connection"),
        Piece(
            *(model, "keys (20, 30]", "1 of 5", "as soon as a lane is free", False),
            "Deadlock",
        ),
        Piece(model, "keys (30, 40]", "3 of 5", "at work", False, "Time limit"),
        Piece(model, "keys (50, 60]", "5 of 5", "not by itself", True, "Refused"),
        Piece(model, "keys (80, …]", "1 of 5", "settled by a retry", True, ""),
        Piece("Put back index", model, "3 of 5", "in 1 min 10 s", False, "Busy"),
    )
    assert not look(run).has_more_pieces


def test_of_a_run_that_has_failed_what_was_given_up_is_said() -> None:
    run = make_run(status="failed")
    troubled(run)
    assert [piece.error for piece in look(run).pieces] == ["Refused", ""]
    assert look(make_run(status="cancelled")).pieces == ()


def test_some_of_many_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "SHOWN", 2)
    run = make_run()
    troubled(run)
    seen = look(run)
    assert len(seen.pieces) == 2
    assert seen.has_more_pieces
