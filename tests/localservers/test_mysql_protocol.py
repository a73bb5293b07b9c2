"""MariaDB and MySQL itself, by the same tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from localservers.ports import accepts_connections
from tests.servers import maker

THEN = datetime(2024, 2, 29, 23, 59, 59)
ROWS = [(1, b"\x00\xff'", 0.5, None, THEN), (7, b"", -0.0, "é\n\\", THEN)]


@pytest.fixture(params=["mariadb", "mysql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_answers_is_killed_and_comes_back(
    directory: Path, starting: Callable[[Any], Any], engine: str
) -> None:
    server = starting(maker(engine)(directory / "one"))
    (version,) = server.execute("SELECT version()")[0]
    assert ("MariaDB" in version) == (engine == "mariadb")
    server.create_empty("shop")
    server.kill()
    assert not accepts_connections(server.port)
    server.start()
    assert ("shop",) in server.execute("SHOW DATABASES")
    server.stop()
    assert not accepts_connections(server.port)


def test_two_at_once_in_a_deep_directory(
    directory: Path, starting: Callable[[Any], Any], engine: str
) -> None:
    # Longer than the path of a socket may be.
    deep = directory.joinpath(*["directory"] * 12)
    one, other = (starting(maker(engine)(deep / name)) for name in ("1", "2"))
    one.create_empty("shop")
    assert ("shop",) not in other.execute("SHOW DATABASES")
    if engine == "mysql":
        assert one.execute("SELECT @@server_uuid") != other.execute(
            "SELECT @@server_uuid"
        )


@pytest.mark.parametrize("local_infile", [None, True, False])
def test_local_infile_is_as_the_server_has_it_unless_it_is_said(
    directory: Path,
    starting: Callable[[Any], Any],
    engine: str,
    local_infile: bool | None,
) -> None:
    server = starting(maker(engine)(directory / "s", local_infile=local_infile))
    expected = engine == "mariadb" if local_infile is None else local_infile
    assert server.execute("SELECT @@local_infile") == [(int(expected),)]


def test_a_clone_has_rows_keys_and_counters(
    directory: Path, starting: Callable[[Any], Any], engine: str
) -> None:
    server = starting(maker(engine)(directory / "s"))
    server.create_empty("old")
    for sql in (
        "CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, b LONGBLOB, c DOUBLE,"
        " d LONGTEXT, g DATETIME DEFAULT CURRENT_TIMESTAMP,"
        " e DOUBLE AS (c + 1) STORED, f DOUBLE AS (c + 2) VIRTUAL)"
        " AUTO_INCREMENT = 100",
        # Before its parent in the alphabet, and after it in time.
        "CREATE TABLE `a child` (id INT PRIMARY KEY, a INT REFERENCES a (id),"
        " CONSTRAINT to_a FOREIGN KEY (a) REFERENCES a (id))",
        "INSERT INTO `a child` VALUES (1, NULL)",
    ):
        server.execute(sql, database="old")
    for row in ROWS:
        server.execute(
            "INSERT INTO a (id, b, c, d, g) VALUES (%s, _binary %s, %s, %s, %s)",
            row,
            database="old",
        )
    # A key that an insert would not keep without being told so.
    server.execute("UPDATE a SET id = 0 WHERE id = 1", database="old")
    server.clone("old", "new")
    found = server.execute(
        "SELECT id, b, c, d, g, f FROM a ORDER BY id", database="new"
    )
    assert [row[1:] for row in found] == [(*row[1:], row[2] + 2) for row in ROWS]
    assert [row[0] for row in found] == [0, 7]
    for table in ("a", "`a child`"):
        made = [
            server.execute(f"SHOW CREATE TABLE {table}", database=database)
            for database in ("old", "new")
        ]
        assert made[0] == made[1]
    server.drop("new")
    assert ("new",) not in server.execute("SHOW DATABASES")
