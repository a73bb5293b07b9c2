"""UUIDs between their digits and their octets."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.transfer.octets import uuid_digits, uuid_octets


@given(st.uuids())
def test_every_spelling_is_the_same_uuid(value: uuid.UUID) -> None:
    for spelled in (str(value), value.hex, str(value).upper()):
        assert uuid_octets(spelled) == value.bytes
        assert uuid_digits(spelled) == value.hex


@pytest.mark.parametrize(
    "text", ["", "nothex", "0" * 31, "{" + "0" * 32 + "}", "é" * 32]
)
def test_another_text_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        uuid_octets(text)
