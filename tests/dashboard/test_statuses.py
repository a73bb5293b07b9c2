from __future__ import annotations

from itertools import product

import pytest

from dashboard.statuses import (
    ACTIVE,
    ENDED,
    TRANSITIONS,
    Status,
    allowed,
    origins,
)

EDGES = {
    ("draft", "checking"),
    ("draft", "cancelled"),
    ("checking", "ready"),
    ("checking", "draft"),
    ("checking", "checking"),
    ("checking", "cancelled"),
    ("ready", "checking"),
    ("ready", "running"),
    ("ready", "cancelled"),
    ("running", "pausing"),
    ("running", "cancelling"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("pausing", "paused"),
    ("pausing", "running"),
    ("pausing", "cancelling"),
    ("pausing", "succeeded"),
    ("pausing", "failed"),
    ("paused", "running"),
    ("paused", "cancelling"),
    ("cancelling", "cancelled"),
    ("cancelling", "failed"),
    ("cancelled", "running"),
    ("cancelled", "cancelling"),
    ("failed", "running"),
    ("failed", "cancelled"),
    ("failed", "cancelling"),
}


@pytest.mark.parametrize(("old", "new"), list(product(Status.values, Status.values)))
def test_every_pair_is_allowed_or_not(old: str, new: str) -> None:
    assert allowed(old, new) is ((old, new) in EDGES)


def test_every_status_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_every_transition_has_its_sentence() -> None:
    sentences = [text for edges in TRANSITIONS.values() for text in edges.values()]
    assert all(str(text).endswith(".") and len(str(text)) > 15 for text in sentences)


def test_origins_are_the_edges_read_backwards() -> None:
    assert set(origins("running")) == {
        "ready",
        "pausing",
        "paused",
        "cancelled",
        "failed",
    }
    assert origins("draft") == ["checking"]


def test_every_status_can_be_reached_from_a_draft() -> None:
    reached = {"draft"}
    while fresh := {new for old, new in EDGES if old in reached} - reached:
        reached |= fresh
    assert reached == set(Status.values)


def test_the_groups() -> None:
    assert not set(ACTIVE) & set(ENDED)
    # What has succeeded stays so; the rest can be retried.
    assert [status for status in ENDED if not TRANSITIONS[status]] == ["succeeded"]
