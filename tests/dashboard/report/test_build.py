from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard import report
from dashboard.models import Difference
from tests.dashboard.report.finished_run import finished
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def test_a_comparison_counts_what_was_compared() -> None:
    run = make_run(mode="compare", status="succeeded", verdict="verified")
    make_table(run, rows_compared=7, verdict="verified", source_rows=7)
    assert report.build(run).rows == 7


def test_the_headline_says_what_is_proved() -> None:
    assert (
        "Every row and every column of all 2 tables"
        in report.build(finished()).headline
    )
    counted = report.build(finished(verify="counts", verdict="counted"))
    assert "values were not compared" in counted.headline
    partly = report.build(finished(verdict="partly verified"))
    assert "but for columns" in partly.headline
    running = report.build(make_run())
    assert "has not finished (running)" in running.headline


def test_a_filter_is_said_wherever_every_row_is() -> None:
    run = finished()
    assert "asked for" not in report.build(run).headline
    rows = {"rows": {"said": ["placed__gte=2024-01-01"], "index": ""}}
    run.tables.filter(model="app.A").update(foreseen=rows)
    built = report.build(run)
    assert "Of 1 table only the rows that were asked for took part." in built.headline
    assert "placed__gte=2024-01-01" in report.as_html(built)


def test_the_method_speaks_of_the_tables_that_were_read() -> None:
    whole = report.build(finished()).method
    assert whole.startswith("Every row of each table was read")
    run = finished(status="cancelled", verdict="")
    run.tables.filter(model="app.A").update(verdict="")
    part = report.build(run).method
    assert part.startswith("This is about 1 of 2 tables; the others were not compared")
    run.tables.update(verdict="")
    assert report.build(run).method == "No table has been compared."


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
        "problem": "differs",
        "label": "Differs",
        "key": "a, 7",
        "columns": ["price"],
    }
    page = report.as_html(report.build(run))
    assert "Differing rows of app.A" in page
    assert "a, 7" in page
    assert "1 of 2 tables is mismatched: it is not the same on both sides." in page


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


def test_a_run_that_compared_nothing_does_not_say_that_it_did() -> None:
    run = make_run(status="failed", error="It broke.")
    make_table(run, rows_copied=5, state="copied")
    built = report.build(run)
    assert built.method == "No table has been compared."
    assert built.headline == "The run failed before its tables were compared."
    assert "Every row" in report.build(finished()).method
