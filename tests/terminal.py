"""Management commands in this process, as a shell would see them."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from unittest.mock import patch


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def run(name: str, *arguments: str, answer: str = "") -> Ended:
    """Run a command of the dashboard; ``answer`` is typed into its terminal.

    Lanes beyond the first are processes of their own, which do not know what
    a test has registered here: they need ``Project.manage``.
    """
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "stdin", io.StringIO(answer)),
    ):
        module = import_module(f"dashboard.management.commands.{name}")
        try:
            module.Command().run_from_argv(["manage.py", name, *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())
