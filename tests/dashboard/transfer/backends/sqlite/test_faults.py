"""SQLite's errors keep codes and names, and lose every value."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dashboard.transfer import errors
from dashboard.transfer.backends import connect
from dashboard.transfer.backends.database import Database
from dashboard.transfer.backends.sqlite.faults import connection_failed
from tests.opening import database_of


def database(name: Path | str) -> Database:
    return database_of({"NAME": str(name)}, "old")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE book (id INTEGER PRIMARY KEY, isbn UNIQUE)")
        connection.execute("INSERT INTO book VALUES (1, 's3cret')")
    connection.close()
    return path


@pytest.mark.parametrize(
    ("sql", "expected", "said"),
    [
        (
            "INSERT INTO book VALUES (2, 's3cret')",
            errors.DataRefused,
            "UNIQUE constraint failed: book.isbn",
        ),
        (
            "SELECT 1 FROM migration_console_receipts_1",
            errors.ReceiptsGone,
            "SQLite (alias 'old') reports",
        ),
        ("SELECT s3cret()", errors.Unsupported, "reports"),
    ],
)
def test_an_error_is_told_without_its_values(
    path: Path, sql: str, expected: type[Exception], said: str
) -> None:
    with (
        connect(database(path), "tests", writing=True) as session,
        pytest.raises(errors.TransferError) as caught,
    ):
        session.execute(sql)
    assert type(caught.value) is expected
    assert said in str(caught.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    for name, said in ((":memory:", "not a file"), (tmp_path / "x", "is no file")):
        with pytest.raises(errors.ConnectionFailed, match=said) as caught:
            connect(database(name), "tests")
        assert "DATABASES['old']" in caught.value.remedy
    text = tmp_path / "text"
    text.write_text("this is no database" * 100)
    with pytest.raises(errors.ConnectionFailed, match="SQLite cannot open the file"):
        connect(database(text), "tests")


def test_a_file_that_is_locked_for_recovery_is_tried_again() -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = "SQLITE_BUSY_RECOVERY"
    assert connection_failed(database("x"), Path("x"), error).retriable


def test_a_file_that_is_no_database_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "no.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(errors.ConnectionFailed):
        connect(database(path), "tests")
    open_files = [Path(one).resolve() for one in Path("/proc/self/fd").iterdir()]
    assert path not in open_files
