"""Breaks a process of the product at a named place, without a line of it there.

Python loads this module in every process that has its folder on PYTHONPATH. The
variable TEST_FAILPOINTS holds JSON: a list of [place, action, file]. Whoever creates
the file first, among all processes, acts; nobody does so twice.

A place is ``module:function before`` or ``… after``, where the function may be a
class's (``Receipts.take``), or ``reach NAME`` for one that the product names.

Actions: ``kill`` (SIGKILL), ``stop`` (SIGSTOP), ``raise`` (an exception nobody
foresees), ``cut`` (the process's connections to the ports of TEST_FAILPOINTS_PORTS
are shut down, as a firewall that resets them would).

TEST_CLOCK_SECONDS puts the process's clock forward.
"""

from __future__ import annotations

import functools
import importlib.abc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

REACH = "dashboard.transfer.failpoints:reach"


class Broken(Exception):
    """What the action `raise` raises."""


class Failpoint(NamedTuple):
    function: str
    when: str
    # The first argument of the calls that count; "" for all.
    argument: str
    action: str
    once: str

    def matches(self, when: str, arguments: tuple[Any, ...]) -> bool:
        if when != self.when:
            return False
        return not self.argument or arguments[:1] == (self.argument,)

    def act(self) -> None:
        if not _first(self.once):
            return
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.action == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif self.action == "cut":
            _cut({int(port) for port in os.environ["TEST_FAILPOINTS_PORTS"].split()})
        else:
            raise Broken("Broken by a test.")


def _first(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _cut(ports: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        # A second descriptor: the driver's own stays open until it notices.
        with suppress(OSError), socket.socket(fileno=os.dup(int(name))) as one:
            is_tcp = one.family in (socket.AF_INET, socket.AF_INET6)
            if is_tcp and one.getpeername()[1] in ports:
                one.shutdown(socket.SHUT_RDWR)


def parsed(place: str, action: str, once: str) -> tuple[str, Failpoint]:
    """The module of a place, and what is to happen there."""
    if place.startswith("reach "):
        module, _, function = REACH.partition(":")
        name = place.removeprefix("reach ")
        return module, Failpoint(function, "before", name, action, once)
    where, _, when = place.rpartition(" ")
    module, _, function = where.partition(":")
    return module, Failpoint(function, when, "", action, once)


def wrap(module: ModuleType, failpoints: Iterable[Failpoint]) -> None:
    by_function: dict[str, list[Failpoint]] = {}
    for one in failpoints:
        by_function.setdefault(one.function, []).append(one)
    for name, found in by_function.items():
        owner: Any = module
        *classes, last = name.split(".")
        for part in classes:
            owner = getattr(owner, part)
        setattr(owner, last, wrapped(getattr(owner, last), found))


def wrapped(
    function: Callable[..., Any], failpoints: list[Failpoint]
) -> Callable[..., Any]:
    def reached(when: str, arguments: tuple[Any, ...]) -> None:
        for one in failpoints:
            if one.matches(when, arguments):
                one.act()

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        reached("before", arguments)
        result = function(*arguments, **named)
        reached("after", arguments)
        return result

    return call


class Finder(importlib.abc.MetaPathFinder):
    """Wraps functions of a module before anybody can import them by name."""

    def __init__(self, wanted: dict[str, list[Failpoint]]) -> None:
        self.wanted = wanted

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        failpoints = self.wanted.get(name)
        if not failpoints:
            return None
        others = [one for one in sys.meta_path if one is not self]
        found = (one.find_spec(name, path, target) for one in others)
        spec = next(filter(None, found), None)
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            wrap(module, failpoints)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install(given: list[list[str]]) -> None:
    wanted: dict[str, list[Failpoint]] = {}
    for place, action, once in given:
        Path(once).parent.mkdir(parents=True, exist_ok=True)
        module, failpoint = parsed(place, action, once)
        wanted.setdefault(module, []).append(failpoint)
    sys.meta_path.insert(0, Finder(wanted))


def put_clock_forward(seconds: float) -> None:
    right = time.time
    time.time = lambda: right() + seconds


if "TEST_CLOCK_SECONDS" in os.environ:
    put_clock_forward(float(os.environ["TEST_CLOCK_SECONDS"]))
if "TEST_FAILPOINTS" in os.environ:
    install(json.loads(os.environ["TEST_FAILPOINTS"]))
