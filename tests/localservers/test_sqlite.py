from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from localservers.sqlite import SQLiteFiles


def test_a_clone_has_the_rows_and_a_dropped_one_leaves_nothing(tmp_path: Path) -> None:
    files = SQLiteFiles(tmp_path / "files")
    files.start()
    files.create_empty("old")
    with closing(sqlite3.connect(files.path("old"))) as connection:
        connection.execute("CREATE TABLE a (b)")
        connection.execute("INSERT INTO a VALUES (1)")
        connection.commit()
    files.clone("old", "new")
    with closing(sqlite3.connect(files.entry("new")["NAME"])) as connection:
        assert connection.execute("SELECT b FROM a").fetchall() == [(1,)]
    files.drop("old")
    files.drop("new")
    assert list(files.directory.iterdir()) == []
