"""Runs of an older version find their databases again."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from dashboard.databases import database
from dashboard.transfer.backends import connect
from tests.project import VENDORS, Project, soaked

APP = "migration_console"


def location(alias: str) -> str:
    session = connect(database(alias), "tests")
    try:
        return session.location()
    finally:
        session.close()


def model(alias: str, migration: str, name: str) -> Any:
    loader = MigrationLoader(connections[alias])
    apps = loader.project_state([(APP, migration)]).apps
    return apps.get_model(APP, name).objects.using(alias)


@pytest.mark.parametrize(
    "vendor", [one if one == "postgresql" else soaked(one) for one in VENDORS]
)
def test_runs_and_reservations_of_an_older_version_go_on(
    project: Project, vendor: str
) -> None:
    project.database(vendor, "control")
    project.database("postgresql", "new")
    call_command("migrate", APP, "0002", database="control", verbosity=0)
    now = location("new")
    assert " schemas:" in now
    run = model("control", "0002_left_out", "MigrationRun").create(
        source="old",
        destination="new",
        status="running",
        source_identity="sqlite:1:2",
        destination_identity=now.replace(" schemas:", ":"),
    )
    model("control", "0002_left_out", "Reservation").create(
        run_id=run.pk, identity=run.destination_identity
    )

    call_command("migrate", APP, database="control", verbosity=0)

    found = model("control", "0007_identities", "MigrationRun").get(pk=run.pk)
    assert (found.source_identity, found.destination_identity) == ("sqlite:1:2", now)
    held = model("control", "0007_identities", "Reservation").filter(run=run.pk)
    assert set(held.values_list("identity", "role")) == {
        ("sqlite:1:2", "reads"),
        (now.partition(" schemas:")[0], "writes"),
    }
