r"""From the text that readers give to the text of a CSV file, block by block.

A reader's CSV has every value in double quotes but NULL, a quote doubled, commas
between values and a newline behind a row. So a delimiter, a quote and one more sign
that is neither a quote, a delimiter nor a newline are always the beginning of a
value: within one the quote would be doubled, and behind one stands a delimiter or a
newline. What cannot be told from its neighbours is told by counting quotes.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from ..errors import DataRefused
from .dialect import UTF8, Dialect, Quoting

BLOCK_OCTETS = 1 << 20
# A line beyond this is cut somewhere else than at its end.
LONG_LINE_OCTETS = 4 << 20

GUARD = b"'"
# Whatever a value may begin with that has to be looked at, made one sign: the signs
# of formulas, white space, the first octet of full-width signs and of a no-break
# space.
SUSPECTS = bytes.maketrans(b"=+-@'\t\r \xef\xc2", b"==========")
STARTS = (b',"=', b'\n"=')
# OWASP, "CSV Injection".
# Where a block ends within white space, nobody knows yet what follows it.
FORMULA = re.compile(
    rb"(?:[ \t\r\n]|\xc2\xa0)*(?:[=+\-@]|\xef\xbc[\x9d\x8b\x8d\xa0])|['\t\r]"
    rb"|(?:[ \n]|\xc2\xa0)+\Z"
)
NUMBER = re.compile(rb'[+-]\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"(?!")')
NEWLINES = (b',"\n', b'\n"\n')
FORMULA_IN_LINE = re.compile(rb'[,\n]"(?=\n)')
NULL = b"NULL"


class Dressing(io.RawIOBase):
    """Takes a reader's CSV and writes that of a dialect into a file.

    ``size`` are the octets written, ``checksum`` their SHA-256 in hexadecimal.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect, table: str) -> None:
        super().__init__()
        self._file = file
        self._table = table
        self._steps = _steps(dialect)
        self._encode = _encoder(dialect)
        self._encoding = dialect.encoding
        self._tail = b""
        # The last octet that was dressed, and whether it is within quotes.
        self._context = b"\n"
        self._inside = False
        self._lines = 0
        self._hash = sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        block = self._tail + bytes(data)
        cut = block.rfind(b"\n") + 1
        if not cut and len(block) > LONG_LINE_OCTETS:
            cut = _harmless_cut(block)
        self._tail = block[cut:]
        if cut:
            self._dress(block[:cut])
        return len(data)

    def finish(self) -> None:
        """Write what is left. Raises DataRefused as ``write`` does."""
        if self._tail:
            self._dress(self._tail)
            self._tail = b""
        self.put(self._encode("", final=True))

    @property
    def checksum(self) -> str:
        return self._hash.hexdigest()

    def _dress(self, block: bytes) -> None:
        parity = block.count(b'"') & 1
        # With what stands before it, which tells how it begins.
        text, inside = self._context + block, self._inside
        for step in self._steps:
            text = step(text, inside)
        self._context = block[-1:]
        self._inside ^= bool(parity)
        text = text[1:]
        self.put(text if self._is_utf8 else self._encoded(text))
        self._lines += block.count(b"\n")

    @property
    def _is_utf8(self) -> bool:
        return self._encode is _as_it_is

    def _encoded(self, text: bytes) -> bytes:
        try:
            return self._encode(text.decode(), final=False)
        except UnicodeEncodeError as error:
            line = self._lines + error.object.count("\n", 0, error.start) + 1
            raise DataRefused(
                _(
                    "Line %(line)d of table '%(table)s' holds a character that "
                    "the encoding '%(encoding)s' has not."
                )
                % {"line": line, "table": self._table, "encoding": self._encoding},
                _("Choose utf-8-sig or utf-16."),
            ) from None

    def put(self, octets: bytes) -> None:
        """Write octets of the file as they are."""
        self._hash.update(octets)
        self._file.write(octets)
        self.size += len(octets)


def _harmless_cut(block: bytes) -> int:
    """Return where a long line may be cut: not behind a quote, nor within UTF-8."""
    cut = len(block)
    while cut and (block[cut - 1] in b'"' or block[cut - 1] & 0x80):
        cut -= 1
    return cut


def sink(file: io.RawIOBase) -> io.BufferedWriter:
    """Return what gathers the rows that a driver gives one by one."""
    return io.BufferedWriter(file, BLOCK_OCTETS)


# --- encodings ---------------------------------------------------------------


def _as_it_is(text: str, *, final: bool) -> bytes:
    return b""


def _encoder(dialect: Dialect) -> Callable[..., bytes]:
    if dialect.encoding in UTF8:
        return _as_it_is
    encoder = codecs.getincrementalencoder(dialect.encoding)()

    def encode(text: str, *, final: bool) -> bytes:
        return encoder.encode(text, final)

    return encode


def beginning(dialect: Dialect) -> bytes:
    """Return the mark that stands before a file's first line."""
    return codecs.BOM_UTF8 if dialect.encoding == "utf-8-sig" else b""


# --- steps -------------------------------------------------------------------

Step = Callable[[bytes, bool], bytes]


def _steps(dialect: Dialect) -> list[Step]:
    null, delimiter = dialect.null.encode(), dialect.delimiter.encode()
    steps: list[Step] = [_guarded, _with_null_guarded(null)]
    if (null, delimiter) != (NULL, b","):
        steps.append(_respelled(null, delimiter))
    if dialect.quoting is Quoting.MINIMAL:
        steps.append(_bared(delimiter))
    return steps


def _guarded(block: bytes, inside: bool) -> bytes:
    """Guard every value that a spreadsheet would calculate or cut."""
    found = [*_starts(block), *_starts_with_newlines(block, inside)]
    if not found:
        return block
    parts, last = [], 0
    for place in sorted(found):
        parts += [block[last:place], GUARD]
        last = place
    return b"".join([*parts, block[last:]])


def _starts(block: bytes) -> Iterator[int]:
    """Yield where values begin that have to be guarded, but for newlines."""
    marked = block.translate(SUSPECTS)
    for start in STARTS:
        place = marked.find(start)
        while place >= 0:
            place += 2
            if FORMULA.match(block, place) and not NUMBER.match(block, place):
                yield place
            place = marked.find(start, place)


def _starts_with_newlines(block: bytes, inside: bool) -> Iterator[int]:
    """Yield where values begin that are a formula behind a newline."""
    if not any(start in block for start in NEWLINES):
        return
    counted, quotes = 0, int(inside)
    for match in FORMULA_IN_LINE.finditer(block):
        place = match.end()
        quotes += block.count(b'"', counted, place)
        counted = place
        # The quote that opens a value makes the number of quotes odd.
        if quotes & 1 and FORMULA.match(block, place):
            yield place


def _with_null_guarded(null: bytes) -> Step:
    """Guard every text that is the word for NULL."""
    if not null:
        return lambda block, inside: block

    def guarded(block: bytes, inside: bool) -> bytes:
        quoted, other = b'"%b"' % null, b'"\'%b"' % null
        if quoted not in block:
            return block
        for before in (b",", b"\n"):
            for behind in (b",", b"\n"):
                whole, changed = before + quoted + behind, before + other + behind
                # Two neighbours share what stands between them.
                while whole in block:
                    block = block.replace(whole, changed)
        return block

    return guarded


def _respelled(null: bytes, delimiter: bytes) -> Step:
    """Change what stands between values, which no value can be told from alone."""

    def between(part: bytes) -> bytes:
        return part.replace(NULL, null).replace(b",", delimiter)

    def respelled(block: bytes, inside: bool) -> bytes:
        parts = block.split(b'"')
        first = int(inside)
        outside = parts[first::2]
        known = {part: between(part) for part in set(outside)}
        if not null:
            _guard_empty(parts, first)
        parts[first::2] = [known[part] for part in outside]
        return b'"'.join(parts)

    return respelled


def _guard_empty(parts: list[bytes], first: int) -> None:
    """Guard the empty texts among what was split at quotes."""
    for index in range(first + 1, len(parts) - 1, 2):
        if not parts[index] and parts[index - 1] and parts[index + 1]:
            parts[index] = GUARD


def _bared(delimiter: bytes) -> Step:
    """Take the quotes off that no value needs."""
    sign = re.escape(delimiter)
    value = re.compile(
        rb'(?<=[%b\n])"([^"%b\r\n\t \\](?:[^"%b\r\n\t]*[^"%b\r\n\t ])?)"(?=[%b\n])'
        % ((sign,) * 5)
    )
    return lambda block, inside: value.sub(rb"\1", block)
