"""A project that has nothing of the console but the app itself."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests import oracle
from tests.project import BASE_DIR, Project, soaked

# Before and after the clocks change, and a moment that exists twice.
MOMENTS = ["2024-07-01T12:00:00", "2024-01-01T00:00:00.000001", "2024-11-03T01:30:00"]
FILL = f"""
from datetime import datetime
from tests.otherproject.people.models import Person
moments = map(datetime.fromisoformat, {MOMENTS!r})
people = [
    Person.objects.create(email=f"p{{n}}@example.org", born_at=moment)
    for n, moment in enumerate(moments)
]
people.append(Person.objects.create(email="nobody@example.org"))
people[0].friends.add(*people[1:])
"""


def django(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=BASE_DIR,
        env={
            **project.environment,
            "DJANGO_SETTINGS_MODULE": "tests.otherproject.settings",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


def read(entry: dict[str, Any], sql: str) -> list[Any]:
    with oracle.reading(entry) as reader:
        return list(reader.query(sql))


@pytest.mark.parametrize("vendor", ["postgresql", soaked("mariadb"), soaked("mysql")])
def test_d33_a_project_with_its_own_users_and_no_time_zones_is_copied(
    project: Project, vendor: str
) -> None:
    server = project.servers.server("sqlite")
    for name, made in (("old", server), ("new", project.servers.server(vendor))):
        project.database(made.vendor, name, migrated=False, server=made)
    # The old database holds the control tables too.
    project.entries["default"] = project.entries.pop("old")
    django(project, "migrate", "--verbosity=0")
    django(project, "shell", "--verbosity=0", "--command", FILL)

    done = django(
        project, "copydata", "default", "new", "--migrate", "--no-input", "--json"
    )

    document = json.loads(done.stdout)
    assert (document["status"], document["verdict"]) == ("succeeded", "verified")
    copied = {table["table"]: table["rows_copied"] for table in document["tables"]}
    assert copied["person"] == 4
    assert copied["person_friends"] == 6
    old, new = project.entry("default"), project.entry("new")
    zone = " AT TIME ZONE 'America/New_York'" if vendor == "postgresql" else ""
    people = read(new, f"SELECT id, email, born_at{zone} FROM person ORDER BY id")
    assert [row[:2] for row in people] == read(
        old, "SELECT id, email FROM person ORDER BY id"
    )
    moments = [row[2] and row[2].isoformat() for row in people]
    assert moments == [*MOMENTS, None]
    report = project.directory / "report.csv"
    django(project, "verifydata", "default", "new", "--report", str(report))
    assert "people.Person" in report.read_text()
