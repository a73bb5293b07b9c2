"""What another Python process of this project needs to be like this one."""

from __future__ import annotations

import os
import sys

from django.conf import settings

# The app's own name: an installed wheel holds it under another one than a checkout.
APP = __package__.rpartition(".")[0]


def can_start() -> bool:
    """Whether another process can have the same settings: they come from a module."""
    return settings.SETTINGS_MODULE is not None


def environment() -> dict[str, str]:
    """Return the environment of a process with the same settings and the same path.

    What manage.py was given by --settings and --pythonpath goes along.
    """
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
    }


def module(name: str) -> str:
    """Return the full name of a module of the app, for ``python -m``."""
    return f"{APP}.{name}"
