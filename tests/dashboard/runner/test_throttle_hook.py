"""The project's own throttle: whatever it does, it says "not now" or nothing."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from django.test import override_settings

from dashboard.runner import throttle_hook
from dashboard.runner.throttle_hook import Hook, ThrottleContext
from tests.throttles import ANSWER, enough

CONTEXT = ThrottleContext(
    run=1,
    source="old",
    destination="new",
    phase="copying",
    lane=0,
    lanes=2,
    rows_per_second=None,
)


def asked(name: str) -> str:
    with override_settings(MIGRATION_CONSOLE={"THROTTLE": f"tests.throttles.{name}"}):
        return Hook().ask(CONTEXT)


def test_without_a_throttle_nothing_is_held_back() -> None:
    with override_settings(MIGRATION_CONSOLE={}):
        assert Hook().ask(CONTEXT) == ""


def test_a_reason_is_given_as_it_is_and_asked_for_once_a_second(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    monkeypatch.setenv(ANSWER, str(answer))
    answer.write_text("the replica is 40 s behind" + "x" * 500)
    setting = {"THROTTLE": "tests.throttles.told"}
    with override_settings(MIGRATION_CONSOLE=setting):
        hook = Hook()
        said = {hook.ask(CONTEXT) for _ in range(100)}
        (reason,) = said
        assert reason.startswith("Not now: the replica is 40 s behind")
        assert len(reason) < 320
        assert answer.with_suffix(".asked").read_text() == '[0, "copying"]\n'
        answer.unlink()
        deadline = time.monotonic() + 10
        while hook.ask(CONTEXT):
            assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("failing", "ValueError"),
        ("wrong", "TypeError"),
        ("missing", "ImportError"),
        ("leaving", "SystemExit"),
    ],
)
def test_one_that_fails_says_not_now_by_its_class_and_never_its_text(
    name: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="migration_console"):
        said = asked(name)
    assert said == f"Not now: the throttle 'tests.throttles.{name}' failed ({error})."
    assert "secret" not in caplog.text
    assert error in caplog.text


@pytest.mark.parametrize(
    ("name", "reason"),
    [("translated", "office hours"), ("unstorable", "the replica is behind")],
)
def test_a_reason_is_one_line_that_can_be_stored(name: str, reason: str) -> None:
    assert asked(name) == f"Not now: {reason}."


def test_one_that_hangs_holds_nobody_and_is_asked_again_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ANSWER, str(tmp_path / "answer"))
    began = time.monotonic()
    try:
        assert "does not answer" in asked("silent")
        assert time.monotonic() - began < 3
        assert "does not answer" in asked("silent")
        assert time.monotonic() - began < 3
        assert len(throttle_hook._stuck) == 1
        assert "does not answer" in asked("told")
        monkeypatch.setattr(throttle_hook, "STUCK_SECONDS", 0.0)
        assert asked("told") == ""
    finally:
        enough.set()
        for question in throttle_hook._stuck:
            question.join(timeout=10)
        throttle_hook._stuck.clear()
        enough.clear()
