"""What becomes of an error: tried again, waited for, or the end."""

from __future__ import annotations

import traceback

import pytest
from django.db import OperationalError
from django.test import override_settings

from dashboard.runner.failures import (
    LONGEST_WAIT_MS,
    is_final,
    unforeseen_as_transfer_error,
    wait_ms,
)
from dashboard.runner.leases import LaneLost
from dashboard.transfer.errors import (
    Busy,
    ConnectionFailed,
    ConnectionLost,
    DataRefused,
    Locked,
    TransferError,
    Unavailable,
    WrongDatabase,
)


def test_what_may_succeed_later_is_tried_as_often_as_allowed() -> None:
    with override_settings(MIGRATION_CONSOLE={"ATTEMPTS": 3}):
        for error in (Busy("busy"), ConnectionLost("gone")):
            assert [is_final(error, n) for n in (1, 2, 3, 4)] == [
                False,
                False,
                True,
                True,
            ]


def test_what_cannot_succeed_is_not_tried_again() -> None:
    for error in (DataRefused("no"), TransferError("no"), ConnectionFailed("no")):
        assert is_final(error, 1)


def test_a_server_that_is_away_is_waited_for_however_long() -> None:
    for error in (WrongDatabase("another"), Unavailable("away"), Locked("held")):
        assert not is_final(error, 10_000)


def test_waits_double_up_to_half_a_minute() -> None:
    assert [wait_ms(n) for n in (0, 1, 2, 3, 4)] == [1000, 1000, 2000, 4000, 8000]
    assert wait_ms(7) == wait_ms(10_000) == LONGEST_WAIT_MS


def test_an_unforeseen_error_becomes_one_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        pytest.raises(TransferError) as caught,
        unforeseen_as_transfer_error(),
    ):
        try:
            raise KeyError("c4n4ry-below")
        except KeyError:
            raise ValueError("c4n4ry") from None
    assert "ValueError" in caught.value.message
    assert "c4n4ry" not in str(caught.value)
    assert not caught.value.retriable
    assert "unexpected error: ValueError (" in caplog.text
    assert "KeyError" in caplog.text and "test_failures.py" in caplog.text
    assert "c4n4ry" not in caplog.text
    # Whoever formats it, as Celery does with what a task raises.
    assert "c4n4ry" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "error", [LaneLost(), OperationalError("away"), DataRefused("no")]
)
def test_a_foreseen_error_passes(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, unforeseen_as_transfer_error():
        raise error
    assert caught.value is error
