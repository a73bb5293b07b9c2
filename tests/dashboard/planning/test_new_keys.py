"""What cannot get new keys, and what is in their way, is named before the start."""

from __future__ import annotations

from dashboard.planning.asked import Asked
from dashboard.planning.checked_plan import CheckedPlan
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
from dashboard.transfer.key_maps import PREFIX, map_name
from tests.dashboard.planning.checking import checked, files, named, run_sql
from tests.project import Project

GENRE = "bookshop.Genre"
TABLE = "bookshop_genre"
MAP = "CREATE TABLE {} (old_key bigint, new_key bigint, is_there smallint)"


def found(plan: CheckedPlan, level: str = "error") -> dict[str, str]:
    return {named(one): one.message for one in plan.found if one.level == level}


def test_what_has_no_numbers_is_merged_by_key_unless_it_is_named(
    project: Project,
) -> None:
    files(project)
    labels = ("bookshop.Currency", "bookshop.Book", "bookshop.Stock", GENRE)
    plan = checked(*labels, modes={"*": "new-keys"})
    assert found(plan).keys() == {"references"}
    kept = found(plan, "info")["keys that stay"]
    assert "'bookshop_currency'" in kept
    assert "'bookshop_book', 'bookshop_stock'" in kept
    assert "'bookshop_genre'" not in kept
    plans = {one.label: one.plan for one in plan.tables}
    assert plans["bookshop.Currency"].mode == plans["bookshop.Stock"].mode == "merge"
    assert plans[GENRE].key_map == map_name(plan.source_identity, TABLE)
    pairs = plans["bookshop.Book_genres"]
    assert {c.name: len(c.key_maps) for c in pairs.columns} == {
        "book_id": 0,
        "genre_id": 1,
    }
    named_itself = checked("bookshop.Currency", modes={"bookshop.Currency": "new-keys"})
    assert "no whole number" in found(named_itself)["no new keys possible"]
    run_sql(project, "old", "CREATE TABLE loose (a integer PRIMARY KEY)")
    run_sql(project, "new", "CREATE TABLE loose (a integer PRIMARY KEY)")
    loose = checked("table:loose", modes={"*": "new-keys"})
    assert "no model" in found(loose)["no new keys possible"]


def test_what_refers_to_new_keys_has_to_be_merged(project: Project) -> None:
    files(project)
    labels = (GENRE, "bookshop.Book", "bookshop.Currency", "bookshop.Author")
    plan = checked(*labels, modes={GENRE: "new-keys"})
    assert "by 'genre_id'" in found(plan)["refers to new keys"]
    modes = {"*": "missing", GENRE: "new-keys"}
    assert found(checked(*labels, modes=modes)) == {}


def test_numbers_that_begin_anew_and_other_sources_are_named(project: Project) -> None:
    files(project)
    other = f"{PREFIX}{'0' * 12}_{TABLE}"
    run_sql(project, "new", MAP.format(other))
    plan = checked(GENRE, modes={"*": "new-keys"})
    assert found(plan) == {}
    assert other in found(plan, "warning")["new keys of another source"]
    own = map_name(plan.source_identity, TABLE)
    run_sql(project, "new", MAP.format(own), f"INSERT INTO {own} VALUES (1, 999999, 1)")
    plan = checked(GENRE, modes={"*": "new-keys"})
    assert own in found(plan)["numbered anew"]
    assert "new keys of another source" not in found(plan, "warning")
    for modes in ({"*": "merge"}, {}):
        plan = checked(GENRE, modes=modes, empty_first=not modes)
        assert own in found(plan)["merged under new keys before"]
    # What is left alone has its new keys all the same.
    plan = checked("bookshop.Profile", modes={"*": "merge"})
    (profile,) = [one.plan for one in plan.tables]
    assert {c.name for c in profile.columns if c.key_maps} == {"favourite_id"}
    plan = checked("bookshop.Profile")
    assert "by 'favourite_id'" in found(plan)["refers to new keys"]


def test_unique_values_of_rows_that_have_no_number_yet_collide(
    project: Project,
) -> None:
    files(project)
    run_sql(
        project,
        "old",
        "UPDATE bookshop_genre SET name = 'same' WHERE id = 3",
    )
    run_sql(
        project,
        "new",
        "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (7, 'same', 1)",
    )
    scanning = Scanning(is_wanted=True, seconds=None)
    asked = Asked(modes={"*": "new-keys"})
    plan = check("old", "new", [GENRE], asked=asked, scanning=scanning)
    message = found(plan)["value under another key"]
    assert "1 rows would get values of 'name'" in message
    assert "new (there 7)" in message
