"""Commands of a project: Django's own ``shell`` with a line of Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def python(code: str) -> list[str]:
    """The words of a command that runs this code with the project set up."""
    return ["shell", "-v", "0", "-c", code]


def noting(path: Path, word: str) -> list[str]:
    """A command that adds a word to a file, by which its calls are counted."""
    return python(f"open({str(path)!r}, 'a').write({word!r} + '\\n')")


def noted(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def until(path: Path, noted_in: Path) -> list[str]:
    """A command that notes that it has begun, and waits for a file."""
    return python(
        "import os, time\n"
        f"open({str(noted_in)!r}, 'a').write(str(os.getpid()) + '\\n')\n"
        f"while not os.path.exists({str(path)!r}): time.sleep(0.05)"
    )


def ending(code: int, text: str = "") -> list[str]:
    return python(f"import sys; print({text!r}); sys.exit({code})")


def dated(command: list[str], **options: Any) -> dict[str, Any]:
    return {"command": command, **options}
