"""Verdicts and exit codes; rows that differ by key and column, never by value."""

from __future__ import annotations

import io

import pytest
from django.core.management.base import OutputWrapper

from dashboard.models import MigrationRun
from dashboard.terminal.endings import DIFFERENCES_SHOWN, exit_code, say_end
from dashboard.terminal.screen import Screen
from tests import terminal
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runs import make_run, make_table
from tests.project import Project

GENRE = "bookshop.Genre"
COPY = ("copydata", "old", "new", GENRE, "--no-input", "--lanes=1")
CANARY = "c4n4ry"


@pytest.fixture
def copied(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    done = terminal.run(*COPY)
    assert done.code == 0, done.err
    return project


@pytest.mark.parametrize(
    ("status", "verdict", "code"),
    [
        ("succeeded", "verified", 0),
        ("succeeded", "", 0),
        ("succeeded", "not verifiable", 3),
        ("failed", "mismatched", 1),
        ("failed", "not verifiable", 1),
        ("failed", "", 1),
        ("cancelled", "", 1),
        ("paused", "", 1),
    ],
)
def test_what_a_script_reads(status: str, verdict: str, code: int) -> None:
    assert exit_code(MigrationRun(status=status, verdict=verdict)) == code


def compared() -> list[str]:
    """Compare what was changed and return what is said of the table."""
    done = terminal.run("verifydata", "old", "new", GENRE)
    assert done.code == 1
    assert CANARY not in done.out + done.err
    lines = done.out.splitlines()
    (first,) = [n for n, line in enumerate(lines) if line.startswith(f"{GENRE} ")]
    assert lines[first].endswith("mismatched")
    assert "The comparison found differences." in lines[-1]
    assert any("failed, mismatched" in line for line in lines)
    found = lines[first + 1 :]
    return [line.strip() for line in found if line.startswith("    ")]


def test_a_row_that_differs_is_named_by_key_and_columns(copied: Project) -> None:
    run_sql(
        copied,
        "new",
        f"UPDATE bookshop_genre SET name = '{CANARY}', \"order\" = 77 WHERE id = 3",
    )
    (line,) = compared()
    key, _, columns = line.partition(" in ")
    assert key == "Differs: 3"
    assert set(columns.split(", ")) == {"name", "order"}


def test_missing_and_additional_rows_are_named_by_key(copied: Project) -> None:
    run_sql(
        copied,
        "new",
        "PRAGMA foreign_keys = OFF",
        "DELETE FROM bookshop_genre WHERE id = 5",
        'INSERT INTO bookshop_genre (id, name, "order")'
        f" VALUES (9999, '{CANARY}', 0)",
    )
    assert set(compared()) == {
        "Missing in the destination: 5",
        "Only in the destination: 9999",
    }


def test_the_first_rows_are_named_and_the_rest_are_counted(copied: Project) -> None:
    changed = DIFFERENCES_SHOWN + 4
    run_sql(
        copied,
        "new",
        f"UPDATE bookshop_genre SET name = '{CANARY}' || id"
        f" WHERE id BETWEEN 1 AND {changed}",
    )
    found = compared()
    assert len(set(found)) == DIFFERENCES_SHOWN + 1
    assert found[-1] == "and 4 more"
    named = {line.removeprefix("Differs: ") for line in found[:-1]}
    assert named <= {f"{number} in name" for number in range(1, changed + 1)}


def test_a_table_that_cannot_be_compared_says_why(project: Project) -> None:
    run = make_run(status="succeeded", verdict="not verifiable")
    reason = "Column 'shape' cannot be compared."
    make_table(run, GENRE, verdict="not verifiable", verdict_reason=reason)
    out = io.StringIO()
    say_end(Screen(OutputWrapper(out), 1), run)
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("not verifiable")
    assert lines[1] == f"    {reason}"


def test_a_run_that_fails_says_why_and_what_to_do(copied: Project) -> None:
    run_sql(
        copied,
        "new",
        "CREATE TRIGGER no BEFORE INSERT ON bookshop_genre"
        f" BEGIN SELECT RAISE(ABORT, '{CANARY}'); END",
    )
    done = terminal.run(*COPY, "--empty")
    assert done.code == 1
    assert ": failed; " in done.out
    run = MigrationRun.objects.latest("pk")
    assert run.status == "failed"
    assert done.out.splitlines()[-1] == f"{run.error} {run.remedy}".strip()
    assert CANARY not in done.out + done.err
    assert "Traceback" not in done.err


def test_a_counted_run_says_rows_and_no_verdict(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    done = terminal.run(*COPY, "--verify=counts")
    assert done.code == 0
    assert "41  counted" in done.out
    assert "verified" not in done.out
