from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard import report
from dashboard.models import Difference, Event, MigrationRun, SchemaObject
from dashboard.report.render import cell
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

EVIL = "<img src=x onerror=alert(1)>"


def finished(**fields: object) -> MigrationRun:
    started = timezone.now() - timedelta(hours=1)
    values = {
        "status": "succeeded",
        "phase": "verifying",
        "verdict": "verified",
        "started_at": started,
        "finished_at": started + timedelta(seconds=90),
        **fields,
    }
    run = make_run(**values)
    for model, rows in (("app.A", 1_000), ("app.B", 20)):
        make_table(
            run,
            model,
            rows_total=rows,
            rows_copied=rows,
            rows_compared=rows,
            source_rows=rows,
            destination_rows=rows,
            state="copied",
            verdict="verified",
            copy_seconds=1.5,
        )
    Event.objects.create(run=run, actor="maria", status="running", message="Started.")
    return run


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


def test_what_was_not_compared_has_no_verdict() -> None:
    run = make_run(status="succeeded", verify="none")
    make_table(run, rows_copied=5, state="copied")
    document = json.loads(report.as_json(report.build(run)))
    assert document["verdict"] is None
    assert document["tables"][0]["verdict"] is None
    assert "nothing is proved" in document["headline"]


def test_a_comparison_counts_what_was_compared() -> None:
    run = make_run(mode="compare", status="succeeded", verdict="verified")
    make_table(run, rows_compared=7, verdict="verified", source_rows=7)
    assert report.build(run).rows == 7


def test_the_headline_says_what_is_proved() -> None:
    assert (
        "Every row and every column of all 2 tables"
        in report.build(finished()).headline
    )
    counted = report.build(finished(verify="counts"))
    assert "Values were not compared" in counted.headline
    running = report.build(make_run())
    assert "intermediate state" in running.headline


def test_differences_have_keys_and_columns_and_no_values() -> None:
    run = finished(status="failed", verdict="mismatched")
    table = run.tables.all()[0]
    table.verdict, table.differences_count = "mismatched", 2
    table.save()
    Difference.objects.create(
        table=table, problem="differs", key=["a", 7], columns=["price"]
    )
    Difference.objects.create(table=table, problem="missing", key=["b", 8])
    document = json.loads(report.as_json(report.build(run)))
    assert document["tables"][0]["differences"][0] == {
        "kind": "differs",
        "label": "Differs",
        "key": "a, 7",
        "columns": ["price"],
    }
    page = report.as_html(report.build(run))
    assert "Rows of app.A that differ" in page
    assert "a, 7" in page
    assert "1 of 2 tables is not the same on both sides." in page


def test_what_is_not_as_before_is_named_in_every_form_that_has_room() -> None:
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
def test_the_suffix_chooses_the_form(tmp_path: Path, name: str, start: str) -> None:
    path = tmp_path / name
    report.write(report.build(finished()), path)
    assert path.read_text(encoding="utf-8").lstrip().startswith(start)


@pytest.mark.parametrize("name", ["report", "report.pdf", ".html.txt"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    built = report.build(finished())
    with pytest.raises(report.UnknownFormError, match=r"\.html, \.json, \.csv"):
        report.write(built, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_does_not_exist_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no directory"):
        report.check_path(tmp_path / "nowhere" / "report.html")


def test_the_number_of_queries_is_the_same_for_every_size() -> None:
    small, large = finished(), make_run(status="succeeded")
    for number in range(60):
        table = make_table(large, f"app.M{number}")
        Difference.objects.create(table=table, problem="missing", key=number)
    counts = []
    for run in (small, large):
        with CaptureQueriesContext(connection) as queries:
            report.build(run)
        counts.append(len(queries))
    assert counts[0] == counts[1]
