"""Two databases at work at the same time, watched by a third thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from queue import Empty, Full, Queue
from threading import Event
from types import TracebackType
from typing import Any, Generic, TypeVar

from .backends.comparer import ComparedSide

T = TypeVar("T")

# How often the caller hears that both sides are still at work.
WATCH_SECONDS = 1.0
BATCHES_AHEAD = 4


class Pair:
    """Source and destination, each at work in a thread of its own.

    ``still_working`` is called meanwhile. What it raises, or what one side
    raises, ends the statement of the other.
    """

    def __init__(
        self,
        source: ComparedSide,
        destination: ComparedSide,
        still_working: Callable[[], None],
    ) -> None:
        self.sessions = (source, destination)
        self._still_working = still_working
        self._threads = ThreadPoolExecutor(2, "migration-console-compare")
        self._running: list[Future[Any]] = []
        self._streams: list[_Stream[Any]] = []

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        self._threads.shutdown()

    def both(self, work: Callable[[ComparedSide, int], T]) -> tuple[T, T]:
        """Return what both sides return."""
        source, destination = self.sessions
        first = self._threads.submit(work, source, 0)
        second = self._threads.submit(work, destination, 1)
        self._running = [first, second]
        while wait(self._running, WATCH_SECONDS, FIRST_EXCEPTION).not_done:
            if any(f.done() and f.exception() for f in self._running):
                break
            self._still_working()
        self._raise_first()
        self._running = []
        return first.result(), second.result()

    def _raise_first(self) -> None:
        for future in self._running:
            if future.done():
                future.result()

    def streams(
        self, work: Callable[[ComparedSide, int], Iterator[list[T]]]
    ) -> tuple[Iterator[T], Iterator[T]]:
        """Return both sides' items, read ahead."""
        self._end()
        streams: list[_Stream[T]] = [_Stream(self._watch) for _ in self.sessions]
        self._streams = list(streams)
        self._running = [
            self._threads.submit(stream.fill, work, session, side)
            for side, (stream, session) in enumerate(
                zip(streams, self.sessions, strict=True)
            )
        ]
        return iter(streams[0]), iter(streams[1])

    def _watch(self) -> None:
        self._raise_first()
        self._still_working()

    def _end(self) -> None:
        """End what still runs; what it says about that is of no interest."""
        for stream in self._streams:
            stream.ended.set()
        while wait(self._running, 0.05).not_done:
            for future, session in zip(self._running, self.sessions, strict=True):
                if not future.done():
                    # Asked again until it ends: it may not have begun yet.
                    with suppress(Exception):
                        session.end_statement()
            wait(self._running, 0.5)
        self._running = []
        self._streams = []


class _Stream(Generic[T]):
    """Batches on their way from the thread that reads to the one that looks."""

    def __init__(self, watch: Callable[[], None]) -> None:
        self.ended = Event()
        self._watch = watch
        self._batches: Queue[list[T] | None] = Queue(BATCHES_AHEAD)

    def fill(
        self,
        work: Callable[[ComparedSide, int], Iterator[list[T]]],
        session: ComparedSide,
        side: int,
    ) -> None:
        batches = work(session, side)
        with closing(batches):  # type: ignore[type-var]
            for batch in batches:
                if not self._put(batch):
                    return
        self._put(None)

    def _put(self, batch: list[T] | None) -> bool:
        while not self.ended.is_set():
            with suppress(Full):
                self._batches.put(batch, timeout=0.1)
                return True
        return False

    def __iter__(self) -> Iterator[T]:
        while (batch := self._next()) is not None:
            yield from batch

    def _next(self) -> list[T] | None:
        while True:
            with suppress(Empty):
                return self._batches.get(timeout=WATCH_SECONDS)
            self._watch()
