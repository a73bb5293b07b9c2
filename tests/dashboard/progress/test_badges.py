from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.progress.look import look
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

COPIED = {"state": "copied", "rows_copied": 1_000}


@pytest.mark.parametrize(
    ("run", "table", "code", "label"),
    [
        ({}, {}, "waiting", "Waiting"),
        ({}, {"state": "copying"}, "copying", "Copying"),
        ({}, {"replaced_last": True}, "waiting", "Replaced last"),
        ({}, {"replaced_last": True, **COPIED}, "copied", "Copied"),
        ({}, {"state": "failed", "verdict": "verified"}, "failed", "Failed"),
        ({}, {"verdict": "verified", **COPIED}, "verified", "Verified"),
        ({}, {"verdict": "not verifiable"}, "not-verifiable", "Not verifiable"),
        ({"phase": "verifying"}, COPIED, "copied", "Copied"),
        (
            {"phase": "restoring"},
            {"rows_compared": 100, **COPIED},
            "comparing",
            "Comparing, 10 %",
        ),
        (
            {"phase": "verifying"},
            {"rows_compared": 1_000, **COPIED},
            "comparing",
            "Compared",
        ),
        (
            {"phase": "verifying", "status": "failed"},
            {"rows_compared": 100, **COPIED},
            "copied",
            "Copied",
        ),
        (
            {"phase": "verifying", "mode": "compare"},
            {"replaced_last": True},
            "waiting",
            "Waiting",
        ),
    ],
)
def test_a_badge_says_what_becomes_of_a_table(
    run: dict[str, Any], table: dict[str, Any], code: str, label: str
) -> None:
    made = make_run(**run)
    make_table(made, **table)
    badge = look(made).tables[0].badge
    assert (badge.code, badge.label) == (code, label)
