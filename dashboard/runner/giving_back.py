"""Pieces of work that are given back, for somebody to take again.

Only what this holder of the lane still has in hand: a piece that was recorded, with
the answer to that lost, or that was cut into smaller ones, stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import F

from ..control_database import atomic
from ..models import Chunk, Step
from ..models.clock import NowMs
from .leases import Lease

Piece = TypeVar("Piece", Chunk, Step)

# Milliseconds that a piece waits whose server was away.
UNTRIED_MS = 1_000


def give_back(
    piece: Piece,
    lease: Lease,
    error: str,
    wait_ms: int,
    *,
    failed: bool,
    broke: bool = False,
) -> None:
    """Let somebody try a piece again after ``wait_ms``, or nobody any more."""
    state = piece.State.FAILED if failed else piece.State.WAITING
    _write([piece], lease, error, wait_ms, broke=broke, state=state)


def give_back_untried(
    pieces: Sequence[Piece],
    lease: Lease,
    error: str = "",
    wait_ms: int = UNTRIED_MS,
    *,
    broke: bool = False,
) -> None:
    """Give pieces back of which none has failed itself, which costs no attempt.

    ``broke`` says that the connection ended while they were in hand. With it, or with
    an ``error``, each is done alone then.
    """
    _write(pieces, lease, error, wait_ms, broke=broke, attempts=F("attempts") - 1)


def _write(
    pieces: Sequence[Piece],
    lease: Lease,
    error: str,
    wait_ms: int,
    *,
    broke: bool,
    **more: Any,
) -> None:
    if not pieces:
        return
    kind = type(pieces[0])
    with atomic():
        lease.renew()
        in_hand = kind.objects.claimed().filter(
            pk__in=[piece.pk for piece in pieces], epoch=lease.epoch
        )
        in_hand.update(
            **{"state": kind.State.WAITING, **more},
            breaks=F("breaks") + int(broke),
            not_before_ms=NowMs() + wait_ms,
            error=error,
        )
