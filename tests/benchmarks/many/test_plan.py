from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.many import plan
from benchmarks.shapes import SHAPES

BASE_DIR = Path(__file__).resolve().parents[3]
MANY = SHAPES["many"]
COLUMNS = """
import django
django.setup()
from django.apps import apps
for model in apps.get_app_config("many").get_models():
    print(model._meta.db_table, *(one.column for one in model._meta.local_fields))
"""


def test_a_thousand_tables_hold_about_forty_thousand_rows() -> None:
    rows = [spec.rows for spec in plan.specs()]
    assert len(rows) == 1_000
    assert 35_000 < sum(rows) < 45_000
    assert (min(rows), max(rows)) == (0, plan.MOST_ROWS)


def test_every_reference_is_to_a_row_of_an_earlier_table() -> None:
    for size in ("quick", "standard", "sample"):
        shape = MANY.sized("quick") if size == "quick" else MANY
        counts = shape.counts[size]
        for spec in plan.specs(len(shape.tables)):
            assert all(parent < spec.number for parent in spec.parents)
            values = [line.split("\t") for line in plan.lines(spec, counts)]
            assert len(values) == counts[spec.table]
            for n, parent in enumerate(spec.parents):
                referred = {row[2 + n] for row in values} - {"\\N"}
                existing = range(1, counts[f"many_part{parent:04d}"] + 1)
                assert {int(one) for one in referred} <= set(existing)


def test_the_models_have_the_columns_of_the_plan_in_its_order() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLUMNS],
        cwd=BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            plan.TABLES_VARIABLE: "100",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    planned = [" ".join([one.table, *one.columns]) for one in plan.specs(100)]
    assert done.stdout.splitlines() == planned
