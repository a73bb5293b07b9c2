"""The whole sample app in every direction, judged by the oracle."""

from __future__ import annotations

import json

import pytest

from tests.oracle import (
    differences,
    high_water_marks,
    new_object_problems,
    schema_differences,
    schema_snapshot,
)
from tests.project import DIRECTIONS, VENDORS, Project, soaked

# Other versions and settings, each as source and destination of the usual ones.
OTHERS = [
    *(f"postgresql_{version}" for version in (14, 16, 17, 18)),
    "mariadb_newer",
    *("mysql_infile", "mysql_keyed", "mysql_lower"),
]
MORE = [
    soaked(*pair)
    for other in OTHERS
    for usual in VENDORS
    for pair in ((other, usual), (usual, other))
]


# MariaDB and MySQL share a back end; each pair of back ends stays, by either route
# into it.
REPEATED = [("mariadb", "mariadb"), ("mariadb", "sqlite"), ("sqlite", "mariadb")]
USUAL = [soaked(*pair) if pair in REPEATED else pair for pair in DIRECTIONS]


@pytest.mark.parametrize(("source", "destination"), [*USUAL, *MORE])
def test_everything_arrives_and_the_schema_is_as_before(
    project: Project, source: str, destination: str
) -> None:
    project.database(source, "old", filled=True)
    project.database(destination, "new")
    old, new = project.entry("old"), project.entry("new")
    before = schema_snapshot(new)

    done = project.manage("copydata", "old", "new", "--empty", "--no-input", "--json")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["status"], report["verdict"]) == ("succeeded", "verified")
    assert differences(old, new) == []
    assert schema_differences(before, schema_snapshot(new)) == []
    assert new_object_problems("new") == []
    reached = high_water_marks(new)
    behind = {
        table: (mark, reached[table])
        for table, mark in high_water_marks(old).items()
        if reached[table] < mark
    }
    assert behind == {}
