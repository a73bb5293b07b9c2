"""What every connection to a server has in common."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from typing import Any

import pytest
from django.db import DatabaseError

from dashboard.transfer.backends import connect
from dashboard.transfer.errors import TooMuch
from tests.dashboard.transfer.backends import hostile
from tests.dashboard.transfer.every_kind import ID, DatabasePairs, EngineDatabase
from tests.opening import database_of, wrapper_of
from tests.project import VENDORS
from tests.servers import fresh_name

LONGEST_SECONDS = 60


@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize("vendor", ["postgresql", "mariadb"])
def test_a_host_that_is_gone_is_noticed_within_a_minute(
    pairs: DatabasePairs, vendor: str, writing: bool
) -> None:
    session: Any = pairs.get(vendor, "new").session(writing=writing)
    with socket.socket(fileno=os.dup(descriptor(session))) as wire:
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, interval, number, answer = (
            wire.getsockopt(socket.IPPROTO_TCP, option)
            for option in (
                socket.TCP_KEEPIDLE,
                socket.TCP_KEEPINTVL,
                socket.TCP_KEEPCNT,
                socket.TCP_USER_TIMEOUT,
            )
        )
    assert idle + interval * number <= LONGEST_SECONDS
    assert 0 < answer <= LONGEST_SECONDS * 1000
    # The option was set on a copy, whose end is not the connection's.
    assert session.query("SELECT 1") == [(1,)]


def descriptor(session: Any) -> int:
    if session.vendor == "postgresql":
        return int(session.connection.fileno())
    return int(session.driver.descriptor())


# What belongs to a session, or to the project, rather than to how rows are read.
OWN = {
    *("application_name", "pid", "search_path", "timestamp", "pseudo_thread_id"),
    *("last_insert_id", "identity", "insert_id", "rand_seed1", "rand_seed2"),
    *("error_count", "warning_count", "in_transaction", "statement_id", "proxy_user"),
    *("external_user", "session_track_system_variables", "last_gtid"),
}


def settings(session: Any) -> dict[str, str]:
    show = {"postgresql": "SHOW ALL", "mysql": "SHOW SESSION VARIABLES"}
    rows = session.query(show[session.vendor])
    return {row[0].lower(): str(row[1]) for row in rows if row[0].lower() not in OWN}


@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize("engine", ["postgresql", "mariadb", "mysql"])
def test_no_setting_of_an_account_is_left(
    pairs: DatabasePairs, engine: str, writing: bool
) -> None:
    side = pairs.get(engine, "new")
    label = fresh_name("label")
    with connect(database_of(side.entry), label, writing=writing) as plain:
        expected = settings(plain)
    entry = with_hostile_account(pairs, side)
    with connect(database_of(entry), label, writing=writing) as session:
        assert session.query("SELECT 1") == [(1,)]
        found = settings(session)
    changed = {name for name in expected if found[name] != expected[name]}
    assert changed <= {"max_join_size"}


@pytest.mark.parametrize("engine", ["postgresql", "mariadb", "mysql"])
def test_what_django_reads_by_itself_is_complete(
    pairs: DatabasePairs, engine: str
) -> None:
    """The values route."""
    side = pairs.get(engine, "new")
    table = fresh_name("t")
    side.create(table, [ID])
    for number in range(9):
        side.insert(table, [ID], {"id": number})
    wrapper = wrapper_of(with_hostile_account(pairs, side), "tested")
    with side.session() as session, closing(wrapper), wrapper.cursor() as cursor:
        for sql in session.guarding_sql():
            cursor.execute(sql)
        cursor.execute(f"SELECT id FROM {table} ORDER BY id")
        assert list(cursor.fetchall()) == [(number,) for number in range(9)]
        with pytest.raises(DatabaseError):
            cursor.execute(f"DELETE FROM {table}")


def with_hostile_account(pairs: DatabasePairs, side: EngineDatabase) -> dict[str, Any]:
    """The database's entry, for an account with settings of its own."""
    role, name = fresh_name("role"), side.entry["NAME"]
    server = pairs.server(side.engine)
    if side.engine != "postgresql":
        server.execute(f"CREATE USER '{role}'@'%' IDENTIFIED BY 'one'")
        server.execute(f"GRANT ALL ON `{name}`.* TO '{role}'@'%'")
        options = {"init_command": hostile.init_command(side.engine)}
        return {**side.entry, "USER": role, "PASSWORD": "one", "OPTIONS": options}
    server.execute(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'one'")
    for sql in hostile.in_database(role, name):
        server.execute(sql)
    return {**side.entry, "USER": role, "PASSWORD": "one"}


@pytest.mark.parametrize("engine", VENDORS)
def test_a_statement_has_a_limit_and_the_session_none_afterwards(
    pairs: DatabasePairs, engine: str
) -> None:
    long = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0})"
        " SELECT count(*) FROM n a, n b, n c"
    )
    with pairs.get(engine, "old").session() as session:
        with pytest.raises(TooMuch), session.limited(0.2):
            session.query(long.format(900))
        with session.limited(20):
            assert session.query("SELECT 1") == [(1,)]
        assert session.query(long.format(9)) == [(729,)]
        # The limit is no other statement's.
        assert session.query(long.format(150)) == [(150**3,)]
