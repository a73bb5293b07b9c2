"""An alias that keeps local time in a zone with summer time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project
from tests.throwaway import Throwaway

MODELS = """
class Visit(models.Model):
    at = models.DateTimeField()
"""
SEEN = """
import json
from shop.models import Visit
print(json.dumps([
    [one.at.timestamp() for one in Visit.objects.using(alias).order_by("id")]
    for alias in ("old", "new")
]))
"""
ZONE = "Europe/Berlin"
NAIVE = 'USE_TZ = False\nTIME_ZONE = "Europe/Berlin"\n'
DIRECTIONS = [
    pytest.param("postgresql", "mariadb", marks=pytest.mark.soak),
    pytest.param("postgresql", "sqlite", marks=pytest.mark.soak),
    pytest.param("postgresql", "mysql", marks=pytest.mark.soak),
]
# The first half of the hour that comes twice, a summer's day and a winter's.
HELD = ["2024-10-27 00:30:00+00", "2024-07-01 12:00:00+00", "2024-12-01 12:00:00.5+00"]
TWICE = "2024-10-27 01:30:00+00"
SKIPPED = "2024-03-31 02:30:00"


def made(project: Project, source: str, destination: str, more: str = "") -> Throwaway:
    project.control("sqlite", migrated=False)
    for engine, alias in ((source, "old"), (destination, "new")):
        project.database(engine, alias, migrated=False)
        if engine != "postgresql" and not more:
            project.register(alias, {**project.entry(alias), "TIME_ZONE": ZONE})
    throwaway = Throwaway(project, MODELS, settings=more)
    throwaway.migrate()
    return throwaway


def seen(throwaway: Throwaway) -> Any:
    done = throwaway.manage("shell", "--verbosity=0", "--command", SEEN)
    return json.loads(done.stdout)


def refused(throwaway: Throwaway) -> None:
    """Refused before the start, and in the middle where nobody looked before."""
    found = throwaway.copy("old", "new", "shop", code=1)
    (one,) = (one for one in found["findings"] if one["level"] == "error")
    assert one["check"] == "migration_console.E222"
    assert "'at' of table 'shop_visit'" in one["message"]
    assert "(keys: 9)" in one["message"]
    (table,) = throwaway.copy("old", "new", "shop", "--no-scan", code=1)["tables"]
    assert "'at'" in table["error"]
    assert "shop_visit" in table["error"]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_d34_the_hour_that_autumn_repeats(
    project: Project, source: str, destination: str
) -> None:
    throwaway = made(project, source, destination)
    old = EngineDatabase(source, project.entry("old"))
    for number, text in enumerate(HELD):
        old.run("INSERT INTO shop_visit VALUES (%s, %s)", (number + 1, text))
    old.run("INSERT INTO shop_visit VALUES (9, %s)", (TWICE,))
    refused(throwaway)

    old.run("DELETE FROM shop_visit WHERE id = 9")
    assert throwaway.copy("old", "new", "shop")["verdict"] == "verified"
    there, here = seen(throwaway)
    assert here == there

    new = EngineDatabase(destination, project.entry("new"))
    old.run("INSERT INTO shop_visit VALUES (9, %s)", (TWICE,))
    new.run("INSERT INTO shop_visit VALUES (9, '2024-10-27 02:30:00')")
    done = throwaway.manage("verifydata", "old", "new", "shop", check=False)
    assert done.returncode != 0


@pytest.mark.soak
@pytest.mark.parametrize("more", ["", NAIVE], ids=["aware", "naive"])
def test_d34_the_hour_that_spring_skips(project: Project, more: str) -> None:
    throwaway = made(project, "mariadb", "postgresql", more)
    old = EngineDatabase("mariadb", project.entry("old"))
    for number, text in enumerate(HELD):
        values = (number + 1, text.removesuffix("+00"))
        old.run("INSERT INTO shop_visit VALUES (%s, %s)", values)
    old.run("INSERT INTO shop_visit VALUES (9, %s)", (SKIPPED,))
    refused(throwaway)

    old.run("DELETE FROM shop_visit WHERE id = 9")
    assert throwaway.copy("old", "new", "shop")["verdict"] == "verified"
    there, here = seen(throwaway)
    assert here == there
