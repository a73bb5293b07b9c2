"""A server that writes every name of a table in small letters, as on Windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localservers.mariadb import MariaDBServer
from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import rows
from tests.project import Project
from tests.throwaway import Throwaway

pytestmark = pytest.mark.soak

MODELS = """
class Shelf(models.Model):
    class Meta:
        db_table = "Shop_Shelf"

class Book(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    title = models.CharField(max_length=20, db_index=True, db_column="Title")
    class Meta:
        db_table = "Shop_Book"
"""


class FoldingServer(MariaDBServer):
    def _options(self) -> list[str]:
        return [*super()._options(), "--lower-case-table-names=1"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FoldingServer]:
    directory = tmp_path / "folding"
    directory.mkdir()
    # The server runs as another user.
    for path in (directory, *directory.parents[:3]):
        path.chmod(0o755)
    server = FoldingServer(directory, durable=False)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("folded", ["old", "new"])
def test_names_in_small_letters_are_those_of_the_models(
    project: Project, server: FoldingServer, folded: str
) -> None:
    project.options["INDEXES_OFF_ROWS"] = 1
    other = "old" if folded == "new" else "new"
    server.create_empty("folding")
    project.register(folded, server.entry("folding"))
    project.database("postgresql", other, migrated=False)
    project.control("sqlite", migrated=False)
    shop = Throwaway(project, MODELS)
    shop.migrate()
    shelf, book = ("Shop_Shelf", "Shop_Book")
    title = "Title"
    if other == "old":
        shelf, book, title = (f'"{name}"' for name in (shelf, book, title))
    run_sql(
        project,
        "old",
        f"INSERT INTO {shelf} (id) VALUES (1), (2)",
        f"INSERT INTO {book} (id, {title}, shelf_id) VALUES (5, 'a', 1), (6, 'b', 2)",
    )
    report = shop.copy("old", "new", "shop")
    assert report["verdict"] == "verified"
    names = {table["table"] for table in report["tables"]}
    lower = {name.lower() for name in names}
    assert names == (lower if folded == "new" else {"Shop_Shelf", "Shop_Book"})
    sql = (
        'SELECT id, "Title" FROM "Shop_Book"'
        if other == "new"
        else ("SELECT id, Title FROM shop_book")
    )
    assert rows(project, "new", f"{sql} ORDER BY 1") == [(5, "a"), (6, "b")]
    assert not any(e["table"].lower() in lower for e in report["left_out"])
