"""Ctrl-C is counted while a command works."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from dashboard.terminal.interrupts import Interrupts
from tests.project import wait_until


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Python's own handler, whatever the tests were started with."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press(times: int = 1) -> None:
    for _ in range(times):
        signal.raise_signal(signal.SIGINT)


def test_presses_are_counted_and_each_is_new_once() -> None:
    with Interrupts() as interrupts:
        assert not interrupts.are_new()
        press()
        assert interrupts.are_new()
        assert not interrupts.are_new()
        press(3)
        assert interrupts.are_new()
        assert not interrupts.are_new()


def test_a_signal_from_outside_is_a_press() -> None:
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        wait_until(interrupts.are_new, 5, "Nobody heard")


def test_the_handler_is_restored_also_after_an_error() -> None:
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ValueError, match="broken"), Interrupts():
        raise ValueError("broken")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press()


def test_one_block_inside_another_gives_the_signal_back() -> None:
    with Interrupts() as outer:
        with Interrupts() as inner:
            press()
            assert inner.are_new()
        assert not outer.are_new()
        press()
        assert outer.are_new()
        assert not inner.are_new()


def test_what_the_shell_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        press()
        assert not interrupts.are_new()
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_another_thread_has_no_signals() -> None:
    seen: list[object] = []

    def work() -> None:
        with Interrupts() as interrupts:
            seen.append(signal.getsignal(signal.SIGINT))
            seen.append(interrupts.are_new())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert seen == [signal.default_int_handler, False]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
