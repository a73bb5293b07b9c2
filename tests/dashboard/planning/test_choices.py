"""What mends a finding: named in its remedy, or following from its id."""

from __future__ import annotations

import pytest

from dashboard.planning.checked_plan import Choice, ChoiceKind, Found
from dashboard.planning.choices import choices_for


@pytest.mark.parametrize(
    ("check", "level", "remedy", "expected"),
    [
        (
            "E240",
            "error",
            "Or --change shop.Page.book=orphan-to-null, or, which leaves them out, "
            "--change shop.Page.book=skip-orphans",
            [
                "change:shop.Page.book=orphan-to-null",
                "change:shop.Page.book=skip-orphans",
                "exclude:shop.Page",
            ],
        ),
        (
            "W160",
            "warning",
            "If it is there under another name: --renamed shop.Page.no=old_name. If",
            ["rename:shop.Page.no="],
        ),
        (
            "W116",
            "warning",
            "choose them too, or with --table=a --table=b",
            ["choose:table:a", "choose:table:b"],
        ),
        ("E140", "error", "", ["empty:", "exclude:shop.Page"]),
        ("W290", "warning", "", ["scan:"]),
        ("W223", "warning", "Or choose --change …=round.", []),
        ("W111", "warning", "Drop or disable them.", []),
    ],
)
def test_choices_of(check: str, level: str, remedy: str, expected: list[str]) -> None:
    found = Found(f"migration_console.{check}", level, "", remedy, "shop.Page")
    assert [f"{one.kind}:{one.value}" for one in choices_for(found)] == expected


def test_what_a_check_says_itself_comes_once_and_the_gentlest_is_first() -> None:
    aside = Choice(ChoiceKind.ASIDE)
    change = Choice(ChoiceKind.CHANGE, "shop.Page.no=cut")
    remedy = "Choose --change shop.Page.no=cut"
    found = Found("x.E212", "error", "", remedy, "", (aside, change))
    assert choices_for(found) == (change, aside)
