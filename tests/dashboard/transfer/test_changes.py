"""What a person writes of a change."""

from __future__ import annotations

import pytest

from dashboard.transfer.changes import ChangeName, WrongChange, parsed, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("strip-nil", "Did you mean 'strip-nul'?"),
        ("zzz", "Use one of: strip-nul, "),
        ("strip-nul:x", "takes no argument"),
        ("replace-nul:ab", "one printable character"),
        ("replace-nul:\0", "one printable character"),
        ("cut:0", "a number from 1 on"),
        ("round:-1", "a number from 0 on"),
        ("round:²", "a number from 0 on"),
        ("zero-date-to", "such as 1970-01-01"),
        ("zero-date-to:2024-02-30", "such as 1970-01-01"),
        ("zero-date-to:2024-02-01T00:00:00+02:00", "such as 1970-01-01"),
    ],
)
def test_a_change_that_is_none_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(WrongChange, match=".") as refused:
        parsed(text)
    assert said in str(refused.value)


def test_every_change_is_said_in_words() -> None:
    for name in ChangeName:
        given = {ChangeName.ZERO_DATE_TO: ":2000-01-01"}.get(name, "")
        assert words(parsed(f"{name}{given}"))
