"""What a lane waits for in the middle of a statement, seen from another thread."""

from __future__ import annotations

import time

import pytest

from dashboard.databases import database
from dashboard.models import Lane, MigrationRun
from dashboard.runner import watch
from dashboard.runner.leases import Lease
from dashboard.transfer.backends import connect
from tests.dashboard.runs import make_lane, make_run
from tests.project import Project, soaked
from tests.servers import fresh_name

LONG = {"postgresql": "SELECT pg_sleep(7)", "mysql": "SELECT sleep(7)"}
ALONE = {
    "postgresql": (
        "CREATE ROLE {user} LOGIN SUPERUSER PASSWORD 'one'",
        "ALTER ROLE {user} NOSUPERUSER CONNECTION LIMIT 1",
    ),
    "mysql": (
        "CREATE USER {user}@'%' IDENTIFIED BY 'one' WITH MAX_USER_CONNECTIONS 1",
        "GRANT ALL ON *.* TO {user}@'%'",
    ),
}
OTHER_PASSWORD = {
    "postgresql": "ALTER ROLE {user} PASSWORD 'two'",
    "mysql": "ALTER USER {user}@'%' IDENTIFIED BY 'two'",
}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(watch, "SILENT_SECONDS", 3.0)
    monkeypatch.setattr(watch, "BROKEN_SECONDS", 3.5)


@pytest.mark.parametrize("engine", ["postgresql", soaked("mariadb"), soaked("mysql")])
@pytest.mark.parametrize("refused_for", ["full", "password"])
def test_a_server_that_refuses_the_one_who_asks_goes_on_with_its_work(
    project: Project, engine: str, refused_for: str
) -> None:
    alias = project.database(engine, migrated=False)
    server, user = project.servers.server(engine), fresh_name("u")[:14]
    vendor = server.vendor
    for sql in ALONE[vendor]:
        server.execute(sql.format(user=user))
    entry = {**project.entry(alias), "USER": user, "PASSWORD": "one"}
    project.register(alias, entry)
    run = make_run(source=alias, destination=alias, alive_ms=1)
    lane = make_lane(run)
    lease = Lease(lane.pk, run.pk, run.uuid.hex, 0, lane.epoch)
    with connect(database(alias), lease.label) as session:
        if refused_for == "password":
            server.execute(OTHER_PASSWORD[vendor].format(user=user))
        with watch.SessionWatch(run, lease) as seen:
            began = time.monotonic()
            session.query(LONG[vendor])
            assert time.monotonic() - began > 6.5
            assert seen._said == ""
    assert Lane.objects.get(pk=lane.pk).waiting_for == ""
    # The statement goes on in a server that answers.
    assert MigrationRun.objects.get(pk=run.pk).alive_ms > 1
