"""Tables that are not chosen by name, and names that a terminal takes."""

from __future__ import annotations

import shlex

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import made, rows
from tests.project import Project, soaked

OWN = {
    "django_migrations": "What migrate has applied",
    "django_session": "Sessions: who is signed in",
    "migration_console_lane": "A record of Migration Console itself",
}
# What the servers keep for themselves.
SYSTEM = {
    "sqlite": ["sqlite_sequence", "DJANGO_SESSION"],
    "postgresql": ["pg_class", "pg_catalog.pg_class"],
    "mysql": ["mysql.user", "information_schema.tables"],
}


@pytest.mark.parametrize("engine", ["sqlite", soaked("postgresql"), soaked("mysql")])
def test_what_belongs_to_its_database_cannot_be_chosen(
    project: Project, engine: str
) -> None:
    sessions = 'INSTALLED_APPS.append("django.contrib.sessions")\n'
    shop = made(project, {"old": engine, "new": engine}, "", sessions)
    shop.migrate()
    names = [*OWN, *SYSTEM[engine]]

    options = [f"--table={name}" for name in names]
    done = shop.manage("copydata", "old", "new", "--empty", *options, check=False)

    assert done.returncode == 1
    for name in names:
        assert f"'{name.lower()}'" in done.stderr.lower()
    for why in OWN.values():
        assert why in done.stderr
    assert "delete" not in done.stdout
    done = shop.manage("copydata", "old", "new", "--table=", check=False)
    assert "'table:' is neither" in done.stderr


@pytest.mark.soak
def test_a_name_is_offered_as_a_terminal_takes_it(project: Project) -> None:
    shop = made(project, {"old": "sqlite", "new": "sqlite"}, "")
    shop.migrate()
    name = "-a 'b'"
    for alias in ("old", "new"):
        run_sql(project, alias, f'CREATE TABLE "{name}" (id integer PRIMARY KEY)')
    run_sql(project, "old", f'INSERT INTO "{name}" VALUES (1)')
    (warning,) = [
        finding["remedy"]
        for finding in shop.copy("old", "new")["findings"]
        if "No model owns" in finding["message"]
    ]
    option = warning.partition("or with ")[2]
    report = shop.copy("old", "new", "--empty", *shlex.split(option))
    assert report["verdict"] == "verified"
    assert rows(project, "new", f'SELECT id FROM "{name}"') == [(1,)]
