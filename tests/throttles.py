"""Throttles of a project, by dotted path; a file says what they answer."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from django.utils.translation import gettext_lazy

from dashboard.runner.throttle_hook import ThrottleContext

ANSWER = "TESTS_THROTTLE_ANSWER"


def told(context: ThrottleContext) -> str | None:
    """Answer what the file holds; nothing where there is none."""
    path = Path(os.environ[ANSWER])
    asked = path.with_suffix(".asked")
    with asked.open("a") as file:
        file.write(json.dumps([context.lane, context.phase]) + "\n")
    return path.read_text() if path.exists() else None


def failing(context: ThrottleContext) -> str | None:
    raise ValueError("secret-of-a-row")


def leaving(context: ThrottleContext) -> str | None:
    sys.exit("secret-of-a-row")


def translated(context: ThrottleContext) -> object:
    return gettext_lazy("office hours")


def unstorable(context: ThrottleContext) -> str | None:
    return "the replica\r\nis \0 \ud800 behind."


# What ends the questions that `silent` does not answer.
enough = threading.Event()


def silent(context: ThrottleContext) -> str | None:
    enough.wait(20)
    return None


def wrong(context: ThrottleContext) -> object:
    return 7
