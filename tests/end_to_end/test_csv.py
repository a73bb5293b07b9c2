"""A table through a spreadsheet and back, as somebody with DBeaver did it by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections
from django.test import override_settings

from dashboard.models import Reservation
from dashboard.transfer.csvfiles import loading
from dashboard.transfer.failpoints import ENVIRONMENT
from tests import oracle, terminal
from tests.project import Project, soaked

Cells = list[list[str]]
HERE = ("--no-input",)


def rows(project: Project, alias: str, sql: str) -> list[tuple[object, ...]]:
    with oracle.reading(project.entry(alias)) as reader:
        return [tuple(row) for row in reader.query(sql)]


def saved_by_a_spreadsheet(path: Path, edit: Callable[[Cells], None]) -> None:
    """Open a file as a German spreadsheet does, edit it, and save it as it does."""
    text = path.read_bytes().decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(text, newline="")))
    edit(cells)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(cells)
    path.write_bytes(file.getvalue().encode("utf-8-sig"))


def saved_in_another_program(path: Path, cells: Cells) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter="\t").writerows(cells)
    path.write_bytes(file.getvalue().encode("utf-16"))


def forget_the_dead() -> None:
    """Let an importer that was killed be silent for as long as it takes."""
    assert Reservation.objects.filter(run=None).update(until_ms=0) == 1


def place_of(cells: Cells, column: str) -> int:
    return cells[0].index(column)


CURRENCIES = "SELECT code, name, per_euro FROM bookshop_currency ORDER BY code"


@pytest.mark.parametrize("engine", ["postgresql", soaked("mariadb"), "sqlite"])
def test_corrections_come_back_from_a_spreadsheet(
    project: Project, tmp_path: Path, engine: str
) -> None:
    project.database(engine, "shop", filled=True)
    before = rows(project, "shop", CURRENCIES)
    out = tmp_path / "out"
    done = terminal.run("exportdata", "shop", str(out), "bookshop.Currency", "--sorted")
    assert done.code == 0, done.err
    assert f"bookshop.Currency: {len(before)} rows written" in done.out
    assert "without their functions" not in done.out
    path = out / "bookshop.Currency.csv"

    def edit(cells: Cells) -> None:
        rate = place_of(cells, "per_euro")
        for row in cells[1:]:
            # It drops the zeros behind and writes a comma.
            row[rate] = row[rate].rstrip("0").rstrip(".").replace(".", ",")
        cells[1][place_of(cells, "name")] = '=Köln; "crown"'
        cells[2][rate] = "1,25E+05"
        del cells[3]
        cells.append(["XXA", "A new one", "1,5"])
        cells.append(["XXA", "The same key", "2"])
        cells.append(["TOOLONG", "A long key", "2"])
        cells.append(["", "", ""])
        # The columns in another order.
        for row in cells:
            row.reverse()

    saved_by_a_spreadsheet(path, edit)
    command = ("importdata", str(out), "shop")
    seen = terminal.run(*command, "--preview")
    text = path.read_bytes().decode("utf-8-sig")
    double, long = (
        text[: text.index(word)].count("\n") + 1 for word in ("The same", "A long")
    )
    assert seen.code == 1, seen.out
    assert "bookshop.Currency.csv has been changed since the export." in seen.out
    assert "bookshop.Currency.csv, line 3, column per_euro: all digits" in seen.out
    assert f"bookshop.Currency.csv, line {double}" in seen.out
    is_cut = engine != "sqlite"
    assert (f"bookshop.Currency.csv, line {long}" in seen.out) is is_cut
    assert f"{1 if is_cut else 2} new, 1 changed" in seen.out
    assert "2 of the table are not in the file" in seen.out
    assert rows(project, "shop", CURRENCIES) == before
    refused = terminal.run(*command, "--empty", *HERE)
    assert refused.code == 1
    assert "Nothing was loaded" in refused.err
    assert rows(project, "shop", CURRENCIES) == before

    bad = {"The same key", "A long key"}
    cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    cells = [row for row in cells if not bad & set(row)]
    cells[2][place_of(cells, "per_euro")] = "125000"
    saved_in_another_program(path, cells)
    # The deleted row is one that books refer to.
    used = terminal.run(*command, "--empty", *HERE)
    assert used.code == 1, used.out
    assert rows(project, "shop", CURRENCIES) == before
    code, name, rate = map(str, before[2])
    cells.append([rate, name, code])
    saved_in_another_program(path, cells)
    done = terminal.run(*command, "--empty", *HERE)
    assert done.code == 0, done.err
    after = {row[0]: row[1:] for row in rows(project, "shop", CURRENCIES)}
    assert after.pop("XXA")[0] == "A new one"
    assert after[before[0][0]][0] == '=Köln; "crown"'
    assert float(str(after[before[1][0]][1])) == 125_000
    assert [(code, *after[code]) for code, *__ in before[2:]] == before[2:]


def test_only_the_good_lines_are_loaded_by_choice(
    project: Project, tmp_path: Path
) -> None:
    project.database("sqlite", "shop")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bookshop.currency.csv").write_bytes(
        b"per_euro;code;name\r\n1,5;AAA;One\r\nx;BBB;Two\r\n2;CCC;'=1+1\r\n3\r\n\r\n"
        b"4;AAA;Again\r\n"
    )
    aside = tmp_path / "refused.csv"
    done = terminal.run(
        *("importdata", str(tmp_path / "in"), "shop", *HERE),
        *("--only-good", str(aside)),
    )
    assert done.code == 0, done.err
    found = rows(project, "shop", CURRENCIES)
    assert [(code, name) for code, name, __ in found] == [
        ("AAA", "One"),
        ("CCC", "=1+1"),
    ]
    cells = list(csv.reader(aside.read_text("utf-8-sig").splitlines()))
    assert [row[1:3] for row in cells[1:]] == [["3", "per_euro"], ["5", ""], ["7", ""]]
    again = terminal.run("importdata", str(tmp_path / "in"), "shop", *HERE)
    assert again.code == 1
    assert "Two" not in again.out + again.err

    with connections["shop"].cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER louder AFTER UPDATE ON bookshop_currency BEGIN UPDATE "
            "bookshop_currency SET name = 'LOUD' WHERE code = 'CCC'; END"
        )
        cursor.execute(
            "CREATE TRIGGER counted AFTER INSERT ON bookshop_currency BEGIN SELECT 1; "
            "END"
        )
    (tmp_path / "in" / "bookshop.currency.csv").write_bytes(
        b"code,name,per_euro\nAAA,One more,1.5\n"
    )
    touched = terminal.run(
        "importdata", str(tmp_path / "in"), "shop", "--mode", "merge", *HERE
    )
    assert touched.code == 1
    assert "has triggers (counted)" in touched.out
    assert "does not hold what the file would have made of it" in touched.err
    assert rows(project, "shop", CURRENCIES) == found


UNREADABLE = [
    (b"", "not even a first line"),
    (b"code,name,per_euro,code\n", "is there twice"),
    (b"a,b\n", "no column of the table"),
    (b"code,name\nEUR,Euro\n", "column 'per_euro' is missing"),
    (b"code,name,per_euro,more\n", "has no column 'more'"),
    (b'code,name,per_euro\nEUR,"Euro,1\n', "line 2 on, a double quote"),
    (b"code,name,per_euro\nEUR,Eur\xff,1\n", "line 2: what stands there is no utf"),
    (b'code,name,per_euro\nEUR,"Eu"ro,1\n', "line 2: what stands there is no CSV"),
]


def test_a_file_that_cannot_be_read_is_refused_by_name(
    project: Project, tmp_path: Path
) -> None:
    project.database("sqlite", "shop")
    for octets, said in UNREADABLE:
        (tmp_path / "bookshop.Currency.csv").write_bytes(octets)
        done = terminal.run("importdata", str(tmp_path), "shop", *HERE)
        assert done.code == 1
        assert "bookshop.Currency.csv" in done.err
        assert said in done.err
    # A key of which nothing is left, and a long number that a spreadsheet has cut.
    (tmp_path / "bookshop.Currency.csv").write_bytes(
        b"code,name,per_euro\nNULL,One,1\nEUR,1.23457E+18,1\nUSD,'1.2E+18,1\n"
    )
    done = terminal.run("importdata", str(tmp_path), "shop", "--preview")
    assert "line 2, column code: a key is expected." in done.out
    assert "line 3, column name: all digits" in done.out
    assert "line 4" not in done.out
    assert rows(project, "shop", CURRENCIES) == []


def test_tables_that_have_rows_are_emptied_only_on_demand_and_references_hold(
    project: Project, tmp_path: Path
) -> None:
    project.database("sqlite", "shop", filled=True)
    path = tmp_path / "shop.zip"
    assert terminal.run("exportdata", "shop", str(path), "bookshop").code == 0
    before = rows(project, "shop", "SELECT count(*) FROM bookshop_book")
    full = terminal.run("importdata", str(path), "shop", "--no-preview", *HERE)
    assert full.code == 1
    assert "To replace their rows: --empty" in full.err
    no = terminal.run(
        "importdata", str(path), "shop", "--no-preview", "--empty", answer="other\n"
    )
    assert no.code == 1
    assert "Nothing was deleted" in no.err
    alone = terminal.run(
        *("importdata", str(path), "shop", "bookshop.Genre", "--empty"), *HERE
    )
    assert alone.code == 0, alone.err
    assert "0 new, 0 changed" in alone.out
    with oracle.reading(project.entry("shop")) as reader:
        assert reader.query("PRAGMA foreign_key_check") == []
    assert rows(project, "shop", "SELECT count(*) FROM bookshop_book") == before


def test_a_load_in_chunks_goes_on_where_it_was_killed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.database("postgresql", "old", filled=True)
    project.database("postgresql", "new")
    path = tmp_path / "out"
    models = ("bookshop.Book", "bookshop.Author", "bookshop.Genre", "bookshop.Currency")
    assert terminal.run("exportdata", "old", str(path), *models).code == 0
    command = ("importdata", str(path), "new", "--in-chunks", *HERE)
    kill = f"import chunk committed=kill:{tmp_path / 'once'}"
    killed = project.manage(*command, environment={ENVIRONMENT: kill})
    assert killed.returncode == -9
    left = "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%receipts_csv%'"
    assert rows(project, "new", left) == [(1,)]
    forget_the_dead()
    monkeypatch.setattr(loading, "CHUNK_OCTETS", 1)
    done = terminal.run(*command)
    assert done.code == 0, done.err
    assert rows(project, "new", left) == [(0,)]
    compared = terminal.run("verifydata", "old", "new", *models, "--lanes=1")
    assert compared.code == 0, compared.out


def test_an_export_that_is_killed_leaves_nothing_that_looks_complete(
    project: Project, tmp_path: Path
) -> None:
    project.database("sqlite", "shop", filled=True)
    place = tmp_path / "files"
    kill = f"table written=kill:{tmp_path / 'once'}"
    killed = project.manage(
        "exportdata", "shop", str(place / "out"), environment={ENVIRONMENT: kill}
    )
    assert killed.returncode == -9
    assert not (place / "out").exists()
    assert not list(place.rglob("manifest.json"))
    assert terminal.run("exportdata", "shop", str(place / "out")).code == 0
    told = json.loads((place / "out" / "manifest.json").read_bytes())
    assert {"utf-8-sig", "NULL"} <= {told["encoding"], told["null"]}


PAIRS = "SELECT book_id, genre_id FROM bookshop_book_genres ORDER BY 1, 2"


@pytest.mark.parametrize("engine", ["postgresql", soaked("mariadb"), soaked("sqlite")])
def test_a_merge_writes_what_was_foreseen_and_nothing_else(
    project: Project, tmp_path: Path, engine: str
) -> None:
    project.database(engine, "shop", filled=True)
    before, pairs = rows(project, "shop", CURRENCIES), rows(project, "shop", PAIRS)
    out = tmp_path / "out"
    models = ("bookshop.Currency", "bookshop.Book_genres")
    assert terminal.run("exportdata", "shop", str(out), *models, "--sorted").code == 0

    def edit(cells: Cells) -> None:
        cells[1][place_of(cells, "name")] = "Corrected"
        del cells[3:]
        cells.append(["XXA", "New", "1,5"])

    saved_by_a_spreadsheet(out / "bookshop.Currency.csv", edit)
    command = ("importdata", str(out), "shop", "--mode")
    no = terminal.run(*command, "merge", answer="n\n")
    assert (no.code, "Nothing was written" in no.err) == (1, True), no.out + no.err
    assert rows(project, "shop", CURRENCIES) == before
    kill = f"import merged=kill:{tmp_path / 'once'}"
    killed = project.manage(*command, "merge", *HERE, environment={ENVIRONMENT: kill})
    assert killed.returncode == -9
    assert rows(project, "shop", CURRENCIES) == before

    forget_the_dead()
    only = terminal.run(*command, "missing", *HERE, "--no-preview")
    assert only.code == 0, only.err
    assert rows(project, "shop", CURRENCIES)[:1] == before[:1]
    done = terminal.run(*command, "merge", *HERE)
    assert done.code == 0, done.err
    seen = "bookshop.Currency: 0 rows to be inserted, 1 updated, 2 left as they are"
    assert seen in done.out
    assert "bookshop.Currency: 0 rows inserted, 1 updated, as foreseen" in done.out
    after = rows(project, "shop", CURRENCIES)
    assert [row[1] for row in after if row[0] in ("XXA", before[0][0])] == [
        *(["Corrected", "New"] if before[0][0] < "XXA" else ["New", "Corrected"])
    ]
    assert [row for row in after if row in before] == before[1:]
    assert rows(project, "shop", PAIRS) == pairs
    again = terminal.run(*command, "merge", *HERE)
    assert "0 rows inserted, 0 updated" in again.out

    path = out / "bookshop.Currency.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1]]))
    doubled = terminal.run(*command, "merge", *HERE, "--no-preview")
    assert doubled.code == 1
    assert "bookshop.Currency.csv holds 1 keys more than once" in doubled.err
    assert rows(project, "shop", CURRENCIES) == after


def test_rows_that_a_copy_would_mask_are_said_not_to_be(
    project: Project, tmp_path: Path
) -> None:
    project.database("sqlite", "shop", filled=True)
    named = {"bookshop.Genre": "shop.masked", "bookshop.Author": "shop.masked"}
    with override_settings(MIGRATION_CONSOLE={"TRANSFORMS": named}):
        done = terminal.run("exportdata", "shop", str(tmp_path / "o"), "bookshop.Genre")
    assert done.code == 0, done.err
    assert "without their functions of TRANSFORMS: bookshop.Genre." in done.out
