"""Triggers of the destination are off during a load, and back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from dashboard import report
from dashboard.models import MigrationRun, SchemaObject
from dashboard.runner import controls, exits, phases
from dashboard.runner.sessions import Sessions
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import (
    again,
    finished,
    lease_of,
    perform_all,
)
from tests.project import Project, soaked

GENRE = "bookshop_genre"
AUDIT = "INSERT INTO audited VALUES ('{name} ü')"
# Two that fire in another order than that of their names, all of another SQL mode and
# collation than the session that makes them again.
MYSQL = [
    "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT', "
    "collation_connection = 'utf8mb4_bin'",
    *(
        f'CREATE TRIGGER "{name}" {when} ON {GENRE} FOR EACH ROW {order} '
        + AUDIT.format(name=name)
        for name, when, order in (
            ("a_last", "AFTER INSERT", ""),
            ("b_first", "AFTER INSERT", "PRECEDES a_last"),
            ("c_before", "BEFORE INSERT", ""),
            ("d_changed", "AFTER UPDATE", ""),
            ("e_deleted", "BEFORE DELETE", ""),
        )
    ),
]
FUNCTION = (
    "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO audited VALUES (TG_NAME); RETURN COALESCE(NEW, OLD); END'"
)
EVENTS = {
    "written": "AFTER INSERT",
    "always": "BEFORE INSERT",
    "of_a_replica": "AFTER INSERT",
    "asleep": "AFTER INSERT",
    "deleted": "BEFORE DELETE",
    "changed": "AFTER UPDATE",
}
MAKE = {
    "postgresql": [
        FUNCTION,
        *(
            f"CREATE TRIGGER {name} {when} ON {GENRE} FOR EACH ROW "
            "EXECUTE FUNCTION audit()"
            for name, when in EVENTS.items()
        ),
        f"CREATE TRIGGER emptied AFTER TRUNCATE ON {GENRE} EXECUTE FUNCTION audit()",
        f"CREATE CONSTRAINT TRIGGER late AFTER INSERT ON {GENRE} DEFERRABLE "
        "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit()",
        f"ALTER TABLE {GENRE} DISABLE TRIGGER asleep, "
        "ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER of_a_replica",
    ],
    "mariadb": MYSQL,
    "mysql": MYSQL,
    "sqlite": [
        f"CREATE TRIGGER {name} {when} ON {GENRE} BEGIN {AUDIT.format(name=name)}; END"
        for name, when in (
            ("written", "AFTER INSERT"),
            ("and_again", "AFTER INSERT -- with its why\n /* and how */"),
            ("changed", "AFTER UPDATE"),
            ("Deleted", "BEFORE DELETE /* too */"),
        )
    ],
}


def made(project: Project, vendor: str) -> None:
    """Make a source, and a destination with triggers, and a row to be emptied."""
    project.database("sqlite", "old", filled=True, rows=60)
    project.database(vendor, "new")
    Genre = apps.get_model("bookshop", "Genre")
    Genre.objects.using("new").create(pk=9999, name="gone", position=1)
    with connections["new"].cursor() as cursor:
        cursor.execute("CREATE TABLE audited (one varchar(20))")
        for statement in MAKE[vendor]:
            cursor.execute(statement)


def triggers(project: Project) -> Any:
    """Everything that the catalogue knows of triggers, but when they were made."""
    snapshot = oracle.schema_snapshot(project.entry("new"))
    return snapshot.get("triggers", snapshot.get("all"))


def audited(project: Project) -> list[tuple[Any, ...]]:
    with oracle.reading(project.entry("new")) as reader:
        return list(reader.query("SELECT one FROM audited"))


def started(**fields: Any) -> MigrationRun:
    request = MigrationRun(
        source="old",
        destination="new",
        executor="terminal",
        triggers="off",
        empty_first=True,
        lane_count=1,
        **fields,
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    controls.start(run, "tests", run.plan_hash)
    return again(run)


@pytest.mark.parametrize("vendor", ["postgresql", soaked("mariadb"), "mysql", "sqlite"])
def test_triggers_are_off_for_a_copy_and_back_after_it_and_after_a_cancel(
    project: Project, vendor: str
) -> None:
    made(project, vendor)
    before = triggers(project)
    run = started()
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
        assert triggers(project) != before
        off = run.schema_objects.off().filter(object_type="trigger")
        named = set(off.values_list("name", flat=True))
        assert not named & {"changed", "d_changed", "asleep", "of_a_replica"}
        controls.cancel(again(run), "tests")
    assert finished(run, 0).status == "cancelled"
    assert triggers(project) == before
    assert audited(project) == []

    done = finished(started(labels=["bookshop.Genre", "bookshop.Currency"]), 0)
    assert (done.status, done.verdict) == ("succeeded", "verified"), done.error
    assert triggers(project) == before
    assert audited(project) == []
    lines = report.build(done).triggers
    # Nothing was left there to be emptied.
    fired = {"written", "and_again", "always", "late", "a_last", "b_first", "c_before"}
    assert {line.name for line in lines} == named & fired
    assert {line.state for line in lines} == {"restored"}
    assert "Triggers that were off" in report.as_html(report.build(done))


@pytest.mark.parametrize(
    "vendor", ["mysql", *map(soaked, ("postgresql", "mariadb", "sqlite"))]
)
@pytest.mark.parametrize(
    "place",
    # The first of them is off, of those that fire in an order.
    ["schema object done", *map(soaked, ("step empty", "step restore triggers"))],
)
def test_triggers_that_a_killed_command_left_off_are_put_back_by_name(
    project: Project, tmp_path: Path, vendor: str, place: str
) -> None:
    project.options["LEASE_SECONDS"] = 2
    made(project, vendor)
    before = triggers(project)
    killed = project.manage(
        *("copydata", "old", "new", "bookshop.Genre", "bookshop.Currency"),
        # One lane: another one's process would live on, and hold the output open.
        *("--empty", "--no-input", "--triggers", "off", "--no-scan", "--lanes=1"),
        environment={
            "MIGRATION_CONSOLE_FAILPOINTS": f"{place}=kill:{tmp_path / 'once'}"
        },
    )
    assert (tmp_path / "once").exists(), killed.stderr
    run = MigrationRun.objects.get()
    assert triggers(project) != before
    assert run.schema_objects.off().filter(object_type="trigger").exists()
    project.manage("copydata", "--cancel", str(run.pk))
    assert triggers(project) == before
    assert not run.schema_objects.off().filter(object_type="trigger").exists()
    assert audited(project) == []


def test_a_trigger_that_somebody_else_has_made_meanwhile_is_not_called_put_back(
    project: Project,
) -> None:
    made(project, "mariadb")
    run = started()
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
        run_sql(
            project,
            "new",
            f"CREATE TRIGGER c_before BEFORE INSERT ON {GENRE} FOR EACH ROW SET @a = 1",
        )
        controls.cancel(again(run), "tests")
    ended = finished(run, 0)
    (left,) = run.schema_objects.off()
    assert left.name == "c_before"
    assert "not as it was before the run" in left.error
    # Nobody's work is written over; once it is gone, the old one comes back.
    run_sql(project, "new", "DROP TRIGGER c_before")
    exits.restore(ended, "tests")
    finished(run, 0)
    assert not SchemaObject.objects.off().exists()
