"""What an account could not put back as it is prevents the start."""

from __future__ import annotations

import pytest
from django.db import connections

from tests import oracle
from tests.dashboard.planning.checking import brief, checked, run_sql
from tests.dashboard.planning.test_privilege_checks import Account
from tests.dashboard.runner.actions.test_triggers import started
from tests.dashboard.runner.steering import finished
from tests.project import Project

LABEL = "bookshop.Currency"
TABLE = "bookshop_currency"
MYSQL = f"CREATE TRIGGER written AFTER INSERT ON {TABLE} FOR EACH ROW SET @a = 1"
MAKE = {
    "postgresql": [
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NEW; END'",
        f"CREATE TRIGGER written AFTER INSERT ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION nothing()",
    ],
    "mariadb": [MYSQL],
    "mysql": [MYSQL],
}
GRANTED = {
    "postgresql": "GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}; "
    "GRANT ALL ON SCHEMA public TO {name}",
    "mariadb": "GRANT ALL ON `{database}`.* TO {name}",
    "mysql": "GRANT ALL ON `{database}`.* TO {name}",
}


@pytest.mark.parametrize("vendor", MAKE)
def test_a_trigger_of_somebody_else_stays_his_or_prevents_the_start(
    project: Project, vendor: str
) -> None:
    account = Account(project, vendor)
    database = project.entry("owned")["NAME"]
    account.owner(*MAKE[vendor])
    grants = GRANTED[vendor].format(name=account.name, database=database)
    account.owner(*grants.split("; "))
    before = oracle.schema_snapshot(project.entry("owned"))["triggers"]
    assert brief(checked(LABEL)) == [("triggers", "warning", LABEL)]
    plan = checked(LABEL, triggers_off=True)
    assert ("trigger for good", "error", LABEL) in brief(plan)
    remedies = {one.remedy.partition(";")[0] for one in plan.found if one.remedy}
    account.owner(*remedies)
    plan = checked(LABEL, triggers_off=True)
    assert brief(plan) == [("triggers off", "info", LABEL)]
    assert "written" in plan.found[0].message
    run = finished(started(labels=[LABEL]), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    assert oracle.schema_snapshot(project.entry("owned"))["triggers"] == before
    assert run.schema_objects.filter(object_type="trigger").count() == 1


def test_the_text_of_a_trigger_that_cannot_be_sent_as_it_is_prevents_the_start(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    project.database("mariadb", "new")
    with connections["new"].cursor() as cursor:
        cursor.execute("SET SESSION character_set_client = latin1")
        cursor.execute(MYSQL.replace("1", "'a'").replace("'a'", "'\u00e4'"))
    run_sql(project, "new", f"{MYSQL.replace('written', 'plain')}")
    plan = checked(LABEL, triggers_off=True)
    (found,) = (one for one in plan.found if one.level == "error")
    assert "'written'" in found.message
    assert "latin1" in found.message
