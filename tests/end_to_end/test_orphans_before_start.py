"""Orphans are what the destination will refuse, of the rows as they will be copied."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project, soaked
from tests.throwaway import Throwaway

MODELS = """
class Author(models.Model):
    code = models.CharField(max_length=9, primary_key=True)
    name = models.CharField(max_length=9)

class Book(models.Model):
    title = models.CharField(max_length=9)
    author = models.ForeignKey(Author, models.CASCADE, null=True)
    other = models.ForeignKey(Author, models.CASCADE, null=True, related_name="+")
    kind = models.ForeignKey(Author, models.CASCADE, default="no", related_name="+")

class Note(models.Model):
    text = models.CharField(max_length=9, primary_key=True)
    book = models.ForeignKey(Book, models.CASCADE, null=True)
"""
ROWS = (
    "INSERT INTO shop_author VALUES ('bob', 'b'), ('eve', 'e')",
    "INSERT INTO shop_book (id, title, author_id, other_id, kind_id) VALUES"
    " (1, 'one', 'bob', NULL, 'bob'), (2, 'two', 'BOB', 'eve', 'bob'),"
    " (3, 'three', 'eve ', NULL, 'bob'),"
    " (4, 'four', NULL, NULL, 'bob'), (5, 'five', 'eve', 'nobody', 'bob')",
    "INSERT INTO shop_note VALUES ('a', 1), ('b', NULL)",
)
COLUMN = re.compile(r"by '(\w+)'")
# The source's own names.
RENAMING = (
    "ALTER TABLE shop_author RENAME TO old_author",
    "ALTER TABLE shop_book CHANGE author_id writer_id varchar(9)",
)
RENAMED = (
    "--renamed",
    "shop.Author=old_author",
    "--renamed",
    "shop.Book.author=writer_id",
)


def asked(throwaway: Throwaway, *options: str) -> tuple[int, dict[str, str]]:
    arguments = ("copydata", "old", "new", "shop", "--check", "--json", *options)
    done = throwaway.manage(*arguments, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    values = [one for one in found if ".E2" in one["check"] or ".W2" in one["check"]]
    return done.returncode, {
        f"{one['check'].rpartition('.')[2]} {COLUMN.findall(one['message'])[0]}": (
            one["message"]
        )
        for one in values
    }


@pytest.mark.parametrize(
    ("of", "to"),
    [("mariadb", "postgresql"), soaked("mariadb", "sqlite")],
)
def test_orphans_by_the_destination_with_all_that_is_chosen(
    project: Project, of: str, to: str
) -> None:
    project.database(of, "old", migrated=False)
    project.database(to, "new", migrated=False)
    project.control("sqlite", migrated=False)
    throwaway = Throwaway(project, MODELS)
    throwaway.migrate()
    run_sql(project, "old", *_without_checks(ROWS))
    null = "--change=shop.Book.{}=orphan-to-null".format
    skip = "--change=shop.Book.author=skip-orphans"
    # Rows that are set aside are no excuse: a key at the end refuses them all.
    code, found = asked(throwaway, "--on-bad-rows=aside")
    assert (code, found.keys()) == (1, {"E240 author_id", "E240 other_id"})
    assert "keys: 2, 3)" in found["E240 author_id"]
    # What is mended is not reported; what is not, is. An empty text is no reference
    # to anybody, whatever NULL was.
    empty = "--change=shop.Book.author=empty-for-null"
    _, found = asked(throwaway, empty, null("other"))
    assert found.keys() == {"E240 author_id"}
    assert "keys: 2, 3, 4)" in found["E240 author_id"]
    # Rows that are left out for one reference are no orphans of another.
    run_sql(
        project,
        "old",
        *_without_checks(
            ["UPDATE shop_book SET other_id = 'no' WHERE id = 2", *RENAMING]
        ),
    )
    _lose_column(project)
    options = (*RENAMED, "--exclude=shop.Note")
    code, found = asked(throwaway, *options, skip)
    assert (code, found.keys()) == (1, {"E240 other_id", "E240 kind_id"})
    assert "keys: 5)" in found["E240 other_id"]
    # What every row is filled with has to be there as well.
    assert "keys: 1, 4, 5)" in found["E240 kind_id"]
    run_sql(project, "old", "INSERT INTO old_author VALUES ('no', 'n')")
    report = throwaway.copy("old", "new", "shop", *options, skip, null("other"))
    assert report["verdict"] == "verified"
    new = EngineDatabase(to, project.entry("new"))
    rows = new.read("SELECT id, author_id, other_id FROM shop_book ORDER BY id")
    assert rows == [(1, "bob", None), (4, None, None), (5, "eve", None)]


def _lose_column(project: Project) -> None:
    old = EngineDatabase("mariadb", project.entry("old"))
    rows = old.read(
        "SELECT constraint_name FROM information_schema.key_column_usage WHERE "
        "table_schema = DATABASE() AND column_name = 'kind_id' "
        "AND referenced_table_name IS NOT NULL"
    )
    old.run(f"ALTER TABLE shop_book DROP FOREIGN KEY {rows[0][0]}")
    old.run("ALTER TABLE shop_book DROP COLUMN kind_id")


def _without_checks(statements: Any) -> list[str]:
    # Each is run by a connection of its own.
    return [f"SET STATEMENT foreign_key_checks = 0 FOR {one}" for one in statements]
