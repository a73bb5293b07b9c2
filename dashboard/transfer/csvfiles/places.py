"""Where CSV files lie: a directory, or a zip of one."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from ..errors import TransferError
from .manifest import MOST_OCTETS, NAME, Manifest

# DEFLATE packs a thousandfold at most; a text of rows hardly fiftyfold.
MOST_PACKED = 1_100
MOST_FILES = 20_000
PIECE_OCTETS = 1 << 20


class PlaceRefused(TransferError):
    """A directory or zip that is not read, or not written to."""


# --- reading -----------------------------------------------------------------


class Place(ABC):
    """Files by name, to be read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names of the files; raises PlaceRefused."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """Open a file that ``names`` has."""

    @abstractmethod
    def octets(self) -> int:
        """Return how many octets the files have together, unpacked."""

    def manifest(self) -> Manifest | None:
        """Return what the place says of itself, None where it says nothing."""
        if NAME not in self.names():
            return None
        with self.open(NAME) as file:
            octets = file.read(MOST_OCTETS + 1)
        return Manifest.loaded(octets if len(octets) <= MOST_OCTETS else b"")

    def checksum(self, name: str) -> str:
        """Return the SHA-256 of a file, in hexadecimal."""
        found = sha256()
        with self.open(name) as file:
            while part := file.read(PIECE_OCTETS):
                found.update(part)
        return found.hexdigest()


class DirectoryPlace(Place):
    def names(self) -> list[str]:
        return sorted(
            entry.name
            for entry in os.scandir(self.path)
            if entry.is_file(follow_symlinks=False)
        )

    def octets(self) -> int:
        return sum((self.path / name).lstat().st_size for name in self.names())

    def open(self, name: str) -> BinaryIO:
        try:
            # Another one than was listed may lie there by now.
            number = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise _unreadable(self.path / name, error) from None
        return os.fdopen(number, "rb")


class ZipPlace(Place):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            self._zip = zipfile.ZipFile(path)
            self._known = {
                _plain(one): one for one in self._zip.infolist() if not one.is_dir()
            }
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise _unreadable(path, error) from None
        if len(self._known) > MOST_FILES:
            raise PlaceRefused(
                _("'%(path)s' holds more than %(most)d files.")
                % {"path": path, "most": MOST_FILES},
                _("Unpack it, and import the directory."),
            )

    def names(self) -> list[str]:
        return sorted(self._known)

    def octets(self) -> int:
        # No more of a file is unpacked than the zip says that it has.
        return sum(one.file_size for one in self._known.values())

    def open(self, name: str) -> BinaryIO:
        try:
            return cast(BinaryIO, self._zip.open(self._known[name]))
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as no:
            raise _unreadable(self.path / name, no) from None


def _plain(one: zipfile.ZipInfo) -> str:
    """Return the name of a packed file; raises PlaceRefused for what is none."""
    name = one.filename
    is_link = stat.S_ISLNK(one.external_attr >> 16)
    is_huge = one.file_size > max(one.compress_size, 1) * MOST_PACKED + PIECE_OCTETS
    if is_link or is_huge or "/" in name or "\\" in name or name.startswith("."):
        raise PlaceRefused(
            _("The zip holds '%(name)s', which no export has made.") % {"name": name},
            _("Pack the files themselves, without directories and links."),
        )
    return name


def _unreadable(path: Path, error: Exception) -> PlaceRefused:
    return PlaceRefused(
        _("'%(path)s' cannot be read: %(error)s.")
        % {"path": path, "error": type(error).__name__},
        _("Give the directory or the zip of an export."),
    )


def place(path: Path) -> Place:
    """Return a directory, or a zip, to read from. Raises PlaceRefused."""
    if path.is_dir():
        return DirectoryPlace(path)
    if path.is_file():
        return ZipPlace(path)
    raise PlaceRefused(
        _("'%(path)s' is neither a directory nor a file.") % {"path": path},
        _("Give the directory or the zip of an export."),
    )


# --- writing -----------------------------------------------------------------


class NewPlace(ABC):
    """Files that are made one after the other."""

    @abstractmethod
    def file(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Give a file to write to."""


class _NewDirectory(NewPlace):
    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        with (self._path / name).open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())


class NewZip(NewPlace):
    """A zip in a file that need not be seekable, such as a response."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._zip = packed

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        # Larger than 4 GiB perhaps, which has to be known at its beginning.
        with self._zip.open(name, "w", force_zip64=True) as file:
            yield cast(BinaryIO, file)


@contextmanager
def new_place(path: Path, *, overwrite: bool = False) -> Iterator[NewPlace]:
    """Give a directory, or a zip for a name in .zip, that is there when complete.

    Until then it has another name, beside. Raises PlaceRefused for one that is
    there already and not empty, unless it may be overwritten.
    """
    is_zip = path.suffix.lower() == ".zip"
    _check_free(path, is_zip=is_zip, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    made.chmod(0o700)
    try:
        if is_zip:
            with zipfile.ZipFile(
                made / "zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1
            ) as packed:
                yield NewZip(packed)
            _sync(made / "zip")
            _put(made / "zip", path)
        else:
            (made / "files").mkdir(mode=0o700)
            yield _NewDirectory(made / "files")
            _sync(made / "files")
            _put(made / "files", path, overwrite=overwrite)
        _sync(path.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _check_free(path: Path, *, is_zip: bool, overwrite: bool) -> None:
    if path.is_symlink() or (path.exists() and path.is_dir() is is_zip):
        raise PlaceRefused(
            _("'%(path)s' is there already, and is something else.") % {"path": path},
            _("Give another name."),
        )
    is_full = path.exists() and (is_zip or any(path.iterdir()))
    if is_full and not overwrite:
        raise PlaceRefused(
            _("'%(path)s' is there already and not empty.") % {"path": path},
            _("Give another name, or --overwrite."),
        )
    if is_full and not is_zip and NAME not in os.listdir(path):
        raise PlaceRefused(
            _("'%(path)s' holds files of something else than an export.")
            % {"path": path},
            _("Give another name."),
        )


def _put(made: Path, path: Path, *, overwrite: bool = False) -> None:
    if made.is_dir() and path.is_dir():
        old = made.parent / "old"
        path.rename(old)
        try:
            made.rename(path)
        except OSError:
            old.rename(path)
            raise
        return
    made.replace(path)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        # Not every file system has it for directories.
        with suppress(OSError):
            os.fsync(number)
    finally:
        os.close(number)
