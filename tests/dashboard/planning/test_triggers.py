"""Triggers of the destination, and rows that an account may not read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import brief, checked, run_sql
from tests.project import VENDORS, Project

FUNCTION = (
    "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO audited VALUES (1); RETURN NEW; END'"
)
BODY = "FOR EACH ROW INSERT INTO audited VALUES (1)"
MYSQL = [
    f"CREATE TRIGGER written AFTER INSERT ON bookshop_genre {BODY}",
    f"CREATE TRIGGER changed AFTER UPDATE ON bookshop_genre {BODY}",
]
MAKE = {
    "postgresql": [
        FUNCTION,
        *(
            f"CREATE TRIGGER {name} {when} ON bookshop_genre "
            "FOR EACH ROW EXECUTE FUNCTION audit()"
            for name, when in (
                ("written", "AFTER INSERT"),
                ("changed", "AFTER UPDATE"),
                ("asleep", "AFTER INSERT"),
            )
        ),
        "ALTER TABLE bookshop_genre DISABLE TRIGGER asleep",
    ],
    "mariadb": MYSQL,
    "mysql": MYSQL,
    "sqlite": [
        f"CREATE TRIGGER {name} AFTER {when} ON bookshop_genre "
        "BEGIN INSERT INTO audited VALUES (1); END"
        for name, when in (("written", "INSERT"), ("changed", "UPDATE"))
    ],
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_d56_triggers_that_run_for_a_copied_row_are_named_before_the_start(
    project: Project, vendor: str
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    run_sql(project, "new", "CREATE TABLE audited (one integer)", *MAKE[vendor])
    plan = checked("bookshop.Genre")
    assert brief(plan) == [("triggers", "warning", "bookshop.Genre")]
    assert "'bookshop_genre'" in plan.found[0].message
    assert "written" in plan.found[0].message
    assert "changed" not in plan.found[0].message
    assert "asleep" not in plan.found[0].message
    # A comparison writes nothing.
    assert brief(checked("bookshop.Genre", writes=False)) == []


GRANTS: dict[str, list[str]] = {
    "hidden rows": [
        "GRANT SELECT ON bookshop_genre TO {role}",
        "ALTER TABLE bookshop_genre ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY none ON bookshop_genre USING (false)",
    ],
    "some columns": ["GRANT SELECT (id) ON bookshop_genre TO {role}"],
    "no privilege": [],
}


@pytest.mark.parametrize("case", GRANTS)
def test_d76_rows_that_the_account_may_not_read_are_an_error_and_no_crash(
    project: Project, case: str
) -> None:
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    entry: dict[str, Any] = project.entry("old")
    role = f"weak_{entry['NAME']}"
    run_sql(
        project,
        "old",
        f"CREATE ROLE {role} LOGIN PASSWORD 'weak'",
        f"GRANT SELECT ON bookshop_currency TO {role}",
        *(grant.format(role=role) for grant in GRANTS[case]),
    )
    project.register("old", {**entry, "USER": role, "PASSWORD": "weak"})
    plan = checked("bookshop.Genre", "bookshop.Currency")
    assert brief(plan) == [("unreadable table", "error", "bookshop.Genre")]
    assert "'bookshop_genre'" in plan.found[0].message
