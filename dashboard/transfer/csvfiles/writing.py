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
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from ..errors import DataRefused
from .behind import Behind
from .dialect import UTF8, Dialect, Quoting

# So little that it stays in a processor's cache while it is looked through.
BLOCK_OCTETS = 1 << 18
# A line beyond this is cut somewhere else than at its end.
LONG_LINE_OCTETS = 4 << 20

GUARD = b"'"
# Whatever a value or a line of it may begin with that has to be looked at, made one
# sign: the signs of formulas, white space, the first octet of full-width signs and of
# a no-break space. What may stand before it is made one sign as well, so that a block
# without any is known by one search.
SUSPECTS = bytes.maketrans(b"\n=+-@'\t\r \xef\xc2", b'"==========')
SUSPECT = b'"='
# OWASP, "CSV Injection".
# Where a block ends within white space, nobody knows yet what follows it.
FORMULA = re.compile(
    rb"(?:[ \t\r\n]|\xc2\xa0)*(?:[=+\-@]|\xef\xbc[\x9d\x8b\x8d\xa0])|['\t\r]"
    rb"|(?:[ \n]|\xc2\xa0)+\Z"
)
NUMBER = re.compile(rb'[+-]\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"(?!")')
# A quote that closes the last value of a row: one that opens a value has a delimiter
# or a newline before it, and one within a value is doubled.
ROW_END = re.compile(rb'[^",\n]"\n\Z')
FORMULA_IN_LINE = re.compile(rb'[,\n]"(?=\n)')
NULL = b"NULL"
QUOTE, NEWLINE, BEFORE = ord('"'), ord("\n"), b",\n"


class Dressing(io.RawIOBase):
    """Takes a reader's CSV and writes that of a dialect into a file.

    ``size`` are the octets written, ``checksum`` their SHA-256 in hexadecimal.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect, table: str) -> None:
        super().__init__()
        self._behind = Behind(file)
        self._table = table
        self._steps = _steps(dialect)
        self._encode = _encoder(dialect)
        self._encoding = dialect.encoding
        self._tail = b""
        # The last octet that was dressed, and whether it is within quotes.
        self._context = b"\n"
        self._inside = False
        self._lines = 0
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
        self._behind.finish()

    @property
    def checksum(self) -> str:
        return self._behind.checksum

    def close(self) -> None:
        """End the thread that writes; before ``finish`` not all has been written."""
        self._behind.close()
        super().close()

    def _dress(self, block: bytes) -> None:
        # With what stands before it, which tells how it begins.
        text, inside = self._context + block, self._inside
        for step in self._steps:
            text = step(text, inside)
        self._context = block[-1:]
        if ROW_END.search(block, len(block) - 3):
            self._inside = False
        else:
            self._inside ^= bool(block.count(b'"') & 1)
        if self._is_utf8:
            self.put(memoryview(text)[1:])
        else:
            self.put(self._encoded(text[1:]))
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

    def put(self, octets: bytes | memoryview) -> None:
        """Write octets of the file as they are."""
        self._behind.put(octets)
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
    found, in_lines = _starts(block)
    if in_lines:
        found += _starts_with_newlines(block, inside)
    if not found:
        return block
    parts, last = [], 0
    for place in sorted(found):
        parts += [block[last:place], GUARD]
        last = place
    return b"".join([*parts, block[last:]])


def _starts(block: bytes) -> tuple[list[int], bool]:
    """Return where values begin that have to be guarded, but for newlines.

    And whether a value may begin with one and has to be guarded for what follows.
    """
    marked, found = block.translate(SUSPECTS), []
    in_lines = _ends_in_lines(block)
    place = marked.find(SUSPECT)
    while place >= 0:
        start = place + 1
        if block[place] != QUOTE:
            in_lines = True
        elif (
            block[place - 1] in BEFORE
            and FORMULA.match(block, start)
            and not NUMBER.match(block, start)
        ):
            found.append(start)
        place = marked.find(SUSPECT, start)
    return found, in_lines


def _ends_in_lines(block: bytes) -> bool:
    """Whether a block may end in the newlines that a value begins with."""
    end = len(block)
    while end and block[end - 1] == NEWLINE:
        end -= 1
    return block[max(end - 1, 0) : end] == b'"' and block[end - 2] in BEFORE


def _starts_with_newlines(block: bytes, inside: bool) -> Iterator[int]:
    """Yield where values begin that are a formula behind a newline."""
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
