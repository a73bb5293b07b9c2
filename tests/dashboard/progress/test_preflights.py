"""How far checks are, at every check there is, in whatever version it was noted."""

from __future__ import annotations

from dashboard.models import Preflight
from dashboard.progress.preflights import BEGINS, see

NOW = 1_800_000_000_000
Kind, Stage = Preflight.Kind, Preflight.Stage


def asked(kind: Kind, stage: str, done: int = 0, total: int = 0) -> Preflight:
    return Preflight(
        kind=kind, state="working", stage=stage, began_ms=NOW, done=done, total=total
    )


def test_every_check_has_its_place_and_the_bar_never_goes_back() -> None:
    widths = []
    for number, stage in enumerate(BEGINS):
        for done in (0, 300):
            seen = see(asked(Kind.CHECKS, stage, done, 300), NOW)
            widths.append(seen.width)
            states = [one.state for one in seen.stages]
            assert states[: number + 1] == ["done"] * number + ["current"]
            assert set(states[number + 1 :]) <= {""}
    assert widths == sorted(widths)
    assert widths[-1] == 100
    assert {*BEGINS, Stage.TRYING} == set(Stage)


def test_a_check_that_only_another_version_knows_is_no_error() -> None:
    for kind in Kind:
        seen = see(asked(kind, "of tomorrow", 1, 3), NOW)
        assert (seen.width, seen.place) == (0, "")
