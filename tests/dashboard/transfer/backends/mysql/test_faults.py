"""MySQL's errors keep numbers and names, and lose every value."""

from __future__ import annotations

import MySQLdb
import pytest

from dashboard.transfer import errors
from dashboard.transfer.backends.mysql.faults import connection_failed, translate
from tests.opening import database_of

ENTRY = {"NAME": "shop", "USER": "me", "PASSWORD": "s3cret", "HOST": "db.example"}
DATABASE = database_of({"ENGINE": "django.db.backends.mysql", **ENTRY}, "old")


@pytest.mark.parametrize(
    ("number", "said", "remedy"),
    [
        (1045, "db.example:3306 did not accept user 'me'", "Correct USER and PASSWORD"),
        (1049, "db.example:3306 has no database 'shop'", "Create it"),
        (1040, "accepts no connection at the moment", ""),
        (2002, "db.example:3306 cannot be reached (alias 'old'", "HOST and PORT"),
    ],
)
def test_a_connection_that_fails(number: int, said: str, remedy: str) -> None:
    fault = connection_failed(DATABASE, MySQLdb.OperationalError(number, "s3cret"))
    assert said in fault.message
    assert remedy in fault.remedy
    assert "s3cret" not in str(fault)


@pytest.mark.parametrize(
    ("number", "text", "expected", "said"),
    [
        (1205, "Lock wait timeout exceeded", errors.Locked, "[1205]"),
        *(
            (number, "s3cret", errors.Unavailable, f"[{number}]")
            for number in (1040, 1053, 1203, 1226)
        ),
        *(
            (number, "s3cret", errors.ConnectionLost, "was lost")
            for number in (1927, 2006, 3169, 4031)
        ),
        (3024, "s3cret", errors.TooMuch, "[3024]"),
        (2013, "s3cret", errors.ConnectionLost, "connection to alias 'old' was lost"),
        (1114, "The table 's3cret' is full", errors.Unavailable, "[1114]"),
        (1878, "Temporary file write failure.", errors.Unavailable, "[1878]"),
        (1030, "Got error 28 from storage engine", errors.Unavailable, "[1030]"),
        (
            1030,
            'Got error 28 "No space left on device" from storage engine InnoDB',
            errors.Unavailable,
            "[1030]",
        ),
        (
            1026,
            "Error writing file './s3cret.frm' (Errcode: 122 \"Disk quota exceeded\")",
            errors.Unavailable,
            "[1026]",
        ),
        (
            1005,
            'Can\'t create table `s3cret` (errno: 28 "No space left on device")',
            errors.Unavailable,
            "[1005]",
        ),
        (
            1005,
            'Can\'t create table `s3cret` (errno: 150 "Foreign key")',
            errors.Unsupported,
            "[1005]",
        ),
        (1153, "s3cret", errors.DataRefused, "max_allowed_packet"),
        (2020, "s3cret", errors.DataRefused, "max_allowed_packet"),
        (1142, "s3cret", errors.Forbidden, "privilege"),
        (
            1146,
            "Table 'shop.migration_console_receipts_1' doesn't exist",
            errors.ReceiptsGone,
            "NO_SUCH_TABLE",
        ),
        (
            1062,
            "Duplicate entry 's3cret' for key 'book.isbn'",
            errors.DataRefused,
            "DUP_ENTRY [1062], key 'book.isbn'.",
        ),
        (
            1366,
            "Incorrect value: 's3cret' for column `shop`.`book`.`pages` at row 3",
            errors.DataRefused,
            "column 'pages', row 3 of the chunk.",
        ),
        (1064, "near 's3cret'", errors.Unsupported, "[1064]"),
        (
            3140,
            "Invalid JSON text: \"s3cret\" at position 1 in value for column 't.v'.",
            errors.DataRefused,
            "INVALID_JSON_TEXT [3140], column 'v'.",
        ),
        (
            3157,
            "The JSON document exceeds the maximum depth.",
            errors.DataRefused,
            "[3157]",
        ),
        (
            1300,
            "Invalid utf8mb4 character string: 's3cret'",
            errors.DataRefused,
            "INVALID_CHARACTER_STRING [1300]",
        ),
        (
            3819,
            "Check constraint 'pages_positive' is violated.",
            errors.DataRefused,
            "[3819], constraint 'pages_positive'.",
        ),
        (
            4025,
            "CONSTRAINT `pages_positive` failed for `shop`.`book`",
            errors.DataRefused,
            "[4025], constraint 'pages_positive'.",
        ),
        (
            4025,
            "CONSTRAINT `book.extra` failed for `shop`.`book`",
            errors.DataRefused,
            "[4025], constraint 'book.extra'.",
        ),
    ],
)
def test_an_error_is_told_without_its_values(
    number: int, text: str, expected: type[Exception], said: str
) -> None:
    fault = translate(DATABASE, MySQLdb.OperationalError(number, text))
    assert type(fault) is expected
    assert said in str(fault)
    assert "s3cret" not in str(fault)


def test_what_is_no_error_of_the_driver_stays_as_it_is() -> None:
    error = ValueError("mine")
    assert translate(DATABASE, error) is error
