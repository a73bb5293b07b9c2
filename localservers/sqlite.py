"""What the servers are for the other engines, for files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any


class SQLiteFiles:
    """A database is a file of a directory."""

    vendor = "sqlite"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.directory / f"{name}.sqlite3"

    def create_empty(self, name: str) -> None:
        self.path(name).touch()

    def clone(self, template: str, name: str) -> None:
        shutil.copyfile(self.path(template), self.path(name))

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.path(name)}{suffix}").unlink(missing_ok=True)

    def entry(self, database: str) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(self.path(database)),
        }

    def stop(self) -> None:
        """Nothing runs."""
