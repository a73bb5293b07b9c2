"""What is asked before the first chunk costs as much for many tables as for few."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from dashboard.models import MigrationRun
from dashboard.planning.preflight import check
from dashboard.planning.row_counts import look
from dashboard.runner import controls, phases, steps
from dashboard.runner.confirmations import ConfirmationNeeded, allow
from dashboard.runner.sessions import Sessions
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again, lease_of
from tests.project import Project
from tests.statements import counted

DIRECTIONS = [
    ("postgresql", "mariadb"),
    ("mariadb", "mysql"),
    ("mysql", "sqlite"),
    ("sqlite", "postgresql"),
]
FEW, MANY = 10, 40
CONTROL = "control"
BATCHES = 2


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_no_table_costs_a_statement_of_its_own_before_its_copy(
    project: Project, source: str, destination: str
) -> None:
    for alias, vendor in (("old", source), ("new", destination)):
        project.database(vendor, alias)
        run_sql(project, alias, *map(_table, range(MANY)))
    run_sql(project, "old", "INSERT INTO t0 (id, name) VALUES (1, 'a')")
    run_sql(project, "new", "INSERT INTO t9 (id, name) VALUES (1, 'b')")

    few, many = (_costs(number) for number in (FEW, MANY))

    for part, cost in many.items():
        assert {"new", CONTROL} <= cost.keys()
        # Few of the tables leave one behind that refers to them, which is asked for;
        # SQLite takes so many values in a statement, and so some rows of a plan.
        assert cost <= few[part] + Counter({CONTROL: BATCHES}), (part, few[part])


@pytest.mark.parametrize("destination", ["postgresql", "mariadb", "sqlite"])
def test_tables_that_are_not_there_are_looked_for_together(
    project: Project, destination: str
) -> None:
    project.database("sqlite", "old")
    found = []
    for migrated in (True, False):
        project.database(destination, "new", migrated=migrated)
        for side in ("old", "new"):
            if migrated or side == "new":
                run_sql(project, side, _table(0))
        with counted() as calls:
            look("old", "new")
            assert not check("old", "new", ["table:t0"]).is_blocked
        found.append(calls["new"])
    # Once by the page that offers models, and once by the check; a session of MySQL
    # asks how its server takes names, too.
    assert found[1] <= found[0] + 4, found


def _table(number: int) -> str:
    parent = f", CONSTRAINT k{number} FOREIGN KEY (up) REFERENCES t{number - 1} (id)"
    return (
        f"CREATE TABLE t{number} (id int NOT NULL PRIMARY KEY, name varchar(20), "
        f"up int{parent if number else ''})"
    )


def _costs(number: int) -> dict[str, Counter[str]]:
    """Return the calls by alias, of a check and of what comes before the chunks."""
    run = controls.draft(
        MigrationRun(
            source="old",
            destination="new",
            labels=[f"table:t{place}" for place in range(number)],
            executor="terminal",
            empty_first=True,
        ),
        "tests",
    )
    costs: dict[str, Counter[str]] = {}
    with CaptureQueriesContext(connections["default"]) as control, counted() as calls:
        controls.check(run, "tests")
    costs["check"] = calls | Counter({CONTROL: len(control)})
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    assert run.tables.count() == number
    run.tables.update(rows_confirmed=1)
    with CaptureQueriesContext(connections["default"]) as control, counted() as calls:
        controls.start(run, "tests", run.plan_hash)
        _prepare(again(run))
    costs["preparing"] = calls | Counter({CONTROL: len(control)})
    costs["retry"] = _retried(run)
    MigrationRun.objects.filter(pk=run.pk).delete()
    return costs


def _retried(run: MigrationRun) -> Counter[str]:
    """Return the calls of a retry, up to what it asks, and of what is answered."""
    MigrationRun.objects.filter(pk=run.pk).update(status="failed")
    with CaptureQueriesContext(connections["default"]) as control, counted() as calls:
        with pytest.raises(ConfirmationNeeded):
            controls.retry(again(run), "tests")
        allow(dict.fromkeys(run.tables.values_list("pk", flat=True), 0))
    return calls | Counter({CONTROL: len(control)})


def _prepare(run: MigrationRun) -> None:
    """Do all that comes before the first chunk, but for the emptying."""
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        assert phases.advance(again(run), lease, sessions)
        for step in run.steps.order_by("stage", "id"):
            if step.action != step.Action.EMPTY:
                assert steps._take(step, lease)
                steps.perform(step, run, lease, sessions)
