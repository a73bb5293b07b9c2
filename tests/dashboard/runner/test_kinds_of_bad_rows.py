"""Every kind of refusal that a destination knows, from engines that can hold it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.dashboard.runner.nights import ROWS, Night, notes
from tests.project import VENDORS, Project
from tests.servers import vendor_of

pytestmark = pytest.mark.soak

BAD = 30


@dataclass(frozen=True)
class Kind:
    """What makes row 30 of the source one that the destination does not take."""

    # In the source, for whichever engines can hold it.
    spoil: dict[str, str]
    # Of the destination, by its engine.
    there: dict[str, list[str]]
    mend: str = "UPDATE notes SET note = 'mended', n = 30 WHERE id = 30"
    source: dict[str, list[str]] = field(default_factory=dict)


def everywhere(text: str, *engines: str) -> dict[str, str]:
    return dict.fromkeys(engines or VENDORS, text)


def table(*engines: str, **options: str) -> dict[str, list[str]]:
    return {engine: notes(rows=0, **options) for engine in engines}  # type: ignore[arg-type]


def with_n(engines: tuple[str, ...], kind: str) -> dict[str, list[str]]:
    return {e: [notes(rows=0)[0].replace("n int", f"n {kind}")] for e in engines}


SERVERS = ("postgresql", "mariadb", "mysql")
MYSQL = ("mariadb", "mysql")
NOT_NULL = notes(rows=0)[0].replace("varchar(60)", "varchar(60) NOT NULL")
JSON = {
    "postgresql": [notes(rows=0, note="jsonb")[0]],
    "mysql": [notes(rows=0, note="json")[0]],
}
TRIGGER = {
    "postgresql": [
        *notes(rows=0),
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN IF NEW.n = -30 THEN RAISE EXCEPTION 'no %%', NEW.note; END IF; "
        "RETURN NEW; END$$",
        "CREATE TRIGGER refuse BEFORE INSERT ON notes FOR EACH ROW "
        "EXECUTE FUNCTION refuse()",
    ],
    **dict.fromkeys(
        MYSQL,
        [
            *notes(rows=0),
            "CREATE TRIGGER refuse BEFORE INSERT ON notes FOR EACH ROW "
            "IF NEW.n = -30 THEN SIGNAL SQLSTATE '45000'; END IF",
        ],
    ),
    "sqlite": [
        *notes(rows=0),
        "CREATE TRIGGER refuse BEFORE INSERT ON notes WHEN NEW.n = -30 "
        "BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
}
LONG = "UPDATE notes SET note = 'longer than that' WHERE id = 30"
NULL = "UPDATE notes SET note = NULL WHERE id = 30"
TWICE = "UPDATE notes SET note = 'twice' WHERE id IN (29, 30)"

KINDS = {
    "too long": Kind(everywhere(LONG), table(*SERVERS, note="varchar(6)")),
    "null": Kind(everywhere(NULL), {e: [NOT_NULL] for e in VENDORS}),
    "out of range": Kind(
        everywhere("UPDATE notes SET n = 70000 WHERE id = 30"),
        with_n(SERVERS, "smallint"),
    ),
    "check": Kind(
        everywhere("UPDATE notes SET n = -30 WHERE id = 30"),
        {e: notes(", CHECK (n > 0)", 0) for e in VENDORS},
    ),
    "trigger": Kind(everywhere("UPDATE notes SET n = -30 WHERE id = 30"), TRIGGER),
    "NUL": Kind(
        {
            "sqlite": "UPDATE notes SET note = 'a' || char(0) WHERE id = 30",
            **everywhere("UPDATE notes SET note = CONCAT('a', CHAR(0)) "
                         "WHERE id = 30", *MYSQL),
        },
        table("postgresql"),
    ),
    "no UTF-8": Kind(
        {"sqlite": "UPDATE notes SET note = CAST(X'61FF' AS TEXT) WHERE id = 30"},
        table(*SERVERS),
    ),
}  # fmt: skip


def cases() -> Iterator[tuple[str, str, str]]:
    for name, kind in KINDS.items():
        for source in kind.spoil:
            for destination in kind.there:
                yield name, source, destination


@pytest.mark.parametrize(("name", "source", "destination"), list(cases()))
def test_the_row_is_found_and_loaded_once_it_is_corrected(
    project: Project, name: str, source: str, destination: str
) -> None:
    kind = KINDS[name]
    here = [*notes(), kind.spoil[source]]
    night = Night.of(project, (source, destination), (here, kind.there[destination]))
    run = night.work()
    assert (run.status, night.aside()) == ("failed", [BAD]), run.error
    assert len(night.keys()) == ROWS - 1
    night.old.run(kind.mend)
    run = night.again()
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    assert night.keys() == list(range(1, ROWS + 1))


@pytest.mark.parametrize("source", VENDORS)
@pytest.mark.parametrize("destination", VENDORS)
def test_of_two_rows_with_one_text_the_second_is_set_aside(
    project: Project, source: str, destination: str
) -> None:
    different = [
        f"UPDATE notes SET note = 'note {number}' WHERE id = {number}"
        for number in range(1, 41)
    ]
    here = [*notes(rows=40), *different, TWICE]
    there = notes(", UNIQUE (note)", 0)
    night = Night.of(project, (source, destination), (here, there))
    run = night.work()
    assert (run.status, night.aside()) == ("failed", [BAD]), run.error
    night.old.run("UPDATE notes SET note = 'mended' WHERE id = 30")
    assert night.again().verdict == "verified"


@pytest.mark.parametrize("source", MYSQL)
@pytest.mark.parametrize("destination", ["postgresql"])
def test_a_day_that_is_none_is_set_aside(
    project: Project, source: str, destination: str
) -> None:
    assert vendor_of(source) == "mysql"
    create = "CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, n int, note date)"
    values = ", ".join(f"({n}, {n}, '2024-01-{n:02}')" for n in range(1, 31))
    # A day that strict mode takes nowhere is made by a default of the server's.
    here = [
        create,
        f"INSERT INTO notes VALUES {values}",
        "UPDATE IGNORE notes SET note = '2024-02-31' WHERE id = 30",
    ]
    night = Night.of(project, (source, destination), (here, [create]))
    run = night.work()
    assert (run.status, night.aside()) == ("failed", [BAD]), run.error
    night.old.run("UPDATE notes SET note = '2024-01-30' WHERE id = 30")
    assert night.again().verdict == "verified"


@pytest.mark.parametrize("destination", list(JSON))
@pytest.mark.parametrize("source", ["sqlite", "mariadb"])
def test_a_document_that_is_none_is_set_aside(
    project: Project, source: str, destination: str
) -> None:
    here = [
        *notes(note="text"),
        "UPDATE notes SET note = '{}'",
        "UPDATE notes SET note = '{x' WHERE id = 30",
    ]
    night = Night.of(project, (source, destination), (here, JSON[destination]))
    run = night.work()
    assert (run.status, night.aside()) == ("failed", [BAD]), run.error
    night.old.run("UPDATE notes SET note = '[]' WHERE id = 30")
    run = night.again()
    assert run.error == ""
    assert night.keys() == list(range(1, ROWS + 1))
