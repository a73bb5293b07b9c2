"""Copy several small tables in one transaction, each with its receipt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .backends.base import Session
from .copy import Copied, move
from .failpoints import reach
from .plan import TablePlan
from .receipts import Receipts
from .routes import Route


@dataclass(frozen=True)
class Part:
    """A whole table of a bundle, and the name of its receipt."""

    plan: TablePlan
    item: str
    objects: Route | None = None


@dataclass(frozen=True)
class CopiedPart:
    """What the copy of a table moved, and the seconds that it took."""

    copied: Copied
    seconds: float


def copy_tables(
    source: Session,
    destination: Session,
    parts: Iterable[Part],
    receipts: Receipts,
    epoch: int,
    is_enough: Callable[[Sequence[CopiedPart]], bool],
) -> list[CopiedPart]:
    """Copy tables in their order until it is enough; return what was committed.

    Raises as ``copy_range`` does, without saying which row or column it was; the
    destination is as before then.
    """
    found: list[CopiedPart] = []
    with destination.transaction():
        for part in parts:
            began = time.perf_counter()
            receipts.take(part.item, epoch)
            copied = move(source, destination, part.plan, objects=part.objects)
            receipts.settle(part.item, copied.rows, copied.bytes, copied.read)
            found.append(CopiedPart(copied, time.perf_counter() - began))
            reach("table of a bundle loaded")
            if is_enough(found):
                break
    reach("bundle committed")
    return found
