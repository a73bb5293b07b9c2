"""What a project's own fields refuse, and what nobody can compare, before the start."""

from __future__ import annotations

import json
from typing import Any

from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import made
from tests.project import Project
from tests.throwaway import Throwaway

MODELS = """
class Own(models.Field):
    def __init__(self, own="", *args, **options):
        self.own = own
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, [self.own], options

    def db_type(self, connection):
        return self.own if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value, connection, prepared=False):
        return "none" if value == [] else value

class Thing(models.Model):
    numbers = Own("integer[]", null=True)

class Event(models.Model):
    day = Own("daterange", null=True)

class Past(models.Model):
    day = Own("date", null=True)
"""
TIMED = """
import json
from dashboard.planning import conversion_checks
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning
found = check("old", "new", ("shop.Thing",), scanning=Scanning(seconds=0)).found
# A row at a time, as a table of many is read in pieces.
conversion_checks.RANGE_ROWS = 1
found += check("old", "new", ("shop.Thing",), scanning=Scanning()).found
class Stopped(Exception):
    pass

heard = []
def stops(stage, table="", done=0, total=0):
    heard.append(table)
    if heard.count("shop_thing") == 3:
        raise Stopped

try:
    check("old", "new", ("shop.Thing",), scanning=Scanning(hears=stops))
except Stopped:
    pass
else:
    found = []
print(json.dumps([[one.check, one.message] for one in found]))
"""

LOST = """
import json
from django.db import connection, connections
from dashboard.planning.hearing import Stage
from dashboard.planning.preflight import check
from dashboard.planning.value_checks import Scanning

def hears(stage, table="", done=0, total=0):
    if stage == Stage.VALUES:
        with connections["old"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

found = check("old", "new", ("shop.Thing",), scanning=Scanning(hears=hears)).found
print(json.dumps([[one.check, one.message] for one in found]))
"""


def found(shop: Throwaway, *options: str) -> dict[str, dict[str, str]]:
    """The messages of errors and warnings by model and id."""
    arguments = ("copydata", "old", "new", "shop", "--check", "--json", *options)
    document: dict[str, Any] = json.loads(shop.manage(*arguments, check=False).stdout)
    said: dict[str, dict[str, str]] = {}
    for one in document["findings"]:
        number = one["check"].rpartition(".")[2]
        said.setdefault(one["model"], {})[number] = one["message"]
    return said


def test_what_a_field_refuses_and_what_is_not_compared(project: Project) -> None:
    shop = made(project, {"old": "postgresql", "new": "sqlite"}, MODELS)
    shop.migrate()
    run_sql(
        project,
        "old",
        "INSERT INTO shop_thing VALUES (1, NULL), (2, '{1}'), (3, '{}'), (4, '{7}')",
        "INSERT INTO shop_past VALUES (1, '0044-03-15 BC')",
    )
    said = found(shop)
    thing = said["shop.Thing"]
    assert thing.keys() == {"E244", "W245"}
    assert "'numbers' of table 'shop_thing'" in thing["E244"]
    assert "in 2 rows (keys: 2, 4)" in thing["E244"]
    assert "'numbers' cannot be compared" in thing["W245"]
    # Nothing to refuse, and all the same nothing to prove it by.
    assert said["shop.Event"].keys() == {"W245"}
    # A date that the driver cannot read, by which the run would read it.
    assert "'shop_past'" in said["shop.Past"]["E244"]
    assert "44" not in said["shop.Past"]["E244"]
    aside = found(shop, "--on-bad-rows=aside")["shop.Thing"]
    assert aside.keys() == {"W244", "W245"}
    assert found(shop, "--no-scan")["shop.Thing"].keys() == {"W245"}
    done = shop.manage("shell", "--verbosity=0", "--command", TIMED)
    timed = {one.rpartition(".")[2]: said for one, said in json.loads(done.stdout)}
    assert "'shop_thing'" in timed["W291"]
    assert timed["E244"] == thing["E244"]
    done = shop.manage("shell", "--verbosity=0", "--command", LOST)
    lost = {one.rpartition(".")[2]: said for one, said in json.loads(done.stdout)}
    assert "'shop_thing'" in lost["E243"]
    assert "E244" not in lost
