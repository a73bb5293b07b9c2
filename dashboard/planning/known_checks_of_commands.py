"""The checks of the commands that a run calls before and after it."""

from __future__ import annotations

from .known_check import KnownCheck

COMMANDS = (
    KnownCheck(
        "E280",
        "no such command",
        "A run names a command that MIGRATION_CONSOLE['COMMANDS'] does not have, or "
        "has no more.",
        "Choose one that it has, or add it to the setting.",
    ),
    KnownCheck(
        "E281",
        "command that no app has",
        "A name in COMMANDS stands for a management command that Django does not find.",
        "Correct the entry, or install its app.",
    ),
)
