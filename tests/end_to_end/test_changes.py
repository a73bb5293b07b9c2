"""What the operator has chosen to change: by option and setting, counted and proved."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from dashboard.transfer.failpoints import ENVIRONMENT
from tests.dashboard.planning.checking import run_sql
from tests.oracle import reading
from tests.project import Project, soaked, wait_until
from tests.throwaway import Throwaway

MODELS = """
class Author(models.Model):
    name = models.CharField(max_length=40)

class Book(models.Model):
    title = models.TextField()
    code = models.CharField(max_length=5, unique=True)
    price = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    day = models.DateField(null=True)
    sold = models.BooleanField(null=True)
    author = models.ForeignKey(Author, models.CASCADE, null=True)

class Note(models.Model):
    text = models.TextField()
    author = models.ForeignKey(Author, models.CASCADE)
"""
ROWS = (
    "PRAGMA foreign_keys = OFF",
    "INSERT INTO shop_author VALUES (1, 'a')",
    "INSERT INTO shop_book VALUES"
    " (1, CAST(x'6100620a00' AS TEXT), 'one', 1.005, '0000-00-00', 7, 9),"
    " (2, 'plain', 'second', 2, '2024-02-29', 1, 1),"
    " (3, CAST(x'c3a4' AS TEXT), 'three', NULL, NULL, NULL, NULL)",
    "INSERT INTO shop_note VALUES (1, 'kept', 1), (2, 'of nobody', 5)",
)
CHANGES = {
    "shop.Book.title": "replace-nul:?",
    "shop.Book.code": "cut",
    "shop.Book.price": "round",
    "shop.Book.day": "zero-date-to-null",
    "shop.Book.sold": "nonzero-to-true",
    "shop.Book.author": "orphan-to-null",
    "shop.Note.author_id": "skip-orphans",
}
BOOKS = [
    (1, "a?b\n?", "one", "1.01", None, True, None),
    (2, "plain", "secon", "2.00", "2024-02-29", True, 1),
    (3, "ä", "three", None, None, None, None),
]


def made(project: Project, to: str, options: dict[str, Any] | None = None) -> Throwaway:
    project.database("sqlite", "old", migrated=False)
    project.database(to, "new", migrated=False)
    project.control("sqlite", migrated=False)
    project.options.update(options or {})
    throwaway = Throwaway(project, MODELS)
    throwaway.migrate()
    run_sql(project, "old", *ROWS)
    return throwaway


def chosen(changes: dict[str, str]) -> list[str]:
    return [f"--change={column}={change}" for column, change in changes.items()]


def errors(report: dict[str, Any]) -> str:
    found = [one for one in report["findings"] if one["level"] == "error"]
    return " ".join(f"{one['message']} {one['remedy']}" for one in found)


def books(project: Project) -> list[tuple[Any, ...]]:
    with reading(project.entry("new")) as reader:
        rows = reader.query("SELECT * FROM shop_book ORDER BY id")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("to", ["postgresql", soaked("mariadb"), soaked("sqlite")])
def test_what_is_chosen_is_changed_counted_and_proved(
    project: Project, to: str
) -> None:
    throwaway = made(project, to)
    report = throwaway.copy("old", "new", "shop", *chosen(CHANGES))
    assert report["verdict"] == "verified"
    assert "with 7 values changed at the operator's choice" in report["headline"]
    counted = {
        f"{table['model']}.{one['column']}": one["values"]
        for table in report["tables"]
        for one in table["changes"]
    }
    assert counted.pop("shop.Note.author_id") == 1
    assert set(counted.values()) == {1}
    assert len(counted) == 6
    for row, expected in zip(books(project), BOOKS, strict=True):
        day = str(row[4])[:10] if row[4] else None
        price = None if row[3] is None else f"{row[3]:.2f}"
        sold = None if row[5] is None else bool(row[5])
        assert (*row[:3], price, day, sold, row[6]) == expected
    # The comparison alone says the same, and what was altered since.
    verify = ("verifydata", "old", "new", "shop", "--json", *chosen(CHANGES))
    again = json.loads(throwaway.manage(*verify).stdout)
    assert again["headline"].endswith(report["headline"].rpartition(". ")[2])
    run_sql(project, "new", "UPDATE shop_book SET title = 'plaim' WHERE id = 2")
    done = throwaway.manage(*verify, check=False)
    assert done.returncode == 1
    assert '"title"' in done.stdout


def test_nothing_is_changed_unasked_and_nonsense_is_refused_by_name(
    project: Project,
) -> None:
    throwaway = made(project, "postgresql")
    assert throwaway.copy("old", "new", "shop", code=1)["verdict"] != "verified"
    wrong = {
        "shop.Bok.title": "strip-nul",
        "shop.Book.titel": "strip-nul",
        "shop.Book.id": "orphan-to-null",
        "shop.Note.text": "cut",
        "shop.Note.author": "orphan-to-null",
        "shop.Author.name": "nonzero-to-true",
        "shop.Book.author": "skip-orphans",
        "auth.Group.name": "strip-nul",
    }
    labels = ("shop.Book", "shop.Note", "--empty", *chosen(wrong))
    said = errors(throwaway.copy("old", "new", *labels, code=1))
    for sentence in (
        "'shop.Bok' is no model of this project. Did you mean 'shop.Book'?",
        "shop.Book has no field 'titel' that is copied. Did you mean 'title'?",
        "part of the key",
        "The column has no length",
        "takes no NULL",
        "refers to shop.Author, which takes no part. Choose it as well.",
    ):
        assert sentence in said
    done = throwaway.manage(
        "copydata", "old", "new", "--change=shop.Book.title=strip-null", check=False
    )
    assert "Did you mean 'strip-nul'?" in done.stderr


def test_a_setting_is_every_run_s_choice(project: Project) -> None:
    setting = {"CHANGES": {**CHANGES, "shop.Book.title": "strip-nul"}}
    throwaway = made(project, "sqlite", setting)
    report = throwaway.copy("old", "new", "shop", "--change=shop.Book.price=round:1")
    assert report["verdict"] == "verified"
    assert books(project)[0][1:4] == ("ab\n", "one", 1.0)


RENAMED = {
    "shop.Author": "writer",
    "shop.Author.id": "writer_no",
    "shop.Note": "memo",
    "shop.Note.id": "memo_no",
    "shop.Note.text": "words",
    # What has a name of the model's own there is another column.
    "shop.Note.author": "id",
}
WRITERS = [f"INSERT INTO writer VALUES ({n}, 'w')" for n in range(1, 41)]
MEMOS = [
    f"INSERT INTO memo VALUES ({3 * n}, CAST(x'610062' AS TEXT), {n % 50})"
    for n in range(1, 201)
]


@pytest.mark.soak
@pytest.mark.parametrize("place", ["rows loaded", "chunk committed"])
def test_a_kill_amid_changes_under_other_names_loses_and_adds_no_row(
    project: Project, place: str
) -> None:
    throwaway = made(project, "postgresql", {"LEASE_SECONDS": 3})
    run_sql(
        project,
        "old",
        "CREATE TABLE writer (writer_no integer PRIMARY KEY, name varchar(9) NOT NULL)",
        "CREATE TABLE memo (memo_no integer PRIMARY KEY, words text NOT NULL, id int)",
        *WRITERS,
        *MEMOS,
    )
    changes = {"shop.Note.text": "strip-nul", "shop.Note.author": "skip-orphans"}
    asked = [f"--renamed={label}={name}" for label, name in RENAMED.items()]
    asked += ["old", "new", "shop.Author", "shop.Note", *chosen(changes)]
    done = throwaway.manage(
        *("copydata", *asked, "--chunk-rows=20", "--lanes=1", "--no-input"),
        check=False,
        environment={ENVIRONMENT: f"{place}=kill:{project.directory / 'once'}"},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    resume, reports = ("copydata", "--resume=1", "--no-input", "--json"), []

    def is_resumed() -> bool:
        # Refused as long as the lease of whoever was killed lasts.
        reports.append(json.loads(throwaway.manage(*resume, check=False).stdout))
        return reports[-1]["status"] != "refused"

    wait_until(is_resumed, 60, "The run was not resumed")
    report = reports[-1]
    assert report["verdict"] == "verified"
    kept = [n for n in range(1, 201) if 1 <= n % 50 <= 40]
    with reading(project.entry("new")) as reader:
        rows = reader.query("SELECT id, text, author_id FROM shop_note ORDER BY id")
    assert [tuple(row) for row in rows] == [(3 * n, "ab", n % 50) for n in kept]
    counted = {
        one["column"]: one["values"] for t in report["tables"] for one in t["changes"]
    }
    assert counted == {"text": len(kept), "author_id": 200 - len(kept)}
