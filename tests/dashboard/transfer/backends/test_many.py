"""Many tables in one statement say the same as each of them alone."""

from __future__ import annotations

import pytest

from dashboard.transfer.backends.many import (
    AT_ONCE,
    COUNTED_TOGETHER,
    counts,
    filled,
    rows_in,
    tried,
    unreadable,
    values,
)
from dashboard.transfer.errors import TransferError
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import VENDORS, Project
from tests.servers import real
from tests.statements import counted

TABLES = 2 * AT_ONCE + 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_tables_are_asked_about_together_and_told_apart(
    project: Project, vendor: str
) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    names = [f"t{number}" for number in range(4)]
    for number, name in enumerate(names):
        side.run(f"CREATE TABLE {name} (a int, b varchar(9))")
        for _row in range(number):
            side.run(f"INSERT INTO {name} VALUES (1, 'x')")
    real_rows = {
        name: int(side.read(f"SELECT count(*) FROM {name}")[0][0]) for name in names
    }
    with side.session(writing=True) as session:
        assert counts(session, names) == real_rows
        assert filled(session, names) == {"t1", "t2", "t3"}
        with counted() as calls:
            found = values(session, {n: rows_in(session, "t2") for n in range(TABLES)})
        assert found == dict.fromkeys(range(TABLES), 2)
        assert calls.total() == 3
        columns = {name: ["a", "b"] for name in names}
        assert unreadable(session, columns) == {}
        if vendor != "sqlite":
            # There a name in quotes that is no column's is a text (quirks.html, 8).
            wrong = {**columns, "t2": ["a", "c"]}
            assert set(unreadable(session, wrong)) == {"t2"}
        gone = {name: rows_in(session, name) for name in (*names, "gone")}
        known, faults = tried(session, gone)
        assert (known, set(faults)) == (real_rows, {"gone"})
        with pytest.raises(TransferError) as alone:
            session.query("SELECT count(*) FROM gone")
        with pytest.raises(TransferError) as together:
            values(session, gone)
        assert str(together.value) == str(alone.value)
        with pytest.raises(TransferError) as inside, session.transaction():
            values(session, gone)
        assert str(inside.value) == str(alone.value)
        assert counts(session, names) == real_rows


# What limits a session's statements, and an expression that takes a while: each of
# them is well below the limit, and all together are above it.
SLOW = {
    "postgresql": (
        "SET statement_timeout = 400",
        "(SELECT 1 FROM pg_sleep(0.1))",
    ),
    "mariadb": ("SET max_statement_time = 0.4", "SLEEP(0.1) + 1"),
}


@pytest.mark.parametrize("vendor", ["postgresql", "mariadb"])
def test_what_is_too_much_together_is_asked_for_alone(
    project: Project, vendor: str
) -> None:
    project.database(vendor, "side", migrated=False)
    limit, slow = SLOW[vendor]
    with EngineDatabase(real(vendor), project.entry("side")).session() as session:
        session.execute(limit)
        assert values(session, dict.fromkeys(range(6), slow)) == dict.fromkeys(
            range(6), 1
        )


def test_tables_of_many_columns_make_no_statement_that_the_server_refuses(
    project: Project,
) -> None:
    project.database("mariadb", "side", migrated=False)
    with EngineDatabase("mariadb", project.entry("side")).session() as session:
        ((most,),) = session.query("SELECT @@max_allowed_packet")
        long = "x" * (int(most) // AT_ONCE + 1)
        found = values(session, dict.fromkeys(range(AT_ONCE), f"LENGTH('{long}')"))
    assert found == dict.fromkeys(range(AT_ONCE), len(long))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_large_table_is_counted_by_itself(project: Project, vendor: str) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    for name in ("small", "large", "larger"):
        side.run(f"CREATE TABLE {name} (a int)")
    for name in ("large", "larger"):
        side.run(f"INSERT INTO {name} VALUES " + ",".join(["(1)"] * COUNTED_TOGETHER))
    side.run("INSERT INTO larger VALUES (1)")
    with side.session() as session, counted() as calls:
        assert counts(session, ["small", "large", "larger"]) == {
            "small": 0,
            "large": COUNTED_TOGETHER,
            "larger": COUNTED_TOGETHER + 1,
        }
        assert calls.total() >= 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_table_by_two_names_has_its_triggers_by_both(
    project: Project, vendor: str
) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    side.run("CREATE TABLE t (a int)")
    body = {
        "postgresql": "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "sqlite": "BEGIN SELECT 1; END",
    }.get(vendor, "SET @a = 1")
    side.run(f"CREATE TRIGGER fires BEFORE INSERT ON t FOR EACH ROW {body}")
    with side.session() as session:
        schema = {"postgresql": "public"}.get(vendor, side.entry["NAME"])
        other = "T" if vendor == "sqlite" else f"{schema}{session.separator}t"
        found = session.catalog.triggers(["t", other, "gone"])
    assert found == {"t": ["fires"], other: ["fires"]}


@pytest.mark.parametrize("vendor", ["postgresql", "mariadb", "mysql"])
def test_a_column_that_may_not_be_read_is_found_among_many_tables(
    project: Project, vendor: str
) -> None:
    project.database(vendor, "side", migrated=False)
    side = EngineDatabase(real(vendor), project.entry("side"))
    for name in ("open", "partly", "closed"):
        side.run(f"CREATE TABLE {name}_t (a int, b int)")
    entry = project.entry("side")
    user, host = ("reader", "") if vendor == "postgresql" else ("reader", "@'%%'")
    secret = "only-for-this-test"
    how = "PASSWORD" if vendor == "postgresql" else "IDENTIFIED BY"
    side.run(f"DROP USER IF EXISTS {user}{host}")
    side.run(f"CREATE USER {user}{host} {how} '{secret}'")
    try:
        side.run(f"GRANT SELECT ON open_t TO {user}{host}")
        side.run(f"GRANT SELECT (a) ON partly_t TO {user}{host}")
        theirs = EngineDatabase(
            side.engine, {**entry, "USER": user, "PASSWORD": secret}
        )
        with theirs.session() as session:
            columns = {f"{name}_t": ["a", "b"] for name in ("open", "partly", "closed")}
            assert set(unreadable(session, columns)) == {"partly_t", "closed_t"}
            assert set(unreadable(session, {"partly_t": ["a"]})) == set()
    finally:
        if vendor == "postgresql":
            side.run(f"DROP OWNED BY {user}")
        side.run(f"DROP USER {user}{host}")
