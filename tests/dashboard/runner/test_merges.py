"""Runs that merge: what was to change has changed, nothing else, and that is proved."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun
from dashboard.planning.asked import Asked
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
from tests.dashboard.runner.nights import Night
from tests.project import Project

ENGINES = [
    ("postgresql", "postgresql"),
    ("sqlite", "mariadb"),
    ("mariadb", "sqlite"),
    ("postgresql", "mysql"),
]
TABLE = (
    "CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, note varchar(60), "
    "slug varchar(20) NOT NULL UNIQUE)"
)
ROWS = "INSERT INTO notes VALUES {rows}"
Notes = dict[int, tuple[str | None, str]]

# Of sixty: a third is missing, some differ, and ten are the destination's alone.
SOURCE: Notes = {n: (f"note {n}", f"slug-{n}") for n in range(1, 61)}
THERE: Notes = {
    **{n: (f"note {n}", f"slug-{n}") for n in range(1, 41)},
    7: ("other", "slug-7"),
    8: (None, "slug-8"),
    9: ("Note 9", "slug-9"),
    **{n: ("mine", f"mine-{n}") for n in range(101, 111)},
}
ANSWER = {
    "merge": {**THERE, **SOURCE},
    "missing": {**SOURCE, **THERE},
}


def table(rows: Notes) -> list[str]:
    def text(value: str | None) -> str:
        return "NULL" if value is None else f"'{value}'"

    made = ", ".join(
        f"({n}, {text(note)}, {text(slug)})" for n, (note, slug) in rows.items()
    )
    return [TABLE, ROWS.format(rows=made)]


def merging(
    project: Project,
    engines: tuple[str, str],
    mode: str,
    there: Notes = THERE,
    **options: object,
) -> Night:
    sides = table(SOURCE), table(there)
    wanted = {"on_bad_rows": "stop", "modes": {"*": mode}, **options}
    return Night.of(project, engines, sides, **wanted)


def notes(night: Night) -> Notes:
    found = night.new.read("SELECT id, note, slug FROM notes")
    return {int(n): (note, slug) for n, note, slug in found}


@pytest.mark.parametrize("engines", ENGINES, ids="-".join)
def test_what_was_to_change_has_changed_and_nothing_else(
    project: Project, engines: tuple[str, str]
) -> None:
    night = merging(project, engines, "merge")
    (found,) = night.run.findings.filter(check_name__endswith="I260")
    assert "20 rows would be inserted and 3 updated" in found.message
    assert "37 of the source's" in found.message
    assert "10 others" in found.message
    assert notes(night) == THERE
    run = night.work()
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert notes(night) == ANSWER["merge"]
    done = run.tables.get()
    assert (done.rows_inserted, done.rows_updated, done.rows_copied) == (20, 3, 60)
    assert (done.source_rows, done.destination_rows) == (60, 60)
    assert done.rows_untouched == 10


@pytest.mark.parametrize("engines", ENGINES[:2], ids="-".join)
def test_only_missing_rows_leave_the_others_as_they_are(
    project: Project, engines: tuple[str, str]
) -> None:
    night = merging(project, engines, "missing")
    run = night.work()
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert notes(night) == ANSWER["missing"]
    done = run.tables.get()
    assert (done.rows_inserted, done.rows_updated) == (20, 0)


def test_a_row_that_somebody_else_changes_meanwhile_is_no_secret(
    project: Project,
) -> None:
    night = merging(project, ("sqlite", "postgresql"), "merge")
    night.new.run(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE notes SET note = 'meddled' WHERE id = 105; RETURN NULL; END $$"
    )
    night.new.run(
        "CREATE TRIGGER meddles AFTER INSERT ON notes FOR EACH STATEMENT "
        "EXECUTE FUNCTION meddle()"
    )
    run = night.work()
    assert (run.status, run.verdict) == ("failed", "mismatched")
    assert "that the merge did not write" in run.tables.get().verdict_reason


@pytest.mark.parametrize("engines", ENGINES, ids="-".join)
def test_unique_values_in_the_way_are_named_before_the_start(
    project: Project, engines: tuple[str, str]
) -> None:
    there = {**THERE, 103: ("mine", "slug-50"), 7: ("x", "slug-8"), 8: ("x", "slug-7")}
    with pytest.raises(AssertionError, match="slug"):
        merging(project, engines, "merge", there)
    run = MigrationRun.objects.get()
    assert run.status == "draft"
    (found,) = run.findings.filter(check_name__endswith="E260")
    assert "3 rows would get values of 'slug'" in found.message
    assert "50 (there 103)" in found.message
    assert not run.findings.filter(check_name__endswith="W260").exists()
    quick = check(
        "old",
        "new",
        ["table:notes"],
        asked=Asked(modes={"*": "merge"}),
        scanning=Scanning(seconds=0),
    )
    assert "W260" in {one.check[-4:] for one in quick.found}
