"""The text of a CSV file as UTF-8, in blocks of whole rows."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from zipfile import BadZipFile

from django.utils.translation import gettext as _

from ..errors import TransferError
from .dialect import UTF8

BLOCK_OCTETS = 1 << 20
MOST_ROW_OCTETS = 1 << 30


class Readable(Protocol):
    """What octets are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


class FileRefused(TransferError):
    """A file, or a line of it, that cannot be read."""


@dataclass(frozen=True)
class Block:
    """Whole rows in UTF-8, and the number of their first line, from 1.

    ``end`` is how many octets of UTF-8 the file has up to the block's end.
    """

    octets: bytes
    first_line: int
    end: int


def blocks(file: Readable, encoding: str, name: str) -> Iterator[Block]:
    """Yield a file's rows, each as it is there, quotes and all.

    Raises FileRefused where it is not in that encoding, or a quote stays open.
    """
    rest, line, end = b"", 1, 0
    for part in _utf8(file, encoding, name):
        rest += part
        cut = whole_rows(rest)
        if cut:
            block, rest = rest[:cut], rest[cut:]
            end += cut
            yield Block(block, line, end)
            line += lines_of(block)
        elif len(rest) > MOST_ROW_OCTETS:
            raise _open_quote(name, line)
    if not rest:
        return
    if rest.count(b'"') & 1:
        raise _open_quote(name, line)
    yield Block(rest, line, end + len(rest))


def lines_of(block: bytes) -> int:
    """Count the lines that end in a block, by whichever of the three ends."""
    feeds, returns = block.count(b"\n"), block.count(b"\r")
    return feeds + (returns - block.count(b"\r\n") if returns else 0)


def whole_rows(block: bytes) -> int:
    """Return where the last row ends that ends in a block; 0 where none does."""
    end = b"\n" if b"\n" in block else b"\r"
    cut = block.rfind(end) + 1
    is_inside = block.count(b'"', 0, cut) & 1
    while cut and is_inside:
        before = block.rfind(end, 0, cut - 1) + 1
        is_inside ^= block.count(b'"', before, cut) & 1
        cut = before
    return cut


def _utf8(file: Readable, encoding: str, name: str) -> Iterator[bytes]:
    plain = encoding in UTF8
    decoder = codecs.getincrementaldecoder("utf-8" if plain else encoding)()
    is_first, lines, is_last = True, 1, False
    while not is_last:
        part = _read(file, name)
        is_last = not part
        try:
            text = decoder.decode(part, is_last)
        except UnicodeDecodeError as error:
            found = lines + lines_of(part[: error.start])
            raise FileRefused(
                _("%(file)s, line %(line)d: what stands there is no %(encoding)s.")
                % {"file": name, "line": found, "encoding": encoding},
                _("Say what the file is in: --encoding, such as cp1252 or utf-16."),
            ) from None
        lines += text.count("\n")
        octets = text.encode()
        if is_first and octets:
            octets, is_first = octets.removeprefix(codecs.BOM_UTF8), False
        if octets:
            yield octets


def _read(file: Readable, name: str) -> bytes:
    try:
        return file.read(BLOCK_OCTETS)
    except (OSError, EOFError, BadZipFile, zlib.error) as error:
        # Of a zip, the checksum at its end.
        raise FileRefused(
            _("%(file)s is damaged, or cannot be read: %(error)s.")
            % {"file": name, "error": type(error).__name__},
            _("Take the file anew."),
        ) from None


def _open_quote(name: str, line: int) -> FileRefused:
    return FileRefused(
        _("%(file)s: from line %(line)d on, a double quote is not closed.")
        % {"file": name, "line": line},
        _("Write a quote within a value twice, and the whole value in quotes."),
    )
