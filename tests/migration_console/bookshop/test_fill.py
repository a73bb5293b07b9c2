from __future__ import annotations

import subprocess

import pytest
from django.apps import apps
from django.db import connections

from tests.oracle import (
    differences,
    high_water_marks,
    new_object_problems,
    row_counts,
    schema_differences,
    schema_snapshot,
)
from tests.project import FILLED_ROWS, ONE_OF_EACH, Project, soaked

# Numbered by each `migrate` in an order of its own.
NUMBERED = ("auth_permission", "auth_group_permissions", "auth_user_user_permissions")


def fill(project: Project, alias: str, *more: str) -> subprocess.CompletedProcess[str]:
    return project.manage(
        "makebookshop", f"--database={alias}", "--rows=2000", *more, check=True
    )


def test_the_same_seed_makes_the_same_rows(project: Project) -> None:
    one, other = project.database("sqlite"), project.database("sqlite")
    fill(project, one, "--seed=7")
    fill(project, other, "--seed=7")
    assert differences(project.entry(one), project.entry(other)) == []


def test_another_seed_makes_other_rows(project: Project) -> None:
    one, other = project.database("sqlite"), project.database("sqlite")
    fill(project, one, "--seed=7")
    fill(project, other, "--seed=8")
    found = differences(project.entry(one), project.entry(other))
    assert any(sentence.startswith("bookshop_review:") for sentence in found)


@pytest.mark.parametrize("vendor", ["postgresql", soaked("mariadb"), "mysql"])
def test_every_engine_stores_every_value_unchanged(
    project: Project, vendor: str
) -> None:
    file = project.database("sqlite", filled=True)
    server = project.database(vendor, filled=True)
    found = [
        sentence
        for sentence in differences(project.entry(file), project.entry(server))
        if not sentence.startswith(NUMBERED)
    ]
    assert found == []


@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_every_table_has_rows_and_new_ones_can_follow(
    project: Project, vendor: str
) -> None:
    alias = project.database(vendor, filled=True)
    counts = row_counts(project.entry(alias))
    assert sum(counts.values()) >= FILLED_ROWS
    assert [table for table, count in counts.items() if not count] == []
    assert new_object_problems(alias) == []


@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_deleted_rows_leave_their_keys_behind(project: Project, vendor: str) -> None:
    alias = project.database(vendor, filled=True)
    order = apps.get_model("bookshop", "Order")
    largest = order.objects.using(alias).order_by("pk").last().pk
    assert high_water_marks(project.entry(alias))["bookshop_order"] == largest + 7


def test_a_filled_bookshop_is_not_filled_again(project: Project) -> None:
    alias = project.database("sqlite", filled=True)
    done = project.manage("makebookshop", f"--database={alias}")
    assert done.returncode == 1
    assert "holds rows already" in done.stderr


def test_an_unknown_database_is_named(project: Project) -> None:
    done = project.manage("makebookshop", "--database=nowhere")
    assert done.returncode == 1
    assert "'nowhere'" in done.stderr


@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_the_oracle_sees_one_changed_value_and_one_index_more(
    project: Project, vendor: str
) -> None:
    one = project.database(vendor, filled=True)
    other = project.database(vendor, filled=True)
    entries = project.entry(one), project.entry(other)
    assert differences(*entries) == []
    before = schema_snapshot(entries[1])
    assert schema_differences(schema_snapshot(entries[0]), before) == []
    quote = connections[other].ops.quote_name
    with connections[other].cursor() as cursor:
        cursor.execute(
            f"UPDATE bookshop_genre SET {quote('order')} = 1 WHERE {quote('id')} = 3"
        )
        cursor.execute("CREATE INDEX canary ON bookshop_author (born_on)")
    connections[other].close()
    (found,) = differences(*entries)
    assert found.startswith("bookshop_genre: 41 and 41 rows, 1 only on the left")
    after = schema_snapshot(entries[1])
    for changed in schema_differences(before, after), schema_differences(after, before):
        assert changed
        assert all("canary" in sentence for sentence in changed)
