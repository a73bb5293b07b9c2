"""What the functions that are ready made promise."""

from __future__ import annotations

import pytest

from dashboard import transforms

KEY = "a key of the tests' own"
TEXTS = ["Ada Lovelace", "ada lovelace", "Straße 🚲 der Freiheit", "x" * 200, "\t"]
MASKS = {
    "text": transforms.mask_text,
    "name": transforms.mask_name,
    "email": transforms.mask_email,
    "digits": transforms.mask_digits,
    "phone": transforms.mask_phone,
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_makes_the_same_of_the_same_and_keeps_what_is_empty(name: str) -> None:
    mask, again, other = MASKS[name](KEY), MASKS[name](KEY), MASKS[name](KEY + "!")
    values = [None, "", "+49 30 1234567", *TEXTS, None]
    found = mask(values)
    assert found == again(values) == [mask([value])[0] for value in values]
    assert found[:2] == [None, ""]
    assert found[2] != other(values)[2] != values[2]
    if name != "email":
        assert all(
            len(a or "") <= len(b or "") for a, b in zip(found, values, strict=True)
        )
    assert mask.words == again.words != other.words
    assert KEY not in mask.words


def test_a_mask_keeps_apart_what_it_promises_to() -> None:
    texts = [f"person.number.{n}@example.org" for n in range(20_000)]
    for mask in (transforms.mask_email(KEY), transforms.mask_text(KEY)):
        found = mask(texts)
        assert len(set(found)) == len(texts)
        assert not set(found) & set(texts)


def test_spaces_stay_where_they_were() -> None:
    mask = transforms.mask_text(KEY)
    for text in (" a  b c ", "Straße\tder\nFreiheit 7", "x", " "):
        (found,) = mask([text])
        assert [one.isspace() for one in found] == [one.isspace() for one in text]


def test_digits_stay_digits_where_they_were() -> None:
    (phone,) = transforms.mask_phone(KEY)(["+49 (30) 123-45 67"])
    assert phone[:4] == "+49 "
    assert [one.isdigit() for one in phone] == [
        one.isdigit() for one in "+49 (30) 123-45 67"
    ]
    (number, negative) = transforms.mask_digits(KEY)([123_456, -7])
    assert 100_000 <= number <= 999_999
    assert -9 <= negative <= -1
    with pytest.raises(TypeError):
        transforms.mask_digits(KEY)([1.5])


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 octets"):
        transforms.mask_text("short")


def test_values_become_others() -> None:
    values = ["a", "b", None, "z"]
    assert transforms.constant(0)(values) == [0, 0, 0, 0]
    assert transforms.mapped({"a": "A"})(values) == ["A", "b", None, "z"]
    assert transforms.mapped({"a": "A"}, others="?")(values) == ["A", "?", None, "?"]
    both = transforms.fields(a=transforms.value_of("b"), b=transforms.constant("x"))
    assert both({"a": 1, "b": 2}) == {"a": 2, "b": "x"}
    assert both.fingerprint() != transforms.fields(a=both.by_field["b"]).fingerprint()
