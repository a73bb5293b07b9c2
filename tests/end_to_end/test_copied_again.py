"""A table that differs, copied again in a terminal; and rows aside, said there."""

from __future__ import annotations

import pytest

from tests.dashboard.runner.nights import CANARY, ROWS, notes
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project
from tests.servers import real

REFUSES = ", CHECK (n <> 30)"


def sides(project: Project, refuses: str = "") -> tuple[EngineDatabase, EngineDatabase]:
    found = []
    for alias, engine, statements in (
        ("old", "sqlite", notes()),
        ("new", "sqlite", notes(refuses, 0)),
    ):
        project.database(engine, alias, migrated=False)
        found.append(EngineDatabase(real(engine), project.entry(alias)))
        for statement in statements:
            found[-1].run(statement)
    return found[0], found[1]


@pytest.mark.soak
def test_a_refused_row_is_named_and_a_difference_has_a_remedy_that_helps(
    project: Project,
) -> None:
    old, new = sides(project, REFUSES)
    done = project.manage("copydata", "old", "new", "table:notes", "--no-input")
    assert done.returncode == 1
    assert "Table 'notes', row 30: " in done.stdout
    assert "then retry" in done.stdout
    old.run("UPDATE notes SET n = 0 WHERE id = 30")
    assert project.manage("copydata", "--resume", "1", "--no-input").returncode == 0

    # As different as a trigger may have made it.
    new.run("UPDATE notes SET n = 5 WHERE id = 7")
    done = project.manage("verifydata", "old", "new", "table:notes")
    assert done.returncode == 1
    assert "A comparison changes none of them" in done.stdout


def test_rows_aside_are_named_and_tried_again_in_a_terminal(project: Project) -> None:
    old, new = sides(project, REFUSES)
    asides = ("table:notes", "--on-bad-rows", "aside", "--no-input")
    done = project.manage("copydata", "old", "new", *asides)
    assert done.returncode == 1
    assert "1 row is aside" in done.stdout
    assert "aside: 30. " in done.stdout
    assert CANARY not in done.stdout + done.stderr
    new.run("UPDATE notes SET n = 5 WHERE id = 7")
    old.run("UPDATE notes SET n = 0 WHERE id = 30")
    done = project.manage("copydata", "--resume", "1", "--no-input")
    assert done.returncode == 1
    assert "copy these tables again" in done.stdout

    again = ("copydata", "--resume", "1", "--again", "notes")
    done = project.manage(*again, "--no-input")
    assert done.returncode == 1
    assert "'notes' (60)" in done.stderr
    assert project.manage(*again, input="another\n").returncode == 1
    assert new.read("SELECT n FROM notes WHERE id = 7") == [(5,)]
    done = project.manage(*again, input="new\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert new.read("SELECT count(*) FROM notes") == [(ROWS,)]
    assert new.read("SELECT n FROM notes WHERE id = 7") == [(7,)]
    assert "--resume N" in project.manage("copydata", *again[3:], "old", "new").stderr
