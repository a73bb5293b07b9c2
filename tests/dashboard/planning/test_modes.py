"""Modes by label, and what is refused of them by name."""

from __future__ import annotations

import pytest

from dashboard.planning.asked import Asked
from dashboard.planning.modes import (
    WrongMode,
    described_modes,
    mode_of,
    modes_asked,
    modes_in,
    numbered_apart,
)
from dashboard.planning.preflight import check
from dashboard.planning.table_selection import tables
from tests import terminal
from tests.dashboard.planning.checking import files, named, run_sql
from tests.project import Project


def test_a_model_counts_more_than_its_app_and_that_more_than_all() -> None:
    modes = modes_in(["merge", "bookshop=missing", "", "bookshop.Genre = replace"])
    assert modes == {
        "*": "merge",
        "bookshop": "missing",
        "bookshop.Genre": "replace",
    }
    found = {item.label: mode_of(item, modes) for item in tables()}
    assert found["auth.User"] == "merge"
    assert found["bookshop.Author"] == found["bookshop.Book_genres"] == "missing"
    assert found["bookshop.Genre"] == "replace"
    assert {mode_of(item, {}) for item in tables()} == {""}


def test_what_is_emptied_is_said_of_all_or_of_some() -> None:
    assert described_modes({}, empties=True) == {"modes": {}, "empty_first": True}
    modes = {"shop.Order": "merge"}
    assert described_modes(modes, empties=True) == {
        "modes": {"*": "replace", "shop.Order": "merge"},
        "empty_first": True,
    }
    assert described_modes(modes, empties=False)["empty_first"] is False
    usual = {"*": "merge", "shop": "missing"}
    assert modes_asked(usual, modes, empties=False) == {**usual, **modes}
    # Whoever has tables emptied does not mean the setting's merge.
    assert modes_asked(usual, {}, empties=True) == {"shop": "missing"}
    assert described_modes({"a": "replace"}, empties=False)["empty_first"] is True


@pytest.mark.parametrize("mode", ["upsert", "new_keys", ""])
def test_another_mode_is_refused_by_name(mode: str) -> None:
    with pytest.raises(WrongMode):
        modes_in([f"shop.Order={mode}"])
    done = terminal.run("copydata", "old", "new", "--mode", f"shop.Order={mode}")
    assert done.code == 1
    assert "shop.Order" not in done.out


def test_files_have_no_new_keys() -> None:
    assert modes_in(["new-keys"]) == {"*": "new-keys"}
    done = terminal.run("importdata", "/nowhere", "new", "--mode", "new-keys")
    assert done.code
    assert "new-keys" in done.err


def test_what_every_database_numbers_is_left_out_unless_it_is_named() -> None:
    assert numbered_apart({}, []) == []
    assert numbered_apart({"*": "replace"}, []) == []
    assert "auth.Permission" in numbered_apart({"*": "merge"}, ["auth"])
    assert "auth.Permission" not in numbered_apart({"*": "merge"}, ["auth.Permission"])


def test_what_cannot_be_merged_is_named(project: Project) -> None:
    files(project, filled=True)
    run_sql(
        project,
        "new",
        "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (1, 'own', 1)",
        'INSERT INTO bookshop_genre (id, name, parent_id, "order") '
        "VALUES (2, 'other', 1, 1)",
    )

    def names(modes: dict[str, str], *labels: str) -> set[str]:
        empties = "replace" in modes.values()
        asked = Asked(modes=modes, empty_first=empties)
        found = check("old", "new", labels, asked=asked).found
        return {named(one) for one in found if one.level == "error"}

    assert names({"*": "merge"}, "bookshop.Genre") == set()
    assert names({"*": "merge"}, "contenttypes.ContentType") == {
        "numbered by each database"
    }
    assert names({"shop": "merge"}, "bookshop.Genre") == {"mode of no table"}
    assert names({"bookshop.Tag": "replace"}, "bookshop.Genre", "bookshop.Tag") == {
        "mode of no table"
    }
    run_sql(project, "old", "CREATE TABLE loose (a int)")
    run_sql(project, "new", "CREATE TABLE loose (a int)")
    assert names({"*": "merge"}, "table:loose") == {"no key to merge by"}
