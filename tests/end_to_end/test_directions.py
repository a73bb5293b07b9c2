"""The whole sample project, between any two engines, from the terminal."""

from __future__ import annotations

import json
import os

import pytest

from tests import oracle
from tests.project import Project

VENDORS = ("postgresql", "mysql", "sqlite")
VERIFY = os.environ.get("TEST_VERIFY", "full")


@pytest.mark.parametrize("destination_vendor", VENDORS)
@pytest.mark.parametrize("source_vendor", VENDORS)
def test_everything_arrives(
    project: Project, source_vendor: str, destination_vendor: str
) -> None:
    source = project.database(source_vendor, filled=True)
    destination = project.database(destination_vendor)
    schema = oracle.schema_snapshot(project.entry(destination))

    done = project.manage(
        "copydata", source, destination, "--no-input", "--json", "--verify", VERIFY
    )

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "succeeded"
    if VERIFY == "full":
        assert document["verdict"] == "verified"
        assert {table["verdict"] for table in document["tables"]} == {"verified"}
    left, right = project.entry(source), project.entry(destination)
    assert oracle.differences(left, right) == []
    assert oracle.schema_snapshot(right) == schema
    assert oracle.new_object_problems(destination) == []
    marks = oracle.high_water_marks(left)
    assert all(oracle.high_water_marks(right)[name] >= marks[name] for name in marks)
