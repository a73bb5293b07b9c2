"""Files that a person has uploaded, until they are loaded or discarded.

Each lies in a directory of its own that nobody but this account may enter, named by
chance, with a note of whose it is. What nobody has asked for in an hour is removed
when the next one comes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from ..conf import option
from ..transfer.csvfiles.manifest import PLAIN
from ..transfer.csvfiles.places import Place, place
from .tables import ExchangeRefused

KEPT_SECONDS = 3_600
# What a zip may unpack to, as a multiple of what may be uploaded.
MOST_UNPACKED = 20
NOTE = "note.json"
ZIP = "files.zip"
# A browser's second download of the same name.
AGAIN = re.compile(r" ?\(\d+\)(?=\.csv\Z)")


@dataclass(frozen=True)
class Wanted:
    """Whose a file is, and what is to become of it."""

    user: str
    name: str
    alias: str
    mode: str = ""
    dates: str = ""
    only_good: bool = False


@dataclass(frozen=True)
class Upload:
    """A file that was uploaded."""

    token: UUID
    wanted: Wanted
    path: Path

    def place(self) -> Place:
        """Return what is read from. Raises PlaceRefused and ExchangeRefused."""
        packed = self.path / ZIP
        found = place(packed if packed.exists() else self.path / "files")
        if found.octets() > option("UPLOAD_BYTES") * MOST_UNPACKED:
            raise _too_large()
        return found

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def keep(parts: Iterable[bytes], size: int, wanted: Wanted) -> Upload:
    """Keep a zip or a single CSV file. Raises ExchangeRefused."""
    if size > option("UPLOAD_BYTES"):
        raise _too_large()
    name = AGAIN.sub("", wanted.name)
    is_zip = name.lower().endswith(".zip")
    if not is_zip and (not PLAIN.match(name) or name.startswith(".")):
        raise ExchangeRefused(
            _("'%(name)s' is neither a zip nor a CSV file.") % {"name": wanted.name},
            _("Name a file after its model, app.Model.csv, or upload a zip of them."),
        )
    directory = _directory()
    _remove_old(directory)
    token = uuid4()
    path = directory / token.hex
    path.mkdir(mode=0o700)
    upload = Upload(token, wanted, path)
    try:
        (path / "files").mkdir(mode=0o700)
        _write(path / ZIP if is_zip else path / "files" / name, parts)
        _write(path / NOTE, [json.dumps(asdict(wanted)).encode()])
    except BaseException:
        upload.remove()
        raise
    return upload


def find(token: UUID, user: str) -> Upload | None:
    """Return what a person has uploaded; None where it is gone or somebody else's."""
    path = _directory() / token.hex
    try:
        wanted = Wanted(**json.loads((path / NOTE).read_bytes()))
    except OSError:
        return None
    return Upload(token, wanted, path) if wanted.user == user else None


def _write(path: Path, parts: Iterable[bytes]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        for part in parts:
            file.write(part)


def _directory() -> Path:
    """Return the directory of all uploads, which is this account's alone."""
    given = option("UPLOAD_DIRECTORY")
    name = f"migration-console-{os.getuid()}"
    path = Path(given) if given else Path(tempfile.gettempdir()) / name
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ExchangeRefused(
            _("The directory for uploads is open to others than this account."),
            _("Give it another one, or take others' rights: UPLOAD_DIRECTORY."),
        )
    return path


def _remove_old(directory: Path) -> None:
    for path in directory.iterdir():
        try:
            is_old = time.time() - path.stat().st_mtime > KEPT_SECONDS
            is_upload = UUID(path.name).hex == path.name
        except (OSError, ValueError):
            continue
        if is_old and is_upload:
            shutil.rmtree(path, ignore_errors=True)


def _too_large() -> ExchangeRefused:
    return ExchangeRefused(
        _("The file is larger than %(most)d MiB, or unpacks to %(times)d times that.")
        % {"most": option("UPLOAD_BYTES") >> 20, "times": MOST_UNPACKED},
        _("Load it by importdata, or raise MIGRATION_CONSOLE['UPLOAD_BYTES']."),
    )
