"""Runs that merge: what was to change has changed, nothing else, and that is proved."""

from __future__ import annotations

import pytest

from dashboard import report
from dashboard.models import MigrationRun, TableCopy
from dashboard.planning.asked import Asked
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
from dashboard.runner import controls
from dashboard.runner.actions.merging import compared
from dashboard.runner.sessions import Sessions
from dashboard.transfer.plan import TablePlan
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.nights import Night
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project, soaked

ENGINES = [
    ("mariadb", "postgresql"),
    soaked("sqlite", "mariadb"),
    soaked("mariadb", "sqlite"),
    soaked("postgresql", "mysql"),
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


@pytest.mark.parametrize(("source", "destination"), ENGINES)
def test_what_was_to_change_has_changed_and_nothing_else(
    project: Project, source: str, destination: str
) -> None:
    night = merging(project, (source, destination), "merge")
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


@pytest.mark.parametrize(
    ("source", "destination"), [("sqlite", "mariadb"), soaked("mysql", "postgresql")]
)
def test_only_missing_rows_leave_the_others_as_they_are(
    project: Project, source: str, destination: str
) -> None:
    night = merging(project, (source, destination), "missing")
    run = night.work()
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert notes(night) == ANSWER["missing"]
    done = run.tables.get()
    assert (done.rows_inserted, done.rows_updated) == (20, 0)


def test_inserted_rows_that_a_trigger_alters_are_no_secret(project: Project) -> None:
    there = table({n: THERE[n] for n in range(1, 41)})
    trigger = (
        "CREATE TRIGGER alters AFTER INSERT ON notes "
        "BEGIN UPDATE notes SET note = 'altered' WHERE id = NEW.id; END"
    )
    options = {"on_bad_rows": "stop", "modes": {"*": "missing"}}
    sides = table(SOURCE), [*there, trigger]
    run = Night.of(project, ("sqlite", "sqlite"), sides, **options).work()
    assert (run.status, run.verdict) == ("failed", "mismatched")
    assert "a trigger of the destination" in run.tables.get().verdict_reason


def test_rows_are_counted_where_nobody_knows_how_many_there_were(
    project: Project,
) -> None:
    night = merging(project, ("sqlite", "sqlite"), "merge", verify="counts")
    run = night.work()
    assert run.verdict == "counted"
    # As where its receipts are lost, see runner/unsettled.py.
    TableCopy.objects.filter(run=run).update(measured={})
    with Sessions(run, "tests") as sessions:
        found = compared(run.tables.get(), plan(run), run, sessions, lambda: None)
    assert (found.source_rows, found.destination_rows) == (60, 60)
    assert "before the merge is lost" in found.unverifiable
    said = report.build(run).headline
    assert "20 rows inserted, 3 updated" in said
    assert "same number of rows" not in said


def test_only_new_rows_get_into_tables_that_hold_rows(project: Project) -> None:
    """What they refer to has been there since the last run, and is left out now."""
    for alias in ("old", "new"):
        project.database("sqlite", alias)
    run_sql(project, "old", genres((1, None), (2, 1)))
    assert new_genres(project).verdict == "verified"
    # The destination's own is numbered far beyond the source's.
    run_sql(project, "new", genres((9_000, None)))
    run_sql(project, "old", genres((3, 2), (4, 3)))
    run = new_genres(project)
    assert (run.verdict, run.tables.get().rows_inserted) == ("verified", 2)
    assert run.tables.get().rows_untouched == 3
    run_sql(project, "old", genres((5, 4)))
    assert new_genres(project).tables.get().rows_inserted == 1
    # Of what is neither there nor arrives, the checks say so.
    run_sql(project, "new", "DELETE FROM bookshop_genre WHERE id = 4")
    run_sql(project, "old", genres((6, 4)))
    with pytest.raises(AssertionError, match="1 rows .* neither arrive"):
        new_genres(project)


def plan(run: MigrationRun) -> TablePlan:
    return TablePlan.from_json(run.tables.get().plan)


def genres(*rows: tuple[int, int | None]) -> str:
    made = ", ".join(f"({n}, 'genre {n}', {of or 'NULL'}, 0)" for n, of in rows)
    return f'INSERT INTO bookshop_genre (id, name, parent_id, "order") VALUES {made}'


def new_genres(project: Project) -> MigrationRun:
    """Merge those that are newer than the last run."""
    described = MigrationRun(
        source="old",
        destination="new",
        lane_count=1,
        executor="terminal",
        labels=["bookshop.Genre"],
        modes={"*": "missing"},
        newer={"bookshop.Genre": "id"},
    )
    run = controls.check(controls.draft(described, "maria"), "maria")
    errors = [one.message for one in run.findings.filter(level="error")]
    assert run.status == "ready", errors
    controls.start(run, "maria", run.plan_hash)
    return Night(*[EngineDatabase("sqlite", {})] * 2, run).work()


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


@pytest.mark.parametrize(("source", "destination"), ENGINES)
def test_unique_values_in_the_way_are_named_before_the_start(
    project: Project, source: str, destination: str
) -> None:
    there = {**THERE, 103: ("mine", "slug-50"), 7: ("x", "slug-8"), 8: ("x", "slug-7")}
    with pytest.raises(AssertionError, match="slug"):
        merging(project, (source, destination), "merge", there)
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
