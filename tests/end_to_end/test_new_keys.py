"""A merge of a whole project under new keys, both sides numbering differently."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import oracle, terminal
from tests.dashboard.planning.checking import run_sql
from tests.oracle.rows import digests
from tests.project import Project, soaked

HERE = ("--lanes=1", "--no-input")
MODE = ("--mode", "new-keys", "--json", *HERE)

# What is the same however rows are numbered: names instead of numbers.
FACTS = {
    "self reference": (
        "SELECT g.name, p.name FROM bookshop_genre g "
        "LEFT JOIN bookshop_genre p ON p.id = g.parent_id"
    ),
    "circle": (
        "SELECT s.name, e.name, u.username FROM bookshop_shop s "
        "JOIN bookshop_employee e ON e.shop_id = s.id "
        "LEFT JOIN auth_user u ON u.id = e.user_id"
    ),
    "manager": (
        "SELECT s.name, e.name FROM bookshop_shop s "
        "JOIN bookshop_employee e ON e.id = s.manager_id"
    ),
    "inheritance": (
        "SELECT p.sku, p.name, n.email FROM bookshop_product p "
        "JOIN bookshop_audiobook a ON a.product_ptr_id = p.id "
        "LEFT JOIN bookshop_author n ON n.id = a.narrator_id"
    ),
    "one-to-one key": (
        "SELECT u.username, p.phone, g.name FROM bookshop_profile p "
        "JOIN auth_user u ON u.id = p.user_id "
        "LEFT JOIN bookshop_genre g ON g.id = p.favourite_id"
    ),
    "composite key": (
        "SELECT s.name, t.sku, t.on_hand FROM bookshop_stock t "
        "JOIN bookshop_shop s ON s.id = t.shop_id"
    ),
    "pairs": (
        "SELECT b.slug, a.email FROM bookshop_book_authors x "
        "JOIN bookshop_book b ON b.id = x.book_id "
        "JOIN bookshop_author a ON a.id = x.author_id"
    ),
    "lines": (
        "SELECT o.number, u.username, b.slug, l.quantity FROM bookshop_orderline l "
        "JOIN bookshop_order o ON o.id = l.order_id "
        "JOIN auth_user u ON u.id = o.customer_id "
        "JOIN bookshop_book b ON b.id = l.book_id"
    ),
    "generic": (
        "SELECT t.label, o.number FROM bookshop_tag t "
        "JOIN django_content_type c ON c.id = t.content_type_id "
        "JOIN bookshop_order o ON {text} = t.object_id WHERE c.model = 'order'"
    ),
}


# Rows of the destination that have numbers of the source's, or lie before them; in
# PostgreSQL its sequence knows nothing of them.
OWN = (
    "INSERT INTO auth_group (id, name) VALUES (1, 'Own'), (102, 'Own too')",
    "INSERT INTO bookshop_author (id, first_name, last_name, email, homepage, "
    "biography, created_at, updated_at) SELECT id, 'Own', 'Own', name, '', '', "
    "'2024-01-01 00:00:00', '2024-01-01 00:00:00' FROM auth_group",
)


LOST = "40"
TAG = (
    "INSERT INTO bookshop_tag (id, label, content_type_id, object_id) "
    "SELECT 90000{}, '{}', id, '{}' FROM django_content_type WHERE model = 'shop'"
)
LOOKED_UP = "AND object_id IN (SELECT CAST(id AS char(20)) FROM bookshop_shop)"


def objects(project: Project, label: str, more: str = "") -> list[str]:
    sql = f"SELECT object_id FROM bookshop_tag WHERE label = '{label}' {more}"
    with oracle.reading(project.entry("new")) as reader:
        return [str(found) for (found,) in reader.query(sql)]


def facts(project: Project, alias: str) -> dict[str, list[str]]:
    """What both sides have to say alike, by the drivers alone."""
    with oracle.reading(project.entry(alias)) as reader:
        is_mysql = project.entry(alias)["ENGINE"].endswith("mysql")
        text = f"CAST(o.id AS {'char' if is_mysql else 'varchar'})"
        found = {}
        for name, sql in FACTS.items():
            rows = [plain(row) for row in reader.query(sql.format(text=text))]
            found[name] = sorted(map(repr, rows))
        return found


def plain(row: Any) -> tuple[str, ...]:
    return tuple("" if one is None else str(one) for one in row)


def merged(*more: str) -> tuple[dict[str, Any], set[tuple[int, int]]]:
    done = terminal.run("copydata", "old", "new", *MODE, *more)
    assert done.code == 0, done.err + done.out
    report = json.loads(done.out)
    assert report["verdict"] == "verified"
    return {one["model"]: one for one in report["tables"]}, {
        (one["rows_inserted"], one["rows_updated"]) for one in report["tables"]
    }


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("sqlite", "postgresql"),
        soaked("postgresql", "mysql"),
        soaked("postgresql", "postgresql"),
        soaked("mariadb", "postgresql"),
        soaked("mariadb", "mariadb"),
        soaked("mysql", "sqlite"),
        soaked("sqlite", "sqlite"),
    ],
)
def test_a_project_is_merged_under_new_keys_twice(
    project: Project, source: str, destination: str
) -> None:
    project.database(source, "old", filled=True)
    project.database(destination, "new")
    run_sql(project, "new", *OWN)
    run_sql(project, "old", *map(TAG.format, (1, 2), ("lost", "text"), (LOST, "x-1")))
    said, _changes = merged()
    assert said["bookshop.Genre"]["rows_inserted"] > 0
    wanted, found = facts(project, "old"), facts(project, "new")
    for name, rows in wanted.items():
        assert rows, name
        assert found[name] == rows, name
    assert objects(project, "text") == ["x-1"]
    # Under its old number, and any other that is in use, it would be somebody else's.
    (number,) = objects(project, "lost")
    assert number != LOST
    assert objects(project, "lost", LOOKED_UP) == []
    before = digests(project.entry("new"))
    again, changes = merged()
    assert changes == {(0, 0)}, again
    after = digests(project.entry("new"))
    ours = {name for name in after if name.startswith(("bookshop", "auth", "django"))}
    assert {name for name in ours if after[name] != before[name]} == set()
    run_sql(project, "old", "UPDATE bookshop_author SET biography = '' WHERE id <= 3")
    third, _changes = merged("bookshop.Author")
    assert third["bookshop.Author"]["rows_updated"] == 3
