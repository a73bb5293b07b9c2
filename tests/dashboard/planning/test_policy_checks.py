"""Row-level security of either side, and rules, are named before the start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import brief, checked, run_sql
from tests.dashboard.runner.actions.test_triggers import started
from tests.dashboard.runner.steering import finished
from tests.project import Project

TABLE = "bookshop_currency"
LABEL = "bookshop.Currency"


@pytest.mark.parametrize("side", ["old", "new"])
def test_row_level_security_is_an_error_unless_the_account_bypasses_it(
    project: Project, side: str
) -> None:
    """D76 of the values: no row is hidden, and none refused in the middle."""
    other = {"old": "new", "new": "old"}[side]
    project.database("sqlite", other, filled=other == "old", rows=60)
    project.database("postgresql", "owned", filled=side == "old", rows=60)
    entry: dict[str, Any] = project.entry("owned")
    role = f"weak_{entry['NAME'][-8:]}"

    def owner(*statements: str) -> None:
        run_sql(project, "owned", *statements)

    owner(
        f"CREATE ROLE {role} LOGIN PASSWORD 'weak'",
        f"GRANT ALL ON SCHEMA public TO {role}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY first_ones ON {TABLE} USING (code < 'F')",
    )
    project.register(side, {**entry, "USER": role, "PASSWORD": "weak"})
    plan = checked(LABEL)
    (found,) = plan.found
    assert plan.is_blocked
    assert found.remedy == f'ALTER ROLE "{role}" BYPASSRLS'

    # The owner passes a policy by, unless it is forced on him.
    owner(f"ALTER TABLE {TABLE} OWNER TO {role}")
    assert brief(checked(LABEL)) == [("row-level security", "info", "")]
    owner(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    forced = checked(LABEL).found[0]
    assert "NO FORCE ROW LEVEL SECURITY" in forced.remedy
    owner(f"ALTER ROLE {role} BYPASSRLS")
    assert not checked(LABEL).is_blocked
    run = finished(started(labels=[LABEL]), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


def test_rules_are_named_and_prevent_a_deletion_that_they_rewrite(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True, rows=60)
    project.database("postgresql", "new")
    run_sql(
        project,
        "new",
        f"CREATE RULE no_insert AS ON INSERT TO {TABLE} DO INSTEAD NOTHING",
        f"CREATE RULE no_delete AS ON DELETE TO {TABLE} DO INSTEAD NOTHING",
        f"CREATE RULE asleep AS ON UPDATE TO {TABLE} DO INSTEAD NOTHING",
        f"ALTER TABLE {TABLE} DISABLE RULE asleep",
    )
    plan = checked(LABEL)
    assert brief(plan) == [("rules", "info", LABEL)] * 2
    # COPY passes rules by.
    run = finished(started(labels=[LABEL]), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    # Now there are rows to be emptied, which the rule would keep.
    plan = checked(LABEL, empty_first=True)
    assert ("rules", "error", LABEL) in brief(plan)
    (remedy,) = (one.remedy for one in plan.found if one.level == "error")
    run_sql(project, "new", remedy)
    assert not checked(LABEL, empty_first=True).is_blocked
