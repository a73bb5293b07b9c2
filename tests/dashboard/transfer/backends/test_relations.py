"""Everything that can be selected from is named, with what it is and how large."""

from __future__ import annotations

import pytest

from dashboard.transfer.backends.catalog import Size
from dashboard.transfer.relations import RelationKind
from tests.dashboard.transfer.every_kind import DatabasePairs
from tests.project import VENDORS


@pytest.mark.parametrize("vendor", VENDORS)
def test_tables_and_views_of_every_engine(pairs: DatabasePairs, vendor: str) -> None:
    side = pairs.get(vendor, "old")
    side.run("CREATE TABLE rel_filled (id int PRIMARY KEY)")
    side.run("INSERT INTO rel_filled VALUES (1), (2), (3)")
    side.run("CREATE TABLE rel_empty (id int PRIMARY KEY)")
    side.run("CREATE VIEW rel_view AS SELECT id FROM rel_filled")
    with side.session() as session:
        found = {r.name: r for r in session.catalog.relations()}
        names = {name for name in found if name.startswith("rel_")}
        assert names == {"rel_filled", "rel_empty", "rel_view"}
        assert found["rel_view"].kind is RelationKind.VIEW
        assert found["rel_filled"].kind is RelationKind.TABLE
        sizes = session.catalog.sizes([found[name] for name in names])
        assert set(sizes) == {"rel_filled", "rel_empty"}
        assert [(s.rows, s.exact) for _, s in sorted(sizes.items())] == [
            (0, True),
            (3, True),
        ]
        assert session.catalog.table("rel_nosuch") is None


def test_what_the_account_may_not_count_is_estimated(pairs: DatabasePairs) -> None:
    side = pairs.get("postgresql", "old")
    for name in ("mine", "secret"):
        side.run(f"CREATE TABLE {name} (id int PRIMARY KEY)")
        side.run(f"INSERT INTO {name} VALUES (1), (2)")
    side.run("CREATE ROLE curious")
    side.run("GRANT SELECT ON mine TO curious")
    with side.session() as session:
        session.execute("SET ROLE curious")
        found = [r for r in session.catalog.relations() if r.name in ("mine", "secret")]
        sizes = session.catalog.sizes(found)
    assert (sizes["mine"].rows, sizes["mine"].exact) == (2, True)
    assert not sizes["secret"].exact
    side.run("DROP OWNED BY curious")
    side.run("DROP ROLE curious")


STATEMENTS = (
    'CREATE SCHEMA "Odd ""one"" %%"',
    'CREATE TABLE "Odd ""one"" %%".things (id int PRIMARY KEY, n int)',
    'CREATE INDEX by_n ON "Odd ""one"" %%".things (n)',
    "CREATE TABLE ancestor (id int PRIMARY KEY)",
    "CREATE TABLE heir (more int) INHERITS (ancestor)",
    "INSERT INTO ancestor VALUES (1)",
    "INSERT INTO heir VALUES (2, 0), (3, 0)",
    "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
    "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9)",
    "INSERT INTO parted VALUES (1), (2), (3), (4)",
    "CREATE MATERIALIZED VIEW stored AS SELECT 1 AS one",
)
# Between the quotes, as in db_table; what Django cannot escape is doubled here.
QUALIFIED = 'Odd "one" %"."things'


def test_schemas_heirs_and_partitions_of_postgresql(pairs: DatabasePairs) -> None:
    side = pairs.get("postgresql", "old")
    for statement in STATEMENTS:
        side.run(statement)
    with side.session(writing=True) as session:
        catalog = session.catalog
        found = {r.name: r for r in catalog.relations()}
        assert "parted_1" not in found and "things" not in found
        assert found["stored"].kind is RelationKind.MATERIALIZED_VIEW
        sizes = catalog.sizes([found[name] for name in ("ancestor", "heir", "parted")])
        assert {name: size.rows for name, size in sizes.items()} == {
            "ancestor": 1,
            "heir": 2,
            "parted": 4,
        }
        assert catalog.size("parted").rows == 4
        assert catalog.elsewhere() == {'Odd "one" %': 1}
        things = catalog.table(QUALIFIED)
        assert things is not None
        assert (things.name, things.key) == (QUALIFIED, ("id",))
        assert catalog.size(QUALIFIED) == Size(0, exact=True, bytes=0)
        (index,) = session.schema.indexes(QUALIFIED, None)
        session.schema.remove(index)
        assert not session.schema.is_there(index)
        session.schema.restore(index)
        assert session.schema.is_there(index)
        # The rows of the very table go, and no others.
        with session.transaction():
            session.loader.empty("ancestor", 10)
        assert catalog.count("ancestor") == 0
        assert catalog.count("heir") == 2
