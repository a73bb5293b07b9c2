"""What a condition finds is what the project itself finds by it, on every engine."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.projects import made
from tests.project import VENDORS, Project, soaked

# Its managers hide rows, and without USE_TZ a moment is one of the project's clock.
SETTINGS = "\nUSE_TZ = False\nTIME_ZONE = 'America/New_York'\n"
MODELS = """
class Live(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(gone=False)

class Owner(models.Model):
    gone = models.BooleanField()
    objects = Live()

    class Meta:
        base_manager_name = "objects"

class Note(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    placed = models.DateTimeField()
    address = models.GenericIPAddressField()
    data = models.JSONField()
"""
FILL = """
from datetime import datetime
from shop.models import *
for n in (1, 2):
    Owner(n, gone=n == 2).save(using="old")
for n in range(24):
    placed = datetime(2024, 1, 1, n, 30)
    data = {"a": n, "b": [f'q"{n}'], "c": None}
    Note(n + 1, 1 + n % 2, placed, f"10.0.0.{n}", data).save(using="old")
"""
EXPECTED = {
    "placed__gte=2024-01-01 12:00": 12,
    "placed__year=2024": 24,
    "owner__gone=true": 12,
    "address=10.0.0.3": 1,
    "address__in=10.0.0.3,10.0.0.4": 2,
    "data__a=3": 1,
    "data__a__gte=20": 4,
    'data__b__0="q\\"7"': 1,
    "data__has_keys=a,b": 24,
}
ASK = """
import json
from dashboard.planning.asked import Asked
from dashboard.planning.lookups import conditions_in, lines_of
from dashboard.planning.only import Only
from dashboard.planning.preflight import check
found = {}
for text in json.loads(%r):
    only = Only(conditions_in([("shop.Note", text)]), with_parents=True)
    plan = check("old", "new", ["shop.Note"], [], asked=Asked(only=only))
    sizes = {one.item.label: one.size.rows for one in plan.tables}
    faults = sorted({one.check[-4:] for one in plan.found if one.level == "error"})
    found[text] = [sizes.get("shop.Note"), faults]
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    "vendor", [v if v == "postgresql" else soaked(v) for v in VENDORS]
)
def test_a_condition_finds_what_the_project_finds(
    project: Project, vendor: str
) -> None:
    engines = {"old": vendor, "new": "sqlite"}
    shop = made(project, engines, MODELS, SETTINGS)
    shop.migrate()
    by_clock = ["placed__hour=3", "placed__date=2024-01-01"]
    lacking = 'data__contains={"a": 3}'
    asked = json.dumps([*EXPECTED, *by_clock, lacking])
    code = f"{FILL}\n{ASK % asked}"
    said = shop.manage("shell", "--verbosity=0", "--command", code).stdout
    found = json.loads(said.splitlines()[-1])

    for text, number in EXPECTED.items():
        assert found[text] == [number, []], text
    if vendor == "postgresql":
        # The session that copies has UTC: a refusal, and no other hours.
        assert [found[text][1] for text in by_clock] == [["E250"]] * 2
    else:
        assert [found[text] for text in by_clock] == [[1, []], [24, []]]
    # The destination, which is not asked, need not have the lookup.
    has_it = vendor != "sqlite"
    assert found[lacking] == ([1, []] if has_it else [24, ["E255"]])
