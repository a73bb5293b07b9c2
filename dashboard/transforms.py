"""For a project's functions that rows go through, and some that are ready made.

    from dashboard import transforms

    @transforms.changes("email")
    def clean(row):
        row["email"] = row["email"].strip().lower()
        return row

    staging = transforms.fields(
        email=transforms.mask_email(KEY), phone=transforms.mask_phone(KEY)
    )

A function is named in ``MIGRATION_CONSOLE["TRANSFORMS"]``. What is promised of a mask
stands with it: the same text under the same key becomes the same everywhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Values = list[Any]
ByValue = Callable[[Values], Values]
Octets = Callable[[int], bytes]
Masking = Callable[[str, Octets], str]
"""Makes a text of a text, and of so many octets as it asks for."""

KEY_OCTETS = 16
# Of a digest, in letters that stand for five bits each: 80 bits.
UNIQUE_LETTERS = 16
LETTERS = b"abcdefghijklmnopqrstuvwxyz234567"
SYLLABLES = [a + b for a in "bdfghjklmnprstvz" for b in "aeiou"]


def changes(*fields: str) -> Callable[[F], F]:
    """Say which fields a function changes; a change to another one is refused.

    The values of all others are looked through before the start as ever.
    """

    def mark(function: F) -> F:
        function.fields = fields  # type: ignore[attr-defined]
        return function

    return mark


def makes_keys(function: F) -> F:
    """Say that a function gives rows keys of its own, or makes several of one."""
    function.makes_keys = True  # type: ignore[attr-defined]
    return function


def whole_batches(function: F) -> F:
    """Say that a function is given a list of rows, and returns rows."""
    function.whole_batches = True  # type: ignore[attr-defined]
    return function


class Fields:
    """A function for some fields of a model, each with one for its values."""

    def __init__(self, by_field: Mapping[str, ByField]) -> None:
        self.by_field = dict(by_field)

    def __call__(self, row: Any) -> Any:
        """Return the row with its fields changed."""
        found = {
            name: one([row[one.taken_from or name]])[0]
            for name, one in self.by_field.items()
        }
        row.update(found)
        return row

    def fingerprint(self) -> str:
        """Return what the function is, as its settings are."""
        parts = [f"{name}={one.words}" for name, one in sorted(self.by_field.items())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class ByField:
    """What becomes of the values of a field, a batch at a time.

    ``words`` tell it from others, and no key.
    """

    def __init__(self, apply: ByValue, words: str, taken_from: str = "") -> None:
        self._apply = apply
        self.words = words
        self.taken_from = taken_from

    def __call__(self, values: Values) -> Values:
        """Return what becomes of values, in their order."""
        return self._apply(values)


def fields(**by_field: ByField) -> Fields:
    """Return a function that changes these fields and no others."""
    return Fields(by_field)


def constant(value: Any) -> ByField:
    """Give every row one value."""
    return ByField(lambda values: [value] * len(values), f"constant {value!r}")


def value_of(field: str) -> ByField:
    """Take the value of another field of the row, as it is in the source."""
    return ByField(list, f"value of {field}", field)


def mapped(values: Mapping[Any, Any], *, others: Any = ...) -> ByField:
    """Give values others by a table; one that is not in it stays, or is ``others``."""
    known = dict(values)

    def apply(found: Values) -> Values:
        if others is ...:
            return [known.get(one, one) for one in found]
        return [None if one is None else known.get(one, others) for one in found]

    words = f"mapped {sorted((repr(k), repr(v)) for k, v in known.items())} {others!r}"
    return ByField(apply, words)


# --- masks ------------------------------------------------------------------------


def mask_text(key: str | bytes) -> ByField:
    """Make other letters of a text, as many as it has, and leave its spaces.

    Two different texts of at least sixteen letters do not become one, but by a chance
    of 2 to the -80 for a pair.
    """
    return _mask("text", key, _text)


def mask_name(key: str | bytes) -> ByField:
    """Make another name of a name, no longer than it is. Two may become one."""
    return _mask("name", key, _name)


def mask_email(key: str | bytes, domain: str = "example.com") -> ByField:
    """Make an address of sixteen letters at a domain of an address.

    Two addresses do not become one, but by a chance of 2 to the -80 for a pair. A
    field has to take as many characters as both together, and the @.
    """
    return _mask(f"email {domain}", key, partial(_email, f"@{domain}"), "email")


def mask_digits(key: str | bytes) -> ByField:
    """Make other digits of the digits in a text, and leave all else.

    As long as before. Two may become one. Whole numbers keep their sign, and how many
    digits they have.
    """
    return _mask("digits", key, _digits)


def mask_phone(key: str | bytes) -> ByField:
    """Make other digits of a telephone number but the first two. Two may become one."""
    return _mask("phone", key, _phone)


def _mask(
    words: str,
    key: str | bytes,
    one: Masking,
    salt: str = "",
) -> ByField:
    """Return a mask. Raises ValueError for a key that is too short."""
    secret = key.encode() if isinstance(key, str) else bytes(key)
    if len(secret) < KEY_OCTETS:
        raise ValueError(f"A mask's key has at least {KEY_OCTETS} octets.")
    kind = salt or words
    head = hashlib.sha256(b"migration console mask\0" + secret).digest()
    start = hashlib.shake_128(head + kind.encode() + b"\0")
    mark = hmac.digest(secret, b"which key", "sha256").hex()[:8]
    return ByField(partial(_masked, start, one), f"mask {words} {mark}")


def _masked(start: Any, one: Masking, values: Values) -> Values:
    found = []
    for value in values:
        if value is None or value == "":
            found.append(value)
        elif isinstance(value, str):
            digest = start.copy()
            digest.update(value.encode("utf-8", "surrogatepass"))
            found.append(one(value, digest.digest))
        elif isinstance(value, int) and one is _digits:
            digest = start.copy()
            digest.update(str(value).encode())
            found.append(_number(value, digest.digest))
        else:
            raise TypeError
    return found


_TO_LETTERS = bytes(LETTERS[octet % 32] for octet in range(256))
_TO_DIGITS = bytes(b"0123456789"[octet % 10] for octet in range(256))
_TO_FIRST = bytes(b"123456789"[octet % 9] for octet in range(256))


def _email(domain: str, value: str, octets: Octets) -> str:
    return octets(UNIQUE_LETTERS).translate(_TO_LETTERS).decode() + domain


def _text(value: str, octets: Octets) -> str:
    letters = octets(len(value)).translate(_TO_LETTERS).decode()
    if " " not in value and value.isprintable():
        return letters
    if not value.isprintable():
        pairs = zip(value, letters, strict=True)
        return "".join([old if old.isspace() else new for old, new in pairs])
    # Word by word: letter by letter takes longer than the digest.
    words, start = [], 0
    for word in value.split(" "):
        words.append(letters[start : start + len(word)])
        start += len(word) + 1
    return " ".join(words)


def _name(value: str, octets: Octets) -> str:
    found = "".join([SYLLABLES[octet % len(SYLLABLES)] for octet in octets(3)])
    return found[: len(value)].capitalize()


def _digits(value: str, octets: Octets) -> str:
    return _with_digits(value, octets, 0)


def _phone(value: str, octets: Octets) -> str:
    return _with_digits(value, octets, 2)


def _with_digits(value: str, octets: Octets, kept: int) -> str:
    digits = octets(len(value)).translate(_TO_DIGITS).decode()
    if kept == 0 and value.isdigit():
        return digits
    found = []
    for old, new in zip(value, digits, strict=True):
        if old.isdigit():
            found.append(old if kept > 0 else new)
            kept -= 1
        else:
            found.append(old)
    return "".join(found)


def _number(value: int, octets: Octets) -> int:
    size = len(str(abs(value)))
    found = octets(size)
    text = found[:1].translate(_TO_FIRST) + found[1:].translate(_TO_DIGITS)
    return -int(text) if value < 0 else int(text)
