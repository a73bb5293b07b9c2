"""Throttles of a project, by dotted path; a file says what they answer."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

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


def silent(context: ThrottleContext) -> str | None:
    threading.Event().wait(20)
    return None


def wrong(context: ThrottleContext) -> object:
    return 7
