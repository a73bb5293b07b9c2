"""Pieces that are given back: what is still in hand, and nothing else."""

from __future__ import annotations

import pytest

from dashboard.models import Chunk, MigrationRun, Step
from dashboard.runner.giving_back import Piece, give_back, give_back_untried
from dashboard.runner.leases import Lease, take
from tests.dashboard.runs import make_run, make_table
from tests.project import Project

FINISHED = {Chunk: ["copied", "void"], Step: ["done", "failed"]}


@pytest.fixture
def run(project: Project) -> MigrationRun:
    return make_run()


@pytest.fixture
def lease(run: MigrationRun) -> Lease:
    run.lanes.create(number=0)
    lease = take(run, 0, 0)
    assert isinstance(lease, Lease)
    return lease


def piece_of(kind: type[Piece], run: MigrationRun, lease: Lease, state: str) -> Piece:
    mine = {"state": state, "epoch": lease.epoch, "attempts": 1}
    if kind is Chunk:
        table = run.tables.first() or make_table(run)
        number = table.chunks.count()
        return kind.objects.create(table=table, number=number, **mine)
    return kind.objects.create(run=run, action="close", phase="copying", **mine)


@pytest.mark.parametrize("kind", [Chunk, Step])
def test_a_failed_piece_waits_or_is_given_up(
    kind: type[Piece], run: MigrationRun, lease: Lease
) -> None:
    piece = piece_of(kind, run, lease, "claimed")
    give_back(piece, lease, "too long", 5, failed=False, broke=True)
    piece.refresh_from_db()
    assert (piece.state, piece.attempts, piece.breaks) == ("waiting", 1, 1)
    assert (piece.error, piece.not_before_ms > 5) == ("too long", True)
    other = piece_of(kind, run, lease, "claimed")
    give_back(other, lease, "too long", 5, failed=True)
    other.refresh_from_db()
    assert (other.state, other.attempts, other.breaks) == ("failed", 1, 0)


@pytest.mark.parametrize("kind", [Chunk, Step])
def test_what_has_not_failed_itself_costs_no_attempt(
    kind: type[Piece], run: MigrationRun, lease: Lease
) -> None:
    pieces = [piece_of(kind, run, lease, "claimed") for _ in range(2)]
    left = piece_of(kind, run, lease, "claimed")
    give_back_untried(pieces, lease)
    give_back_untried(pieces[:0], lease)
    found = kind.objects.filter(pk__in=[piece.pk for piece in pieces])
    assert set(found.values_list("state", "attempts", "error")) == {("waiting", 0, "")}
    left.refresh_from_db()
    assert (left.state, left.attempts) == ("claimed", 1)


@pytest.mark.parametrize("kind", [Chunk, Step])
def test_what_is_recorded_is_not_done_again(
    kind: type[Piece], run: MigrationRun, lease: Lease
) -> None:
    """The record may be there although the answer to it was lost."""
    for state in FINISHED[kind]:
        piece = piece_of(kind, run, lease, state)
        give_back(piece, lease, "lost", 0, failed=False)
        give_back_untried([piece], lease, "lost")
        piece.refresh_from_db()
        assert (piece.state, piece.attempts, piece.error) == (state, 1, "")


@pytest.mark.parametrize("kind", [Chunk, Step])
def test_what_a_successor_has_in_hand_stays_with_it(
    kind: type[Piece], run: MigrationRun, lease: Lease
) -> None:
    piece = piece_of(kind, run, lease, "claimed")
    kind.objects.update(epoch=lease.epoch + 1)
    give_back_untried([piece], lease)
    piece.refresh_from_db()
    assert piece.state == "claimed"
