"""Workers die in the middle of a merge under new keys; every row is there once."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import controls
from tests.dashboard.planning.checking import run_sql
from tests.faults.test_deaths import OPTIONS, wait_for_end
from tests.oracle import reading
from tests.project import Project, soaked

FEW = ("keys reserved", "rows loaded")
ALL = (*FEW, "rows staged", "chunk committed")
GROUP = "INSERT INTO auth_group (id, name) VALUES "
USER = (
    "INSERT INTO auth_user (id, password, is_superuser, username, first_name, "
    "last_name, email, is_staff, is_active, date_joined) VALUES "
)
PAIR = "INSERT INTO auth_user_groups (user_id, group_id) VALUES "
THEN = "'2024-01-01 00:00:00'"
Pairs = set[tuple[str, str]]


def fill(project: Project, alias: str, name: str, first: int) -> Pairs:
    """Make groups and users from a number on, each in the group of half its number."""
    numbers = range(first, first + 120)
    no, yes = ("0", "1") if project.entry(alias)["ENGINE"].endswith(ENDS) else WORDS
    users = [
        f"({n}, '!', {no}, '{name}{n}', '', '', '', {no}, {yes}, {THEN})"
        for n in numbers
    ]
    groups = [f"({n}, 'group {name}{n}')" for n in numbers]
    pairs = [(n, first + (n - first) // 2) for n in numbers]
    run_sql(
        project,
        alias,
        USER + ", ".join(users),
        GROUP + ", ".join(groups),
        PAIR + ", ".join(map(str, pairs)),
    )
    return {(f"{name}{n}", f"group {name}{m}") for n, m in pairs}


ENDS = ("mysql", "sqlite3")
WORDS = ("false", "true")


def pairs_in(project: Project, alias: str) -> list[tuple[str, str]]:
    with reading(project.entry(alias)) as reader:
        rows = reader.query(
            "SELECT u.username, g.name FROM auth_user_groups p "
            "JOIN auth_user u ON u.id = p.user_id "
            "JOIN auth_group g ON g.id = p.group_id"
        )
        return [(str(user), str(group)) for user, group in rows]


@pytest.mark.parametrize(
    ("source", "destination", "places"),
    [
        ("mariadb", "postgresql", FEW),
        soaked("mariadb", "postgresql", ALL),
        soaked("postgresql", "mysql", ALL),
        soaked("postgresql", "mariadb", ALL),
        soaked("mariadb", "sqlite", ALL),
    ],
)
def test_killed_in_the_middle_of_a_merge_under_new_keys(
    project: Project,
    tmp_path: Path,
    source: str,
    destination: str,
    places: tuple[str, ...],
) -> None:
    project.options.update({**OPTIONS, "CHUNK_ROWS": 50})
    project.database(source, "old")
    project.database(destination, "new")
    wanted = fill(project, "old", "theirs", 1) | fill(project, "new", "ours", 41)
    kills = [f"{place}=kill:{tmp_path / place}" for place in places]
    project.worker(environment={"MIGRATION_CONSOLE_FAILPOINTS": ";".join(kills)})
    described = MigrationRun(
        source="old",
        destination="new",
        labels=["auth.User", "auth.Group", "auth.User_groups"],
        modes={"*": "new-keys"},
        lane_count=2,
    )
    run = controls.check(controls.draft(described, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    run = wait_for_end(run)
    assert all((tmp_path / place).exists() for place in places)
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert sorted(pairs_in(project, "new")) == sorted(wanted)
    for model in ("auth.User", "auth.Group", "auth.User_groups"):
        table = run.tables.get(model=model)
        assert (table.rows_inserted, table.rows_updated) == (120, 0), model
