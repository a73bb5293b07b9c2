"""What has changed about a table is named, on every engine."""

from __future__ import annotations

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.errors import ShapeChanged
from dashboard.transfer.plan import TablePlan
from dashboard.transfer.shape import shape_of
from dashboard.transfer.shape_proof import prove_all, prove_shapes
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import VENDORS, Project
from tests.servers import real
from tests.statements import counted

MAKE = "CREATE TABLE t (a int NOT NULL PRIMARY KEY, b varchar(20) NOT NULL, c int)"
# Statements, and what is said then; SQLite changes no column that is there.
CHANGES = {
    "ALTER TABLE t ADD COLUMN d int": r"column 'd' \(int.*\) was added",
    "ALTER TABLE t DROP COLUMN c": r"column 'c' \(int.*\) is gone",
    "ALTER TABLE t RENAME COLUMN c TO d": "'c' .* gone; .* 'd' .* added",
    "DROP TABLE t": "it is gone",
}
OTHERS = {
    "postgresql": {
        "ALTER TABLE t ALTER COLUMN b TYPE varchar(40)": "was .*20.* and is .*40",
        "ALTER TABLE t ALTER COLUMN b DROP NOT NULL": "column 'b' was .* and is",
        "ALTER TABLE t DROP CONSTRAINT t_pkey": r"its key was \(a\) and is \(\)",
    },
    "mysql": {
        "ALTER TABLE t MODIFY c int unsigned": "'c' was int.* and is .*unsigned",
        "ALTER TABLE t MODIFY b varchar(20) COLLATE utf8mb4_bin NOT NULL": "is .*_bin",
        "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (b)": r"\(a\) and is \(b\)",
    },
}
OTHERS["mariadb"] = OTHERS["mysql"]
CASES = [
    *((vendor, *change) for vendor in VENDORS for change in CHANGES.items()),
    *((vendor, *one) for vendor, found in OTHERS.items() for one in found.items()),
]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_change_is_named(project: Project, vendor: str) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    session = side.session()
    for engine, statement, told in CASES:
        if engine != vendor:
            continue
        side.run("DROP TABLE IF EXISTS t")
        side.run(MAKE)
        table = session.catalog.table("t")
        assert table is not None
        shape = shape_of(table, folds=session.catalog.folds_columns)
        plan = TablePlan("t", "t", (), ("a",), source_shape=shape)
        plan = TablePlan.from_json(plan.to_json())
        prove_shapes(session, session, plan)
        side.run("CREATE INDEX i ON t (c)")
        prove_shapes(session, session, plan)
        side.run("DROP TABLE t")
        side.run(MAKE)
        side.run(statement)
        with pytest.raises(ShapeChanged, match=told) as changed:
            prove_shapes(session, session, plan)
        assert changed.value.message.startswith(
            f"Table 't' of '{session.database.alias}' has changed since it was checked"
        )
    session.close()


FORMS = (
    "(a int NOT NULL PRIMARY KEY, b varchar(20) NOT NULL, c decimal(9, 2) DEFAULT 7)",
    "(b varchar(20) NOT NULL, a int NOT NULL, UNIQUE (b), PRIMARY KEY (a, b))",
    "(a int)",
)


@pytest.mark.parametrize("vendor", VENDORS)
def test_many_tables_are_looked_at_as_one_by_one(project: Project, vendor: str) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    names = [f"t{number}" for number in range(40)]
    names.append("odd 'name' \"x\" `y` %")
    for number, name in enumerate(names):
        form = FORMS[number % len(FORMS)]
        side.run(f"CREATE TABLE {side.quote(name)} {form}")
    side.run("CREATE VIEW seen AS SELECT a FROM t0")
    asked = [*names, "seen", "T1", "not there"]
    with side.session() as session:
        catalog = session.catalog
        alone = {name: catalog.table(name) for name in asked}
        together = catalog.tables(asked)
        assert together == {name: one for name, one in alone.items() if one}
        assert {*names, "seen"} <= set(together) and "not there" not in together
        assert catalog.tables([]) == {}
        plans = [_planned(session, name) for name in names]
        costs = []
        for number in (10, 40):
            with counted() as calls:
                prove_all(session, session, plans[:number])
            costs.append(calls.total())
        assert costs[0] == costs[1] <= 6
        side.run("ALTER TABLE t27 ADD COLUMN d int")
        side.run("DROP TABLE t33")
        prove_all(session, session, plans[:27])
        with pytest.raises(ShapeChanged, match="'t27' .* column 'd' .* was added"):
            prove_all(session, session, plans)
        with pytest.raises(ShapeChanged, match="'t33' .* it is gone"):
            prove_all(session, session, plans[30:])


def _planned(session: Session, name: str) -> TablePlan:
    table = session.catalog.table(name)
    assert table is not None
    shape = shape_of(table, folds=session.catalog.folds_columns)
    shapes = {"source_shape": shape, "destination_shape": shape}
    return TablePlan("t", name, (), table.key, **shapes)
