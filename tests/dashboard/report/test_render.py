from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from dashboard import report
from dashboard.models import Event, LeftOut, SchemaObject
from dashboard.report.render import cell
from tests.dashboard.report.finished_run import finished
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

EVIL = "<img src=x onerror=alert(1)>"


def test_the_json_has_what_is_promised() -> None:
    run = finished()
    document = json.loads(report.as_json(report.build(run)))
    assert document["run"] == run.pk
    assert document["status"] == "succeeded"
    assert document["verdict"] == "verified"
    assert document["seconds"] == pytest.approx(90)
    assert document["rows"] == 1_020
    first = document["tables"][0]
    promised = {
        "model": "app.A",
        "table": "app_a",
        "source_rows": 1_000,
        "destination_rows": 1_000,
        "rows_copied": 1_000,
        "verdict": "verified",
        "route": "text",
        "seconds": 1.5,
        "error": "",
    }
    assert promised.items() <= first.items()
    assert document["events"][0]["actor"] == "maria"
    assert document["options"]["verify"] == "full"
    assert document["started_by"] == "maria"


def test_what_took_no_part_is_in_every_file_with_its_rows() -> None:
    run = finished()
    LeftOut.objects.create(
        run=run, table="legacy", reason="unowned", why="Choose it.", source_rows=7
    )
    LeftOut.objects.create(run=run, model="app.Z", table="app_z", reason="excluded")
    built = report.build(run)
    legacy, model = json.loads(report.as_json(built))["left_out"]
    assert (legacy["table"], legacy["reason"]) == ("legacy", "unowned")
    assert (legacy["source_rows"], legacy["destination_rows"]) == (7, None)
    assert model["model"] == "app.Z"
    *tables, first, second = csv.DictReader(io.StringIO(report.as_csv(built)))
    assert not any(line["left_out"] for line in tables)
    assert (first["table"], first["source_rows"]) == ("legacy", "7")
    assert first["left_out"] == "No model owns it. Choose it."
    assert (second["model"], second["verdict"]) == ("app.Z", "")
    page = report.as_html(built)
    assert "What took no part" in page
    assert "No model owns it. <span" in page and "legacy" in page


def test_what_was_not_compared_has_no_verdict() -> None:
    run = make_run(status="succeeded", verify="none")
    make_table(run, rows_copied=5, state="copied")
    document = json.loads(report.as_json(report.build(run)))
    assert document["verdict"] is None
    assert document["tables"][0]["verdict"] is None
    assert "Nothing is verified" in document["headline"]


def test_what_is_not_as_before_is_named_in_every_file_type_that_has_room() -> None:
    run = finished()
    SchemaObject.objects.create(
        run=run, object_type="foreign key", name="app_a_b_fk", state="not valid"
    )
    SchemaObject.objects.create(
        run=run, object_type="index", name="app_a_fine", state="restored"
    )
    built = report.build(run)
    document = json.loads(report.as_json(built))
    assert [line["name"] for line in document["schema_not_as_before"]] == ["app_a_b_fk"]
    assert "app_a_b_fk" in report.as_html(built)
    assert "app_a_fine" not in report.as_html(built)


def test_the_html_needs_no_other_file() -> None:
    page = report.as_html(report.build(finished()))
    assert "<style>" in page
    assert "src=" not in page
    assert "<link" not in page
    assert "url(" not in page
    assert "<script" not in page
    assert "://" not in page


def test_names_and_errors_are_text() -> None:
    run = finished(error=EVIL, source=EVIL, status="failed")
    table = run.tables.all()[0]
    table.model, table.error, table.verdict_reason = EVIL, EVIL, EVIL
    table.save()
    Event.objects.create(run=run, actor=EVIL, status="failed", message=EVIL)
    page = report.as_html(report.build(run))
    assert "<img" not in page
    assert "&lt;img" in page


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\tplain", "'\tplain"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("", ""),
        (-5, -5),
        (-1.5, -1.5),
        (None, ""),
    ],
)
def test_no_cell_is_a_formula(value: object, safe: object) -> None:
    assert cell(value) == safe


def test_the_csv_has_a_line_per_table() -> None:
    run = finished(source="=cmd")
    table = run.tables.all()[1]
    table.error = '=HYPERLINK("x")'
    table.save()
    text = report.as_csv(report.build(run))
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["model"] for line in lines] == ["app.A", "app.B"]
    assert lines[0]["source"] == "'=cmd"
    assert lines[0]["source_rows"] == "1000"
    assert lines[1]["error"] == '\'=HYPERLINK("x")'
    assert text.startswith('"run",')


@pytest.mark.parametrize(
    ("name", "start"), [("r.html", "<!DOCTYPE html>"), ("r.json", "{"), ("R.CSV", '"')]
)
def test_the_suffix_chooses_the_file_type(
    tmp_path: Path, name: str, start: str
) -> None:
    path = tmp_path / name
    report.write(report.build(finished()), path)
    assert path.read_text(encoding="utf-8").lstrip().startswith(start)


@pytest.mark.parametrize("name", ["report", "report.pdf", ".html.txt"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    built = report.build(finished())
    with pytest.raises(report.UnknownFileTypeError, match=r"\.html, \.json, \.csv"):
        report.write(built, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_does_not_exist_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no directory"):
        report.check_path(tmp_path / "nowhere" / "report.html")
    (tmp_path / "pages.html").mkdir()
    with pytest.raises(IsADirectoryError, match="is a directory"):
        report.check_path(tmp_path / "pages.html")


def test_every_file_type_has_its_media_type() -> None:
    built = report.build(finished())
    found = {name: report.render(built, name)[1] for name in report.FILE_TYPES}
    assert found == {
        "html": "text/html; charset=utf-8",
        "json": "application/json",
        "csv": "text/csv; charset=utf-8",
    }


def test_a_file_type_that_does_not_exist_is_refused() -> None:
    with pytest.raises(report.UnknownFileTypeError):
        report.render(report.build(finished()), "pdf")


def test_the_json_has_the_words_of_the_models() -> None:
    run = finished(
        mode="compare", empty_first=True, lane_count=3, rows_per_second=4_500
    )
    assert "<dd>4,500</dd>" in report.as_html(report.build(run))
    document = json.loads(report.as_json(report.build(run)))
    assert document["mode"] == "compare"
    assert document["options"] == {
        "labels": [],
        "excluded": [],
        "modes": {},
        "changes": {},
        "transforms": {},
        "filters": {},
        "newer": {},
        "with_parents": False,
        "empty_first": True,
        "verify": "full",
        "on_bad_rows": "stop",
        "triggers": "keep",
        "lane_count": 3,
        "rows_per_second": 4_500,
        "chunk_rows": None,
    }
