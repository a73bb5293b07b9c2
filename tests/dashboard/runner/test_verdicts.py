"""From comparisons to the verdict of a table and of a run."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import Difference, MigrationRun, Step, TableCopy
from dashboard.runner.verdicts import conclude, forget_comparison
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def result(source: int, destination: int, differences: int = 0, why: str = "") -> Any:
    return {
        "source_rows": source,
        "destination_rows": destination,
        "differences": differences,
        "unverifiable": why,
    }


def compared(run: MigrationRun, model: str, *results: Any, **fields: Any) -> TableCopy:
    table = make_table(run, model)
    for payload in results:
        Step.objects.create(
            **{
                "run": run,
                "table": table,
                "phase": "verifying",
                "action": "compare",
                "state": "done",
                "payload": payload,
                **fields,
            }
        )
    return table


def verdict(*results: Any, **fields: Any) -> tuple[str, TableCopy]:
    run = make_run(**fields)
    table = compared(run, "app.Model", *results)
    said = conclude(run)
    table.refresh_from_db()
    assert table.verdict == said
    return said, table


def test_equal_rows_of_all_ranges_verify_a_table() -> None:
    said, table = verdict(result(3, 3), result(4, 4))
    assert said == "verified"
    assert (table.source_rows, table.destination_rows) == (7, 7)
    assert (table.differences_count, table.verdict_reason) == (0, "")


@pytest.mark.parametrize(
    "results",
    [
        [result(3, 3, 1)],
        [result(3, 3), result(4, 4, 2)],
        [result(3, 4)],
        [result(4, 3)],
        # What cannot be compared excuses nothing.
        [result(3, 4, 0, "no common text")],
        [result(3, 3, 1, "no common text")],
    ],
)
def test_any_difference_is_a_mismatch(results: list[Any]) -> None:
    said, table = verdict(*results)
    assert said == "mismatched"
    assert table.differences_count == sum(one["differences"] for one in results)


def test_ranges_that_make_up_for_each_other_are_as_many_rows() -> None:
    """A row that moved from one range to another is found as a difference."""
    assert verdict(result(3, 4, 1), result(4, 3, 1))[0] == "mismatched"
    assert verdict(result(3, 4), result(4, 3))[0] == "verified"


def test_one_range_that_cannot_be_compared_is_enough() -> None:
    said, table = verdict(result(3, 3), result(4, 4, 0, "no " * 400))
    assert said == "not verifiable"
    assert table.verdict_reason == ("no " * 400)[:500]


def test_a_column_that_cannot_be_compared_is_named() -> None:
    one = {**result(3, 3), "uncompared": "Column 'a' cannot be compared."}
    said, table = verdict(one, {**one, "uncompared": ""})
    assert (said, table.verdict_reason) == ("partly verified", one["uncompared"])
    assert verdict(one, result(1, 1, 0, "no key"))[0] == "not verifiable"
    assert verdict({**one, "differences": 1})[0] == "mismatched"


def test_counts_prove_no_value() -> None:
    said, table = verdict(result(3, 3), verify="counts")
    assert (said, table.verdict_reason) == ("counted", "")
    assert verdict(result(3, 2), verify="counts")[0] == "mismatched"


def test_what_was_not_compared_has_no_verdict() -> None:
    assert verdict()[0] == ""
    run = make_run()
    for state in ("waiting", "claimed", "failed"):
        compared(run, f"app.{state}", result(3, 3), state=state)
    assert conclude(run) == ""
    assert conclude(make_run()) == ""


@pytest.mark.parametrize(
    ("tables", "overall"),
    [
        (["verified", "verified"], "verified"),
        (["verified", ""], ""),
        (["verified", "not verifiable"], "not verifiable"),
        (["verified", "partly verified"], "partly verified"),
        (["partly verified", "not verifiable"], "not verifiable"),
        (["counted", "counted"], "counted"),
        (["counted", ""], ""),
        (["", "not verifiable"], "not verifiable"),
        (["not verifiable", "mismatched", "", "verified"], "mismatched"),
        ([], ""),
    ],
)
def test_the_worst_table_decides(tables: list[str], overall: str) -> None:
    run = make_run()
    for number, said in enumerate(tables):
        make_table(run, f"app.Model{number}", verdict=said)
    assert conclude(run) == overall


def test_an_earlier_comparison_is_forgotten() -> None:
    run, other = make_run(), make_run()
    for one in (run, other):
        table = compared(one, "app.Model", result(3, 4, 1))
        conclude(one)
        TableCopy.objects.filter(pk=table.pk).update(rows_compared=4, verify_seconds=2)
        Difference.objects.create(table=table, problem="extra", key=[4])
    forget_comparison(run)
    table, kept = run.tables.get(), other.tables.get()
    assert (table.verdict, table.differences_count) == ("", 0)
    assert (table.source_rows, table.destination_rows) == (None, None)
    assert (table.rows_compared, table.verify_seconds) == (0, 0)
    assert not table.differences.exists()
    assert (kept.verdict, kept.differences.count()) == ("mismatched", 1)
