"""Where a run may break, and the environment that makes a process break there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from tests.project import Project

INSIDE = Path(__file__).parent / "inside"

PLACES = [
    "dashboard.runner.leases:take after",
    "reach step open",
    "reach step remove keys",
    "reach step empty",
    "reach table emptied",
    "reach step remove indexes",
    "reach schema object done",
    "dashboard.runner.chunk_claims:claim after",
    "dashboard.runner.bundle_claims:claim after",
    "reach chunk claimed",
    "reach receipt taken",
    "reach rows loaded",
    "reach chunk committed",
    "dashboard.runner.chunks:record after",
    "reach bundle claimed",
    "reach table of a bundle loaded",
    "reach bundle committed",
    "dashboard.runner.bundles:record after",
    "dashboard.runner.leases:release before",
    "dashboard.runner.leases:release after",
    "reach step replace",
    "reach users replaced",
    "dashboard.runner.phases:advance after",
    "reach step restore index",
    "reach step add keys",
    "reach step restore key",
    "reach step sequence",
    "reach step analyze",
    "reach step close",
    "reach rows compared",
    "dashboard.runner.endings:finish before",
]
"""Every step after which a crash leaves something half done."""
ONLY_POSTGRESQL = {"reach step remove keys", "reach step add keys"}
"""Steps that only runs into PostgreSQL have: elsewhere foreign keys stay."""

ACTIONS = ["kill", "raise", "stop", "cut"]


def failing(
    project: Project,
    failpoints: Iterable[tuple[str, str, Path]],
    cut: Iterable[str] = (),
) -> dict[str, str]:
    """The environment of a process that breaks: (place, action, file) each.

    ``cut`` holds the aliases whose connections the action of that name ends.
    """
    ports = [project.entry(alias).get("PORT", "") for alias in cut]
    path = os.pathsep.join(filter(None, [str(INSIDE), os.environ.get("PYTHONPATH")]))
    return {
        "PYTHONPATH": path,
        "TEST_FAILPOINTS": json.dumps([[*map(str, one)] for one in failpoints]),
        "TEST_FAILPOINTS_PORTS": " ".join(filter(None, ports)),
    }
