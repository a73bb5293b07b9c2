"""The pieces of work that did not go well the first time, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import Q
from django.utils.translation import gettext as _

from ..conf import option
from ..models import Chunk, MigrationRun, Step
from ..statuses import Status
from ..transfer.keys import KeyRange, from_json
from ..wording import duration
from .contents import Piece, TableProgress

SHOWN = 12  # pieces that are told, chunks before steps

# What is over, as it is called in both models.
GIVEN_UP = (Chunk.State.FAILED.value, Chunk.State.UNSETTLED.value)


def troubled(
    run: MigrationRun, tables: tuple[TableProgress, ...], now: int
) -> tuple[tuple[Piece, ...], bool]:
    """Return the first pieces that failed or wait, and whether there are more."""
    found = list(islice(_pieces(run, tables, now), SHOWN + 1))
    return tuple(found[:SHOWN]), len(found) > SHOWN


def _pieces(
    run: MigrationRun, tables: tuple[TableProgress, ...], now: int
) -> Iterable[Piece]:
    if not (run.is_active or run.status in (Status.PAUSED, Status.FAILED)):
        return
    wanted = Q(state__in=GIVEN_UP)
    if not run.is_ended:
        waiting, claimed = Chunk.State.WAITING.value, Chunk.State.CLAIMED.value
        wanted |= Q(state=waiting, attempts__gt=0) | Q(state=claimed) & ~Q(error="")
    yield from _chunks(wanted, tables, now)
    yield from _steps(run, wanted, now)


def _chunks(wanted: Q, tables: tuple[TableProgress, ...], now: int) -> Iterator[Piece]:
    names = {table.id: table.model for table in tables if table.is_begun}
    columns = ("table_id", "lower", "upper", *_COLUMNS)
    chunks = Chunk.objects.filter(wanted, table__in=names).order_by("table", "number")
    for table, lower, upper, *rest in chunks.values_list(*columns)[: SHOWN + 1]:
        keys = str(KeyRange(from_json(lower), from_json(upper)))
        yield _piece(names[table], _("keys %(keys)s") % {"keys": keys}, now, *rest)


def _steps(run: MigrationRun, wanted: Q, now: int) -> Iterator[Piece]:
    columns = ("action", "table__model", *_COLUMNS)
    steps = Step.objects.filter(wanted, run=run).order_by("id")
    for action, model, *rest in steps.values_list(*columns)[: SHOWN + 1]:
        yield _piece(str(Step.Action(action).label), model or "", now, *rest)


_COLUMNS = ("state", "attempts", "not_before_ms", "error")


def _piece(
    name: str, part: str, now: int, state: str, attempts: int, due: int, error: str
) -> Piece:
    return Piece(
        name=name,
        part=part,
        attempts=_("%(number)d of %(most)d")
        % {"number": attempts, "most": int(option("ATTEMPTS"))},
        following=_following(state, due - now),
        is_given_up=state in GIVEN_UP,
        error=error,
    )


def _following(state: str, wait: int) -> str:
    """Say when a piece is tried again, ``wait`` milliseconds from now."""
    match state:
        case Chunk.State.CLAIMED:
            return _("at work")
        case Chunk.State.UNSETTLED:
            return _("settled by a retry")
        case Chunk.State.FAILED:
            return _("not by itself")
    if wait <= 0:
        return _("as soon as a lane is free")
    return _("in %(time)s") % {"time": duration(max(wait // 1000, 1))}
