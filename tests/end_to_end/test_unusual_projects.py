"""Projects whose tables are unlike the bookshop's."""

from __future__ import annotations

from typing import Any

import pytest

from tests import oracle
from tests.project import Project, soaked
from tests.throwaway import Throwaway

MODELS = """
class Sparse(models.Model):
    name = models.CharField(max_length=40)

class Weighed(models.Model):
    weight = models.FloatField(primary_key=True)
    name = models.CharField(max_length=40)

class Weighing(models.Model):
    weighed = models.ForeignKey(Weighed, models.CASCADE)

class Absent(models.Model):
    name = models.CharField(max_length=40)
"""
ROUTER = """
class Router:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return model_name != "absent"
"""
SETTINGS = 'DATABASE_ROUTERS = ["throwaway_router.Router"]\n'
FAR = 1_000_000_000
WEIGHTS = [-1.5e300, -0.1, 0.0, 0.1, 1 / 3, 2.5e-300, 1e22]
FILL = f"""
from shop.models import *
using = "old"
Sparse.objects.using(using).bulk_create(
    Sparse(pk=number * {FAR} + 1, name=str(number)) for number in range(1000)
)
weighed = [Weighed(weight=weight, name=repr(weight)) for weight in {WEIGHTS!r}]
Weighed.objects.using(using).bulk_create(weighed)
Weighing.objects.using(using).bulk_create(Weighing(weighed=one) for one in weighed)
"""


@pytest.fixture
def throwaway(project: Project, request: pytest.FixtureRequest) -> Throwaway:
    source, destination = request.param
    project.database(source, "old", migrated=False)
    project.database(destination, "new", migrated=False)
    project.control("sqlite", migrated=False)
    made = Throwaway(project, MODELS, settings=SETTINGS)
    (made.directory / "throwaway_router.py").write_text(ROUTER)
    made.migrate()
    made.manage("shell", "--verbosity=0", "--command", FILL)
    return made


def rows(entry: dict[str, Any], sql: str) -> list[Any]:
    with oracle.reading(entry) as reader:
        return [tuple(row) for row in reader.query(sql)]


PAIRS = [
    ("mysql", "postgresql"),
    soaked(("postgresql", "sqlite")),
    soaked(("sqlite", "mysql")),
    *(soaked((vendor, "postgresql")) for vendor in ("postgresql", "mariadb", "sqlite")),
    soaked(("sqlite", "mariadb")),
]


@pytest.mark.parametrize(
    "throwaway",
    [
        pytest.param(p.values, marks=p.marks) if hasattr(p, "marks") else p
        for p in PAIRS
    ],
    indirect=True,
)
def test_f38_sparse_keys_arrive_and_an_absent_table_is_named(
    throwaway: Throwaway,
) -> None:
    report = throwaway.copy("old", "new", "shop")

    assert report["verdict"] == "verified"
    entry = throwaway.project.entry
    for table, order in (
        ("shop_sparse", "id"),
        ("shop_weighed", "weight"),
        ("shop_weighing", "id"),
    ):
        sql = f"SELECT * FROM {table} ORDER BY {order}"
        assert rows(entry("new"), sql) == rows(entry("old"), sql)
    tables = {table["table"]: table for table in report["tables"]}
    assert set(tables) == {"shop_sparse", "shop_weighed", "shop_weighing"}
    said = {found["model"]: found["message"] for found in report["findings"]}
    is_mysql = "mysql" in entry("old")["ENGINE"]
    assert ("one piece" in said.get("shop.Weighed", "")) == is_mysql
    left_out = {entry["model"]: entry for entry in report["left_out"]}
    assert left_out["shop.Absent"]["reason"] == "absent"
    assert "A router keeps shop.Absent out" in left_out["shop.Absent"]["why"]


@pytest.mark.soak
@pytest.mark.parametrize("throwaway", [("sqlite", "postgresql")], indirect=True)
def test_d60_models_without_any_table_are_refused(throwaway: Throwaway) -> None:
    done = throwaway.manage("copydata", "old", "new", "shop.Absent", check=False)
    assert done.returncode == 1
    assert "neither database has a table 'shop_absent'" in done.stderr
