"""What the operator has changed arrives changed, is proved, and nothing else is.

What is expected is made in Python of the values that were put in.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.transfer.backends.base import Session
from dashboard.transfer.backends.changed_rows import count_rows
from dashboard.transfer.changes import parsed
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import compare
from dashboard.transfer.copy import move
from dashboard.transfer.errors import TransferError
from dashboard.transfer.keys import EVERYTHING, KeyRange
from dashboard.transfer.plan import TablePlan
from tests.dashboard.transfer.change_cases import (
    CASES,
    Case,
    expected,
    plain,
    plain_source,
    put_in,
    unchanged,
    without_nul,
)
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePairs,
    Field,
    make_plan,
    types,
)
from tests.project import soaked
from tests.servers import fresh_name

# COPY, CSV, and rows.
USUAL = [
    ("postgresql", "mysql_infile"),
    ("mariadb", "postgresql"),
    ("sqlite", "sqlite"),
]
DIRECTIONS = [
    (of, to) if (of, to) in USUAL else soaked(of, to)
    for of in ("postgresql", "mariadb", "mysql", "sqlite")
    for to in ("postgresql", "mysql_infile", "sqlite")
]


def moved(source: Session, destination: Session, plan: TablePlan) -> int:
    with destination.transaction():
        return move(source, destination, plan).rows


@pytest.mark.parametrize(("of", "to"), DIRECTIONS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.change)
def test_a_change_is_made_counted_and_proved(
    pairs: DatabasePairs, case: Case, of: str, to: str
) -> None:
    pair, values = pairs.pair(of, to), case.of(of)
    plan = put_in(pair, case, values)
    everything = [expected(case, value) for value in [*values, None]]
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        assert moved(old, new, plan) == len(everything)
        rows = pair[1].read(f"SELECT id, cell, beside FROM {plan.table} ORDER BY id")
        # Not by assert, which would print megabytes.
        assert [
            number
            for number, cell, beside in rows
            if plain(case, cell) != everything[number] or beside != "beside"
        ] == []
        found = compare(old, new, plan)
        assert found.is_equal, (found.differences, found.unverifiable)
        put = [None if v is None else plain_source(case, v) for v in [*values, None]]
        differ = [a != b for a, b in zip(put, everything, strict=True)]
        assert old.comparer.count_changed(plan, EVERYTHING) == {"cell": sum(differ)}
        # Whatever is altered afterwards is found, changed or not.
        for number in (0, len(values) - 1):
            pair[1].run(f"UPDATE {plan.table} SET beside = 'x' WHERE id = {number}")
        found = compare(old, new, plan)
        assert found.differences_count == 2
        # A change that is not made is seen.
        assert not compare(old, new, unchanged(plan)).is_equal


@pytest.mark.parametrize(
    ("change", "of", "to"),
    [
        ("strip-nul", "mariadb", "postgresql"),
        ("decode-cp1252", "sqlite", "postgresql"),
        ("cut:3", "postgresql", "mysql_infile"),
        ("zero-date-to-null", "mariadb", "postgresql"),
        ("nonzero-to-true", "mariadb", "postgresql"),
        ("round:2", "sqlite", "postgresql"),
    ],
)
def test_without_the_choice_nothing_passes_for_a_copy(
    pairs: DatabasePairs, change: str, of: str, to: str
) -> None:
    pair = pairs.pair(of, to)
    case = next(case for case in CASES if case.change == change)
    plan = unchanged(put_in(pair, case, case.of(of)))
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        try:
            moved(old, new, plan)
            found = compare(old, new, plan)
        except TransferError:
            return
        assert not found.is_equal


TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]) | st.just("\0"), max_size=9),
    min_size=1,
    max_size=20,
)


@pytest.mark.parametrize(
    ("of", "to"),
    [("mariadb", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "mysql_infile")],
)
@pytest.mark.parametrize("change", ["strip-nul", "replace-nul:☃", "cut:3"])
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_text(
    pairs: DatabasePairs, change: str, of: str, to: str, data: st.DataObject
) -> None:
    case = next(case for case in CASES if case.change.partition(":")[0] in change)
    become = without_nul("☃") if "☃" in change else case.become
    case = replace(case, change=change, become=become)
    values = data.draw(TEXTS)
    if change == "cut:3":
        values = [value.replace("\0", "") for value in values]
    pair = pairs.pair(of, to)
    plan = put_in(pair, case, values)
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        moved(old, new, plan)
        rows = pair[1].read(f"SELECT cell FROM {plan.table} ORDER BY id")
        found = [plain(case, cell) for (cell,) in rows]
        assert found == [*(case.become(value) for value in values), None]
        assert compare(old, new, plan).is_equal


@pytest.mark.parametrize(
    ("of", "to"),
    [
        ("postgresql", "mysql_infile"),
        ("mariadb", "postgresql"),
        ("sqlite", "sqlite"),
        soaked("mysql", "sqlite"),
    ],
)
@pytest.mark.parametrize("change", ["orphan-to-null", "skip-orphans"])
def test_orphans(pairs: DatabasePairs, change: str, of: str, to: str) -> None:
    pair = pairs.pair(of, to)
    parent, table = fresh_name("parent"), fresh_name("child")
    refers = Field("id_of", ColumnKind.INTEGER, types("bigint"))
    pair[0].create(parent, [ID])
    for side in pair:
        side.create(table, [ID, refers])
    pair[0].run(f"INSERT INTO {parent} VALUES (1), (2)")
    # The number of an orphan is that of a row of its own table.
    pair[0].run(f"INSERT INTO {table} VALUES (1, 1), (2, NULL), (3, 3), (4, 2), (5, 9)")
    plan = make_plan(pair, table, [ID, refers])
    named = replace(parsed(change), table=parent, column="id")
    ours = replace(plan.columns[1], change=named)
    plan = replace(plan, columns=(plan.columns[0], ours))
    kept = [(1, 1), (2, None), (4, 2)]
    nulled = [(1, 1), (2, None), (3, None), (4, 2), (5, None)]
    arrived = kept if change == "skip-orphans" else nulled
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        assert moved(old, new, plan) == len(arrived) == count_rows(old, plan)
        assert pair[1].read(f"SELECT * FROM {table} ORDER BY id") == arrived
        assert compare(old, new, plan).is_equal
        count = old.comparer.count_changed
        assert count(plan, EVERYTHING) == {"id_of": 2}
        assert count(plan, KeyRange((3,), (5,))) == {"id_of": 1}
        pair[1].run(f"INSERT INTO {table} VALUES (6, NULL)")
        (found,) = compare(old, new, plan).differences
        assert found.key == ("6",)
