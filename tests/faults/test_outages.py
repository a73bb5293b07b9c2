"""Servers that go away, refuse a login or are full: waited for, however often."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dashboard.models import Chunk, MigrationRun
from dashboard.progress import snapshot
from dashboard.runner import controls
from tests import oracle
from tests.faults.conftest import Measured
from tests.faults.going_on import seconds_until_it_goes_on
from tests.faults.test_deaths import OPTIONS, assert_arrived, started, wait_for_end
from tests.project import Project, soaked, wait_until

# Fewer attempts than outages.
OUTAGES = {**OPTIONS, "ATTEMPTS": 2, "CONNECT_SECONDS": 2}


def copied(run: MigrationRun) -> int:
    return Chunk.objects.of(run).copied().count()


def most_attempts(run: MigrationRun) -> int:
    return max(Chunk.objects.of(run).values_list("attempts", flat=True), default=0)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("source_vendor", "destination_vendor", "broken"),
    [
        ("mysql", "postgresql", "new"),
        soaked("postgresql", "mariadb", "new"),
        soaked("mariadb", "postgresql", "old"),
        soaked("postgresql", "mysql", "old"),
    ],
)
def test_f16_a_server_that_is_killed_again_and_again_costs_no_attempt(
    project: Project,
    measured: Measured,
    source_vendor: str,
    destination_vendor: str,
    broken: str,
) -> None:
    project.options.update(OUTAGES)
    vendors = {"old": source_vendor, "new": destination_vendor}
    server = project.private_server(vendors[broken], durable=True)
    for alias, vendor in vendors.items():
        project.database(
            vendor,
            alias,
            filled=alias == "old",
            server=server if alias == broken else None,
        )
    schema = oracle.schema_snapshot(project.entry("new"))
    worker = project.worker()
    run = started(project, "old", "new")

    for _ in range(3):
        before = copied(run)
        wait_until(lambda before=before: copied(run) > before, 60, "Nothing is copied")
        said = worker.log.count(f"alias '{broken}'")
        server.kill()
        wait_until(
            lambda said=said: worker.log.count(f"alias '{broken}'") > said,
            60,
            "Nobody has noticed",
        )
        assert most_attempts(run) <= 1
        server.start()
        measured("F16", seconds_until_it_goes_on(run))

    wait_for_end(run)
    assert most_attempts(run) <= 1
    assert_arrived(project, run, schema)


@pytest.mark.soak
def test_a_login_that_is_refused_for_a_while_is_waited_for(project: Project) -> None:
    project.options.update(OUTAGES, CHUNK_ROWS=10)
    server = project.private_server("mariadb")
    project.database("mariadb", "old", filled=True, server=server)
    project.database("postgresql", "new")
    entry = project.entry("old")
    server.execute("CREATE USER reader IDENTIFIED BY 'first'")
    server.execute(f"GRANT ALL ON `{entry['NAME']}`.* TO reader")
    account = {**entry, "USER": "reader", "PASSWORD": "first"}
    project.register("old", account)
    schema = oracle.schema_snapshot(project.entry("new"))
    worker = project.worker()
    run = started(project, "old", "new")
    wait_until(lambda: copied(run) > 2, 60, "Nothing is copied")

    server.execute("ALTER USER reader IDENTIFIED BY 'second'")
    for (number,) in server.execute(
        "SELECT id FROM information_schema.processlist WHERE user = 'reader'"
    ):
        server.execute(f"KILL {number}")
    wait_until(
        lambda: "did not accept user 'reader'" in codes(run).get("aside", ""),
        60,
        "The page does not name who was turned away",
    )
    assert worker.log.count("did not accept") < 20
    server.execute("ALTER USER reader IDENTIFIED BY 'first'")

    wait_for_end(run)
    assert most_attempts(run) <= 1
    assert_arrived(project, run, schema)


def codes(run: MigrationRun) -> dict[str, str]:
    """What the page says, by its code."""
    run.refresh_from_db()
    return {one.code: one.message for one in snapshot(run).conditions}


@pytest.mark.soak
def test_f46_a_server_that_is_full_is_waited_for(
    project: Project, measured: Measured
) -> None:
    project.options.update(OUTAGES)
    project.database("sqlite", "old", filled=True)
    server = project.private_server("postgresql")
    project.database("postgresql", "new", server=server)
    name = project.entry("new")["NAME"]
    server.execute("CREATE ROLE writer LOGIN PASSWORD 'w' NOSUPERUSER")
    server.execute(f'ALTER DATABASE "{name}" OWNER TO writer')
    own = "SELECT format('ALTER TABLE %I OWNER TO writer', tablename) FROM pg_tables"
    for (sql,) in server.execute(f"{own} WHERE schemaname = 'public'", database=name):
        server.execute(sql, database=name)
    project.register("new", {**project.entry("new"), "USER": "writer", "PASSWORD": "w"})
    server.execute("GRANT ALL ON SCHEMA public TO writer", database=name)
    schema = oracle.schema_snapshot(project.entry("new"))
    project.worker()
    run = started(project, "old", "new")
    wait_until(lambda: copied(run) > 2, 60, "Nothing is copied")

    # Also while pieces are in hand, as an administrator would.
    server.execute("ALTER ROLE writer CONNECTION LIMIT 0")
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename='writer'"
    )
    wait_until(
        lambda: "accepts no connection" in codes(run).get("waiting", ""),
        60,
        "The page does not say what it waits for",
    )
    time.sleep(3)  # Several tries.
    assert most_attempts(run) <= 1
    server.execute("ALTER ROLE writer CONNECTION LIMIT -1")
    measured("F46", seconds_until_it_goes_on(run))

    assert_arrived(project, wait_for_end(run), schema)


def ending_its_connection(key: int) -> str:
    return f"""
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON bookshop_author FOR EACH ROW
        WHEN (NEW.id = {key}) EXECUTE FUNCTION poison()
    """


@pytest.mark.parametrize("rows", [2, soaked(100)])
def test_f36_a_row_that_ends_its_connection_every_time_is_found(
    project: Project, rows: int
) -> None:
    project.options.update(OUTAGES, CHUNK_ROWS=rows)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    entry = project.entry("new")
    key = first_key(project.entry("old"))
    server = project.servers.server("postgresql")
    server.execute(ending_its_connection(key), database=entry["NAME"])
    project.worker()
    request = MigrationRun(
        source="old", destination="new", labels=["bookshop.Author"], lane_count=2
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))

    controls.start(run, "tests", run.plan_hash)
    wait_for_end(run, 300)

    assert run.status == "failed"
    assert "Table 'bookshop_author', keys" in run.error
    assert "in the middle of this" in run.error
    assert "max_allowed_packet" in run.remedy
    failed = Chunk.objects.of(run).get(state="failed")
    assert failed.upper == [key] or failed.upper is None


def first_key(entry: dict[str, Any]) -> int:
    with oracle.reading(entry) as reader:
        return int(reader.query("SELECT min(id) FROM bookshop_author")[0][0])
