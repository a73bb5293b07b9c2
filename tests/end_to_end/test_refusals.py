"""What cannot be is refused with a remedy, before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.models import Lane, MigrationRun, Reservation
from localservers.ports import free_port
from tests import oracle, terminal
from tests.project import Project
from tests.servers import fresh_name

CANARY = "c4n4ry-p4ssw0rd"


def with_account(project: Project, alias: str) -> None:
    """Give the alias an account of its own, with a password that nobody may show."""
    entry = project.entry(alias)
    user = fresh_name("u")
    if entry["ENGINE"].endswith("postgresql"):
        server = project.servers.server("postgresql")
        server.execute(f"CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{CANARY}'")
    else:
        server = project.servers.server("mariadb")
        server.execute(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{CANARY}'")
        server.execute(f"GRANT ALL ON *.* TO '{user}'@'%'")
    project.register(alias, {**entry, "USER": user, "PASSWORD": CANARY})


@dataclass
class Pair:
    """A filled source and a filled destination, and who asks in vain."""

    project: Project
    source: str
    destination: str
    before: dict[str, int]

    def sql(self, alias: str, *statements: str) -> None:
        entry = self.project.entry(alias)
        vendor = "postgresql" if entry["ENGINE"].endswith("postgresql") else "mariadb"
        for statement in statements:
            self.project.servers.server(vendor).execute(
                statement, database=entry["NAME"]
            )
        self.before = oracle.row_counts(self.project.entry("new"))

    def break_entry(self, name: str, alias: str, **changes: Any) -> None:
        """Register a name for what the alias is, with something wrong in it."""
        self.project.register(name, {**self.project.entry(alias), **changes})

    def asked_in_terminal(self, *arguments: str) -> str:
        """Return what the command says; it has to refuse."""
        done = terminal.run("copydata", *arguments)
        assert done.code == 1, done.out + done.err
        assert "Traceback" not in done.err
        assert CANARY not in done.out + done.err
        assert done.err.strip()
        self.assert_untouched()
        return done.err

    def asked_on_page(
        self,
        source: str,
        destination: str,
        labels: Sequence[str] | None = None,
        **fields: Any,
    ) -> str:
        """Return the text of the page that answers; it has to refuse."""
        browser = Client(headers={"host": "localhost"})
        user = User.objects.filter(username="operator").first()
        browser.force_login(user or self.project.superuser("operator"))
        data = {
            "source": source,
            "destination": destination,
            "models": every_label() if labels is None else labels,
            "mode": "copy",
            "verify": "full",
            "lanes": 2,
            **fields,
        }
        url = reverse("admin:migration_console_migrationrun_new")
        answer = browser.post(url, data, follow=True)
        page = unescape(answer.content.decode())
        assert answer.status_code == 200
        assert CANARY not in page
        assert "plan_hash" not in page
        self.assert_untouched()
        return page

    def assert_untouched(self) -> None:
        assert oracle.row_counts(self.project.entry("new")) == self.before
        assert not MigrationRun.objects.exclude(status="draft").exists()
        assert not Reservation.objects.exists()
        assert not Lane.objects.exists()
        kept = [
            list(model._base_manager.values())
            for model in apps.get_app_config("migration_console").get_models()
        ]
        assert CANARY not in repr(kept)


def every_label() -> list[str]:
    from dashboard.planning.table_selection import tables

    return [item.label for item in tables() if item.model is item.owner]


@pytest.fixture
def pair(project: Project) -> Pair:
    project.database("postgresql", "old", filled=True)
    project.database("mariadb", "new", filled=True)
    before = oracle.row_counts(project.entry("new"))
    for alias in ("old", "new"):
        with_account(project, alias)
    return Pair(project, "old", "new", before)


ASKING = ("--empty", "--no-input")


@pytest.fixture
def says(pair: Pair) -> Callable[..., None]:
    """Refused in the terminal and on the page, with the same words."""

    def check(
        *words: str,
        labels: Sequence[str] = (),
        source: str = "old",
        destination: str = "new",
    ) -> None:
        told = pair.asked_in_terminal(source, destination, *labels, *ASKING)
        page = pair.asked_on_page(source, destination, labels or None, empty="on")
        for word in words:
            assert word in told
            assert word in page

    return check


def test_an_unknown_alias(pair: Pair) -> None:
    for arguments in (("nowhere", "new"), ("old", "nowhere")):
        told = pair.asked_in_terminal(*arguments, *ASKING)
        assert "DATABASES has no alias 'nowhere'." in told
        assert "Use one of: default, new, old." in told
        page = pair.asked_on_page(*arguments, empty="on")
        assert "nowhere is not one of the available choices" in page
    assert not pair.project.entries.keys() - {"default", "old", "new"}


@pytest.mark.parametrize("vendor", ["postgresql", "mariadb", "sqlite"])
def test_one_database_under_two_aliases(
    pair: Pair, says: Callable[..., None], tmp_path: Path, vendor: str
) -> None:
    alias = {"postgresql": "old", "mariadb": "new"}.get(vendor)
    if alias is None:
        alias = pair.project.database("sqlite")
        link = tmp_path / "link.sqlite3"
        link.symlink_to(pair.project.entry(alias)["NAME"])
        other = {**pair.project.entry(alias), "NAME": str(link)}
    else:
        # Another spelling of the same address.
        other = {**pair.project.entry(alias), "HOST": "127.1"}
    pair.project.register("twin", other)
    says(
        f"Aliases '{alias}' and 'twin' are the same database.",
        "Give DATABASES two different databases.",
        source=alias,
        destination="twin",
    )


def test_one_alias_for_both_sides(pair: Pair) -> None:
    told = pair.asked_in_terminal("new", "new", *ASKING)
    assert "'new' and 'new' are the same database" in told
    page = pair.asked_on_page("new", "new", empty="on")
    assert "Choose a database other than the source." in page


SIDES = {"source": "old", "destination": "new"}


def test_a_server_that_does_not_answer(pair: Pair, says: Callable[..., None]) -> None:
    for side, alias in SIDES.items():
        pair.break_entry("away", alias, PORT=str(free_port()))
        words = ("cannot be reached (alias", "alias 'away'", "HOST and PORT")
        says(*words, **{side: "away"})


def test_a_wrong_password(pair: Pair, says: Callable[..., None]) -> None:
    for side, alias in SIDES.items():
        pair.break_entry("away", alias, PASSWORD=f"not-{CANARY}")
        user = pair.project.entry(alias)["USER"]
        words = (
            f"did not accept user '{user}'",
            "Correct USER and PASSWORD in DATABASES['away'].",
        )
        says(*words, **{side: "away"})
    # The same from a shell.
    done = pair.project.manage("copydata", "old", "away", *ASKING)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: (migration_console.E001) The server ")
    assert "did not accept user" in done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_a_missing_database(pair: Pair, says: Callable[..., None]) -> None:
    for side, alias in SIDES.items():
        pair.break_entry("away", alias, NAME="nothing_here")
        words = ("has no database 'nothing_here'", "Create it")
        says(*words, **{side: "away"})


def test_a_missing_file(pair: Pair, says: Callable[..., None], tmp_path: Path) -> None:
    name = str(tmp_path / "nothing.sqlite3")
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    pair.project.register("away", entry)
    says(f"There is no file '{name}'", "migrateinto away", source="away")
    assert not Path(name).exists()


def test_a_missing_table(pair: Pair, says: Callable[..., None]) -> None:
    tables = {"old": "bookshop_dailytotal", "new": "bookshop_tag"}
    for alias, table in tables.items():
        pair.sql(alias, f"DROP TABLE {table}")
        says(
            f"Alias '{alias}' has no table '{table}'.",
            # It was applied before: migrate would do nothing.
            "sqlmigrate",
        )


def test_a_missing_column(pair: Pair, says: Callable[..., None]) -> None:
    pair.sql("new", "ALTER TABLE bookshop_dailytotal DROP COLUMN turnover")
    says("'bookshop_dailytotal' of 'new' has no column 'turnover'")


def test_a_model_that_the_project_does_not_have(pair: Pair) -> None:
    for label in ("nosuch", "nosuch.Model", "bookshop.Nosuch"):
        for labels in ([label], ["--exclude", label]):
            told = pair.asked_in_terminal("old", "new", *labels, *ASKING)
            assert f"'{label}' is neither an app nor a model of this project." in told
            assert "Use app or app.Model" in told
        page = pair.asked_on_page("old", "new", [label], empty="on")
        assert f"“{label}” is not a model of this project." in page


def test_f32_a_destination_with_rows_that_nobody_asked_to_delete(pair: Pair) -> None:
    told = pair.asked_in_terminal("old", "new", "--no-input")
    assert "These tables of the destination hold rows: " in told
    assert "'bookshop_author'" in told
    assert "--empty" in told
    assert "django_content_type" not in told
    page = pair.asked_on_page("old", "new")
    assert "These tables of the destination hold rows: " in page


def test_an_unselected_table_that_refers_to_one_to_be_emptied(
    pair: Pair, says: Callable[..., None]
) -> None:
    says(
        "Table 'bookshop_stock' of the destination is not chosen, holds rows and "
        "refers to 'bookshop_shop'",
        "Choose 'bookshop_stock' as well, or exclude 'bookshop_shop'.",
        labels=["bookshop.Shop"],
    )


def test_some_models_while_their_content_types_are_missing(
    pair: Pair, says: Callable[..., None]
) -> None:
    pair.sql(
        "new",
        "SET FOREIGN_KEY_CHECKS = 0; DELETE FROM django_content_type"
        " WHERE app_label = 'bookshop'",
    )
    says(
        "content types that the destination does not have:",
        "Choose contenttypes.ContentType",
        labels=["bookshop.Tag"],
    )


def test_a_report_that_could_not_be_written(pair: Pair, tmp_path: Path) -> None:
    for name in ("report.txt", "report", "nowhere/report.html"):
        path = str(tmp_path / name)
        told = pair.asked_in_terminal("old", "new", "--report", path, *ASKING)
        assert name.split("/")[0] in told
    assert not MigrationRun.objects.exists()


def test_a_number_of_lanes_that_cannot_be(pair: Pair) -> None:
    for lanes in (0, 33):
        told = pair.asked_in_terminal("old", "new", f"--lanes={lanes}", *ASKING)
        assert "Use 1 to 32." in told
        page = pair.asked_on_page("old", "new", empty="on", lanes=lanes)
        assert "Ensure this value is" in page


def test_the_same_checks_stand_before_a_comparison(pair: Pair) -> None:
    for arguments, word in (
        (("nowhere", "new"), "DATABASES has no alias 'nowhere'"),
        (("new", "new"), "the same database"),
        (("old", "new", "nosuch.Model"), "is neither an app nor a model"),
        (("old", "new", "--report", "report.txt"), "report.txt"),
    ):
        done = terminal.run("verifydata", *arguments)
        assert done.code == 1
        assert word in done.err
        assert "Traceback" not in done.err
    pair.assert_untouched()
