"""Errors name their table and column, also where the server does not."""

from __future__ import annotations

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import copy_range
from dashboard.transfer.errors import DataRefused, TransferError
from dashboard.transfer.keys import EVERYTHING
from dashboard.transfer.locating import PROBE
from dashboard.transfer.receipts import Receipts
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePairs,
    Field,
    make_plan,
    types,
)

NAME = Field("name", ColumnKind.TEXT, types("varchar(50)"))
NOTE = Field("note", ColumnKind.TEXT, types("text", "varchar(200)"))
SHORT = Field("note", ColumnKind.TEXT, types("varchar(3)", "varchar(3)"))

# Where the server names a line and no column, a column and no table, or a row.
CASES = [
    ("sqlite", "postgresql", "CAST(X'61FF' AS TEXT)", "not valid UTF-8"),
    ("sqlite", "mariadb", "CAST(X'61FF' AS TEXT)", "not valid UTF-8"),
    ("sqlite", "postgresql", "'a' || char(0)", "U+0000"),
    ("mariadb", "postgresql", "CONCAT('a', CHAR(0))", "U+0000"),
    ("postgresql", "mariadb", "'long'", "1265"),
    ("mariadb", "mariadb", "'long'", "1265"),
    ("mariadb", "postgresql", "'long'", "22001"),
]


@pytest.mark.parametrize(("source", "destination", "value", "said"), CASES)
def test_f36_an_error_names_table_and_column(
    pairs: DatabasePairs, source: str, destination: str, value: str, said: str
) -> None:
    old, new = pairs.pair(source, destination)
    fields = [ID, NAME, SHORT if "long" in value else NOTE]
    for side, columns in ((old, [ID, NAME, NOTE]), (new, fields)):
        side.run("DROP TABLE IF EXISTS notes")
        side.create("notes", columns)
    old.run("INSERT INTO notes VALUES (1, 's3cret', 'a')")
    old.run(f"INSERT INTO notes VALUES (2, 's3cret', {value})")
    plan = make_plan((old, new), "notes", fields)
    with old.session() as reader, new.session(writing=True) as writer:
        receipts = Receipts(writer, "migration_console_receipts_located")
        receipts.create()
        with pytest.raises(DataRefused) as caught:
            copy_range(reader, writer, plan, EVERYTHING, receipts, "chunk.1.1", 1)
        # Nothing is left of the search.
        with pytest.raises(TransferError):
            writer.query(f"SELECT * FROM {PROBE}")
        assert writer.is_empty("notes")
    message = str(caught.value)
    assert "'notes'" in message
    assert "'note'" in message
    assert said in message
    assert "s3cret" not in message


@pytest.mark.parametrize("source", ["mariadb", "sqlite"])
def test_a_column_is_found_among_several_that_came_as_one(
    pairs: DatabasePairs, source: str
) -> None:
    old, new = pairs.pair(source, "postgresql")
    fields = [ID, *(Field(f"c{n}", ColumnKind.TEXT, NAME.types) for n in range(4))]
    for side in (old, new):
        side.run("DROP TABLE IF EXISTS notes")
        side.create("notes", fields)
    nul = "char(0)" if source == "sqlite" else "CHAR(0)"
    old.run(f"INSERT INTO notes VALUES (1, 'a', NULL, {nul}, 'b')")
    plan = make_plan((old, new), "notes", fields)
    with old.session() as reader, new.session(writing=True) as writer:
        receipts = Receipts(writer, "migration_console_receipts_located")
        receipts.create()
        with pytest.raises(DataRefused, match="'c2' of table 'notes'"):
            copy_range(reader, writer, plan, EVERYTHING, receipts, "chunk.2.1", 1)
