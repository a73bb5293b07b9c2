"""What an account lacks is found before the start, and its GRANT is enough."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import override_settings

from dashboard.databases import database
from dashboard.models import MigrationRun
from dashboard.planning.checked_plan import CheckedPlan
from dashboard.transfer.backends import connect
from dashboard.transfer.backends.surroundings import Needs
from tests.dashboard.planning.checking import brief, checked, named, run_sql
from tests.dashboard.runner.actions.test_triggers import started
from tests.dashboard.runner.steering import finished
from tests.project import Project

LABELS = ["bookshop.Genre", "bookshop.Currency"]
# What MySQL and MariaDB are asked for beyond the privileges of single tables.
WANTED = {
    *("CREATE", "DROP", "SELECT", "INSERT", "UPDATE", "ALTER", "LOCK TABLES"),
    *("CREATE TEMPORARY TABLES", "TRIGGER"),
}


class Account:
    """An account that may sign in to the destination, and what its owner grants it."""

    def __init__(self, project: Project, vendor: str) -> None:
        self.project = project
        project.database("sqlite", "old", filled=True, rows=60)
        project.database(vendor, "owned")
        Genre = apps.get_model("bookshop", "Genre")
        Genre.objects.using("owned").create(pk=9999, name="gone")
        entry: dict[str, Any] = project.entry("owned")
        name = f"weak_{entry['NAME'][-8:]}"
        self.is_postgresql = vendor.startswith("postgresql")
        if self.is_postgresql:
            self.name = f'"{name}"'
            self.owner(f"CREATE ROLE {name} LOGIN PASSWORD 'weak'")
        else:
            self.name = f"'o''{name}'@'%'"
            name = f"o'{name}"
            self.owner(f"CREATE USER {self.name} IDENTIFIED BY 'weak'")
            # Without anything it would not see the database.
            self.owner(f"GRANT SHOW VIEW ON `{entry['NAME']}`.* TO {self.name}")
        project.register("new", {**entry, "USER": name, "PASSWORD": "weak"})

    def owner(self, *statements: str) -> None:
        run_sql(self.project, "owned", *(one.replace("%", "%%") for one in statements))


def lacking(plan: CheckedPlan) -> list[tuple[str, str]]:
    """What was asked for, with whether a run needs it."""
    return [
        (sql, found.level)
        for found in plan.found
        if named(found) == "privilege"
        for sql in found.remedy.split("; ")
    ]


def revoked(sql: str) -> str:
    return sql.replace("GRANT ", "REVOKE ", 1).replace(" TO ", " FROM ", 1)


@pytest.mark.parametrize("vendor", ["postgresql", "mariadb", "mysql"])
@override_settings(MIGRATION_CONSOLE={"INDEXES_OFF_ROWS": 2})
def test_what_the_checks_ask_for_is_enough_and_missed_when_it_is_revoked(
    project: Project, vendor: str
) -> None:
    account = Account(project, vendor)
    granted: list[tuple[str, str]] = []
    for _round in range(4):
        plan = checked(*LABELS, empty_first=True)
        if not (wanted := lacking(plan)):
            break
        granted += wanted
        account.owner(*(sql for sql, _level in wanted))
    assert not plan.is_blocked, plan.found
    asked_again = set()
    for sql, level in granted:
        if account.is_postgresql and any(" ON " not in one for one, _l in granted):
            # A member of the owner may do whatever the owner may.
            break
        account.owner(revoked(sql))
        plan = checked(*LABELS, empty_first=True)
        # What the receipts need of the whole database holds for each table too.
        if (sql, level) in lacking(plan):
            asked_again |= set(sql.partition(" ON ")[0].split("GRANT ")[1].split(", "))
        else:
            assert not plan.is_blocked, sql
        account.owner(sql)
    if not account.is_postgresql:
        assert asked_again >= WANTED
    run = finished(started(labels=LABELS), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


def test_what_a_merge_asks_for_is_enough(project: Project) -> None:
    """Also of the columns alone; no temporary table is no merge."""
    account = Account(project, "postgresql")
    name = project.entry("owned")["NAME"]
    account.owner(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')
    options: dict[str, Any] = {"modes": {"*": "merge"}}
    granted: list[tuple[str, str]] = []
    for _round in range(4):
        plan = checked(*LABELS, **options)
        if not (wanted := lacking(plan)):
            break
        granted += wanted
        columns = 'UPDATE (code, name) ON "public"."bookshop_currency"'
        account.owner(
            *(
                sql.replace('UPDATE ON "public"."bookshop_currency"', columns)
                for sql, _level in wanted
            )
        )
    assert not plan.is_blocked, plan.found
    asked = {sql.partition(" ON ")[0]: level for sql, level in granted}
    assert asked["GRANT UPDATE"] == asked["GRANT TEMPORARY"] == "error"
    run = finished(started(labels=LABELS, **options), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


def test_postgresql_asks_for_no_ownership_where_nothing_comes_off(
    project: Project,
) -> None:
    account = Account(project, "postgresql")
    Currency = apps.get_model("bookshop", "Currency")
    Currency.objects.using("owned").create(code="XXX", name="gone", per_euro=1)
    label, granted = "bookshop.Currency", []
    for _round in range(4):
        wanted = lacking(checked(label, empty_first=True))
        granted += [sql for sql, _level in wanted]
        account.owner(*(sql for sql, _level in wanted))
    words = {sql.split()[1] for sql in granted}
    assert words == {"SELECT", "INSERT", "DELETE", "CREATE"}
    for sql in granted:
        account.owner(revoked(sql))
        assert (sql, "error") in lacking(checked(label, empty_first=True)), sql
        account.owner(sql)
    run = finished(started(labels=[label]), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


@pytest.mark.parametrize("vendor", ["mariadb", "mysql"])
def test_privileges_of_columns_roles_and_patterns_count(
    project: Project, vendor: str
) -> None:
    account = Account(project, vendor)
    name = project.entry("owned")["NAME"]
    role = f"role_{name[-8:]}"
    account.owner(
        f"CREATE ROLE {role}",
        f"GRANT SELECT (code, name), INSERT (code, name) ON `{name}`.bookshop_currency"
        f" TO {account.name}",
        f"GRANT ALL ON `{name[:-1].replace('_', chr(92) + '_')}_`.* TO {role}",
        f"GRANT {role} TO {account.name}",
    )
    assert lacking(checked("bookshop.Currency")) != []
    to = (
        f"{role} FOR {account.name}"
        if vendor == "mariadb"
        else f"ALL TO {account.name}"
    )
    account.owner(f"SET DEFAULT ROLE {to}")
    assert lacking(checked("bookshop.Currency")) == []


def test_what_mysql_has_revoked_in_part_is_given_back_by_the_statement(
    project: Project,
) -> None:
    account = Account(project, "mysql")
    place = f"`{project.entry('owned')['NAME']}`.*"
    # Names of databases are no patterns any more, and a backslash is part of one.
    account.owner("SET GLOBAL partial_revokes = ON")
    try:
        account.owner(
            f"GRANT ALL ON *.* TO {account.name}",
            f"REVOKE CREATE ON {place} FROM {account.name}",
            f"REVOKE INSERT ON mysql.* FROM {account.name}",
        )
        wanted = lacking(checked(*LABELS, empty_first=True))
        assert wanted == [(f"GRANT CREATE ON {place} TO {account.name}", "error")]
        account.owner(wanted[0][0])
        assert lacking(checked(*LABELS, empty_first=True)) == []
    finally:
        account.owner(f"DROP USER {account.name}", "SET GLOBAL partial_revokes = OFF")


def test_tables_beside_the_chosen_ones_are_asked_for_only_where_it_matters(
    project: Project,
) -> None:
    account = Account(project, "postgresql")
    label, at = "bookshop.Currency", "ON ALL TABLES IN SCHEMA public TO"
    account.owner(
        f"GRANT ALL {at} {account.name}",
        f"GRANT CREATE ON SCHEMA public TO {account.name}",
        "CREATE SCHEMA others",
        "CREATE TABLE others.leaf "
        "(currency varchar(3) REFERENCES public.bookshop_currency)",
    )
    # Nobody's rows go, and nobody's may refer to them.
    assert lacking(checked(label)) == []
    assert lacking(checked(label, writes=False)) == []
    Currency = apps.get_model("bookshop", "Currency")
    Currency.objects.using("owned").create(code="XXX", name="gone", per_euro=1)
    for wanted in ("USAGE ON SCHEMA", "SELECT ON"):
        ((sql, _level),) = lacking(checked(label, empty_first=True))
        assert sql.startswith(f'GRANT {wanted} "others"')
        account.owner(sql)
    assert lacking(checked(label, empty_first=True)) == []

    entry: dict[str, Any] = project.entry("new")
    project.register("new", {**entry, "OPTIONS": {"options": "-c search_path=nowhere"}})
    with connect(database("new"), "test") as session:
        (found,) = session.surroundings.lacking(Needs(makes_tables=True))
    assert (found.privilege, found.tables) == ("CREATE", ())


def test_an_account_that_may_not_read_the_source_is_told_the_grant(
    project: Project,
) -> None:
    account = Account(project, "postgresql")
    project.register("old", project.entry("new"))
    project.database("sqlite", "new")
    for _round in range(2):
        plan = checked("bookshop.Currency")
        if not plan.is_blocked:
            break
        assert brief(plan) == [("unreadable table", "error", "bookshop.Currency")]
        account.owner(*plan.found[0].remedy.split("; "))
    assert not plan.is_blocked
    assert not MigrationRun.objects.exists()
