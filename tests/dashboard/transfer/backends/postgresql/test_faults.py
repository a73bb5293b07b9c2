"""PostgreSQL's errors keep codes and names, and lose every value."""

from __future__ import annotations

import psycopg2
import pytest

from dashboard.transfer import errors
from dashboard.transfer.backends.postgresql.faults import connection_failed
from tests.dashboard.transfer.every_kind import DatabasePairs
from tests.opening import database_of

ENTRY = {"NAME": "shop", "USER": "me", "PASSWORD": "s3cret", "HOST": "db.example"}


def raising(code: str) -> str:
    return f"DO $$ BEGIN RAISE 's3cret' USING ERRCODE = '{code}'; END $$"


DATABASE = database_of({"ENGINE": "django.db.backends.postgresql", **ENTRY}, "old")


@pytest.mark.parametrize(
    ("text", "said", "remedy"),
    [
        ("password authentication failed", "did not accept user 'me'", "USER and"),
        ('database "shop" does not exist', "has no database 'shop'", "Create it"),
        ("sorry, too many clients already", "accepts no connection", ""),
        ("the database system is shutting down", "accepts no connection", ""),
        ("the database system is starting up", "accepts no connection", ""),
        ("remaining connection slots are reserved", "accepts no connection", ""),
        ("no pg_hba.conf entry for host", "did not accept user 'me'", "USER and"),
        (
            "Connection refused",
            "db.example:5432 cannot be reached (alias 'old'",
            "PORT",
        ),
    ],
)
def test_a_connection_that_fails(text: str, said: str, remedy: str) -> None:
    fault = connection_failed(DATABASE, psycopg2.OperationalError(text))
    assert said in fault.message
    assert remedy in fault.remedy
    assert "s3cret" not in str(fault)


@pytest.mark.parametrize(
    ("sql", "expected", "said"),
    [
        (
            "INSERT INTO book VALUES (1, 's3cret', 1), (2, 's3cret', 1)",
            errors.DataRefused,
            "UNIQUE_VIOLATION [23505], table 'book', constraint 'one'.",
        ),
        ("INSERT INTO book VALUES (1, NULL, 1)", errors.DataRefused, "column 'isbn'"),
        ("SELECT 's3cret'::int", errors.DataRefused, "[22P02]"),
        ("SELECT 1 FROM s3cret", errors.Unsupported, "UNDEFINED_TABLE"),
        (
            "SELECT 1 FROM migration_console_receipts_1",
            errors.ReceiptsGone,
            "table 'migration_console_receipts_1'",
        ),
        # A code of somebody's own, as a trigger may raise it.
        (
            "DO $$ BEGIN RAISE 's3cret' USING ERRCODE = 'MY001'; END $$",
            errors.Unsupported,
            "[MY001]",
        ),
        ("SET statement_timeout = 1; SELECT pg_sleep(9)", errors.TooMuch, "[57014]"),
        *(
            (raising(code), errors.Unavailable, f"[{code}]")
            for code in ("53300", "57P03")
        ),
        *(
            (raising(code), errors.ConnectionLost, "was lost")
            for code in ("57P01", "57P05", "25P04", "08006", "08P01")
        ),
        *((raising(c), errors.Locked, f"[{c}]") for c in ("55P03", "40P01", "40001")),
    ],
)
def test_an_error_is_told_without_its_values(
    pairs: DatabasePairs, sql: str, expected: type[Exception], said: str
) -> None:
    database = pairs.get("postgresql", "new")
    database.run("DROP TABLE IF EXISTS book")
    database.run(
        "CREATE TABLE book "
        "(id int, isbn text NOT NULL CONSTRAINT one UNIQUE, pages int)"
    )
    with (
        database.session(writing=True) as session,
        pytest.raises(errors.TransferError) as caught,
    ):
        session.execute(sql)
    assert type(caught.value) is expected
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        "cache lookup failed for constraint 16999",
        "could not open relation with OID 16999",
        "tuple concurrently updated",
    ],
)
def test_what_another_session_changes_meanwhile_is_asked_again(
    pairs: DatabasePairs, said: str
) -> None:
    session = pairs.get("postgresql", "old").session(writing=True)
    with pytest.raises(errors.Busy, match="XX000"):
        session.execute(f"DO $$ BEGIN RAISE '{said}' USING ERRCODE = 'XX000'; END $$")
    with pytest.raises(errors.Unsupported, match="XX000"):
        session.execute("DO $$ BEGIN RAISE 'a bug' USING ERRCODE = 'XX000'; END $$")
