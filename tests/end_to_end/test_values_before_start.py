"""Values that will not fit are named before the start, and nothing is changed by it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.oracle.rows import digests
from tests.project import Project, soaked
from tests.throwaway import Throwaway

MODELS = """
class Author(models.Model):
    name = models.CharField(max_length=40)

class Book(models.Model):
    title = models.TextField()
    code = models.CharField(max_length=5)
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    day = models.DateField(null=True)
    sold = models.BooleanField(null=True)
    extra = models.JSONField(null=True)
    author = models.ForeignKey(Author, models.CASCADE, null=True)
"""
GOOD = (
    "INSERT INTO shop_author VALUES (1, 'a')",
    "INSERT INTO shop_book (id, title, code, price, day, sold, extra, author_id) VALUES"
    " (1, 'plain', 'one', 9999.99, '2024-02-29', 1, '{\"a\": [1, null]}', 1),"
    " (2, '', '', -0.01, NULL, 0, 'null', NULL),"
    " (3, 'ä', 'äöüßé', NULL, NULL, NULL, NULL, NULL)",
)
BAD = {
    "title": ("nul", "UPDATE shop_book SET title = CAST(x'6100620a00' AS TEXT)"),
    "code": ("characters", "UPDATE shop_book SET code = 'secret'"),
    "price": ("decimal", "UPDATE shop_book SET price = 12345.5"),
    "day": ("moment", "UPDATE shop_book SET day = '0000-00-00'"),
    "sold": ("integer", "UPDATE shop_book SET sold = 7"),
    "extra": ("json", 'UPDATE shop_book SET extra = \'{"a": "\\u0000"}\''),
}
IDS = {
    "title": "E217",
    "code": "E212",
    "price": "E205",
    "day": "E222",
    "sold": "E202",
    "extra": "E226",
}
CHANGES = ("title=strip-nul", "code=cut", "day=zero-date-to-null")


def made(project: Project, to: str) -> Throwaway:
    project.database("sqlite", "old", migrated=False)
    project.database(to, "new", migrated=False)
    project.control("sqlite", migrated=False)
    throwaway = Throwaway(project, MODELS)
    throwaway.migrate()
    run_sql(project, "old", "PRAGMA ignore_check_constraints = ON", *GOOD)
    return throwaway


def dumped(project: Project) -> list[Any]:
    entries = [project.entry(alias) for alias in ("old", "new")]
    return [(oracle.schema_snapshot(one), digests(one)) for one in entries]


def asked(throwaway: Throwaway, *options: str) -> tuple[int, list[dict[str, Any]]]:
    arguments = ("copydata", "old", "new", "shop", "--check", "--json", *options)
    done = throwaway.manage(*arguments, check=False)
    found = json.loads(done.stdout)["findings"]
    return done.returncode, [one for one in found if ".E2" in one["check"]]


@pytest.mark.parametrize("to", ["postgresql", soaked("mysql"), soaked("mariadb")])
def test_what_will_not_fit_is_named_and_nothing_else(project: Project, to: str) -> None:
    throwaway = made(project, to)
    assert asked(throwaway) == (0, [])
    run_sql(
        project,
        "old",
        "PRAGMA ignore_check_constraints = ON",
        "PRAGMA foreign_keys = OFF",
        *(f"{sql} WHERE id = 2" for _, sql in BAD.values()),
        "UPDATE shop_book SET author_id = 9 WHERE id = 3",
    )
    before = dumped(project)
    code, found = asked(throwaway)
    assert code == 1
    assert dumped(project) == before
    said = {one["check"].rpartition(".")[2]: one for one in found}
    # MySQL and MariaDB hold all of these, in columns of the types that Django makes.
    fine = set() if to == "postgresql" else {"title", "day", "sold", "extra"}
    wanted = {IDS[column] for column in BAD if column not in fine} | {"E240"}
    assert said.keys() == wanted
    for column in BAD:
        if column not in fine:
            message = said[IDS[column]]["message"]
            assert f"'{column}'" in message
            assert "in 1 row" in message
            assert "keys: 2" in message
    assert "keys: 3" in said["E240"]["message"]
    # Keys, and no values.
    assert "secret" not in json.dumps(found)
    assert "--change shop.Book.code=cut" in said["E212"]["remedy"]


def test_what_is_chosen_or_set_aside_is_no_obstacle(project: Project) -> None:
    throwaway = made(project, "postgresql")
    run_sql(
        project,
        "old",
        "PRAGMA ignore_check_constraints = ON",
        *(f"{BAD[name][1]} WHERE id = 2" for name in ("title", "code", "day")),
    )
    assert asked(throwaway)[0] == 1
    chosen = [f"--change=shop.Book.{change}" for change in CHANGES]
    assert asked(throwaway, *chosen) == (0, [])
    assert asked(throwaway, "--on-bad-rows=aside") == (0, [])
    assert asked(throwaway, "--no-scan") == (0, [])
    done = throwaway.manage("copydata", "old", "new", "shop", "--check", "--no-scan")
    assert "migration_console.W290" in done.stdout
    assert throwaway.copy("old", "new", "shop", *chosen)["verdict"] == "verified"
