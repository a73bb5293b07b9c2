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
from dashboard.transfer.compare import compare, counts
from dashboard.transfer.copy import move
from dashboard.transfer.errors import TransferError
from dashboard.transfer.keys import EVERYTHING, KeyRange
from dashboard.transfer.plan import SourceColumn, TablePlan
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
    DatabasePair,
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


ROWS = 12_000


def renamed_plan(
    pair: DatabasePair, change: str, *, has_key: bool = True, rows: int = ROWS
) -> TablePlan:
    """Put in rows by other names, of which only the first three are no orphans.

    What the plan calls ``id_of`` is ``id`` in the source, and ``mark`` is filled.
    """
    parent, table, old = (fresh_name(name) for name in ("parent", "child", "old"))
    refers = Field("id_of", ColumnKind.INTEGER, types("bigint"))
    mark = Field("mark", ColumnKind.TEXT, types("varchar(9)"))
    pair[0].create(parent, [ID])
    for side in pair:
        side.create(table, [ID, refers, mark])
    # Only this makes a column of SQLite's the row's number.
    number = "integer" if pair[0].vendor == "sqlite" else "bigint"
    key = " PRIMARY KEY" if has_key else ""
    pair[0].run(f"CREATE TABLE {old} (nr {number} NOT NULL{key}, id bigint)")
    pair[0].run(f"INSERT INTO {parent} VALUES (1), (2), (3)")
    values = ", ".join(f"({n}, {n})" for n in range(1, rows + 1))
    pair[0].run(f"INSERT INTO {old} VALUES {values}")
    plan = make_plan(pair, table, [ID, refers, mark])
    named = replace(parsed(change), table=parent, column="id")
    first, second, third = plan.columns
    return replace(
        plan,
        columns=(first, replace(second, change=named), third),
        table_in_source=old,
        source_columns=(
            SourceColumn("id", "nr", ColumnKind.INTEGER),
            SourceColumn("id_of", "id", ColumnKind.INTEGER),
            SourceColumn("mark", "", ColumnKind.TEXT, "100%"),
        ),
        key=("id",) if has_key else (),
        is_divisible=has_key,
    )


@pytest.mark.parametrize("has_key", [True, False])
@pytest.mark.parametrize("change", ["orphan-to-null", "skip-orphans"])
@pytest.mark.parametrize("of", ["postgresql", "mariadb", "sqlite", soaked("mysql")])
def test_orphans_under_other_names(
    pairs: DatabasePairs, of: str, change: str, has_key: bool
) -> None:
    pair = pairs.pair(of, "sqlite")
    plan = renamed_plan(pair, change, has_key=has_key)
    nulled = [(n, n if n < 4 else None, "100%") for n in range(1, ROWS + 1)]
    arrived = nulled[:3] if change == "skip-orphans" else nulled
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        assert moved(old, new, plan) == len(arrived) == count_rows(old, plan)
        # Not by assert, which would print them all.
        assert (pair[1].read(f"SELECT * FROM {plan.table}") == arrived) is True
        assert compare(old, new, plan).is_equal
        assert counts(old, new, plan).is_equal
        count = old.comparer.count_changed
        assert count(plan, EVERYTHING) == {"id_of": ROWS - 3}
        if has_key:
            assert count(plan, KeyRange((2,), (11_000,))) == {"id_of": 11_000 - 3}


@pytest.mark.parametrize("change", ["orphan-to-null", "skip-orphans"])
@pytest.mark.parametrize("of", [soaked("mariadb"), "mysql"])
def test_a_range_of_changed_rows_is_found_without_reading_the_others(
    pairs: DatabasePairs, of: str, change: str
) -> None:
    pair = pairs.pair(of, "sqlite")
    plan = renamed_plan(pair, change)
    with pair[0].session() as old:
        pair[0].run(
            f"INSERT INTO {_parent(plan)} SELECT nr + 3 FROM {plan.source_table}"
        )

        def read() -> int:
            found = old.query("SHOW SESSION STATUS LIKE 'Handler_read%%'")
            return sum(int(value) for _, value in found)

        before = read()
        assert old.reader.upper_bound(plan, (5_000,), 100) == (5_100,)
        assert read() - before < 1_000


def _parent(plan: TablePlan) -> str:
    (changed,) = plan.changed
    return changed.change.table
