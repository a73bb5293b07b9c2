"""A copy of some models: what they refer to is there, or is named before the start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.oracle import row_counts
from tests.project import Project
from tests.throwaway import Throwaway

MODELS = """
import uuid

class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)

class City(models.Model):
    country = models.ForeignKey(Country, models.CASCADE)

class Person(models.Model):
    city = models.ForeignKey(City, models.CASCADE, null=True)
    token = models.UUIDField(unique=True, default=uuid.uuid4)

class Order(models.Model):
    person = models.ForeignKey(Person, models.CASCADE)

class Letter(models.Model):
    to = models.ForeignKey(Person, models.CASCADE, to_field="token", null=True)

class Trace(models.Model):
    person = models.ForeignKey(Person, models.DO_NOTHING, db_constraint=False)
"""
FILL = """
from shop.models import *
import uuid
for alias in aliases:
    for number in (1, 2, 3):
        Country.objects.using(alias).create(code="ABC"[number - 1] * 2)
        City.objects.using(alias).create(pk=number, country_id="AA")
        Person.objects.using(alias).create(
            pk=number, city_id=number if number < 3 else None,
            token=uuid.UUID(int=number),
        )
for person in (1, 2, 2, 3):
    Order.objects.using("old").create(person_id=person)
    Letter.objects.using("old").create(to_id=uuid.UUID(int=person))
    Trace.objects.using("old").create(person_id=person)
Letter.objects.using("old").create()
"""
PAIRS = [
    pytest.param(("sqlite", "postgresql"), id="sqlite-postgresql"),
    pytest.param(
        ("postgresql", "mariadb"), id="postgresql-mariadb", marks=pytest.mark.soak
    ),
    pytest.param(("mariadb", "sqlite"), id="mariadb-sqlite", marks=pytest.mark.soak),
]


@pytest.fixture(params=PAIRS)
def throwaway(project: Project, request: pytest.FixtureRequest) -> Throwaway:
    source, destination = request.param
    project.database(source, "old", migrated=False)
    project.database(destination, "new", migrated=False)
    project.control("sqlite", migrated=False)
    made = Throwaway(project, MODELS)
    made.migrate()
    return made


def fill(throwaway: Throwaway, *aliases: str) -> None:
    script = f"aliases = {aliases!r}\n{FILL}"
    throwaway.manage("shell", "--verbosity=0", "--command", script)


def said(report: dict[str, Any], level: str) -> list[tuple[str, str]]:
    found = [one for one in report["findings"] if one["level"] == level]
    return [(one["message"], one["remedy"]) for one in found]


def test_what_is_referred_to_and_not_there_is_named_before_the_start(
    throwaway: Throwaway,
) -> None:
    fill(throwaway, "old")
    labels = ("shop.Order", "shop.Letter", "shop.Trace")
    report = throwaway.copy("old", "new", *labels, code=1)
    assert report["status"] == "draft"
    order, letter = sorted(said(report, "error"), reverse=True)
    assert "4 rows of shop.Order refer by 'person_id'" in order[0]
    assert "3 of them, such as '1', '2', '3'" in order[0]
    assert "'shop_person'" in order[0]
    # And what would be missing then.
    assert order[1].startswith("Choose shop.Person, shop.City, shop.Country as well")
    assert "4 rows of shop.Letter refer by 'to_id'" in letter[0]
    ((trace, remedy),) = said(report, "warning")
    assert "4 rows of shop.Trace refer by 'person_id'" in trace
    assert "No foreign key" in remedy
    assert row_counts(throwaway.project.entry("new"))["shop_order"] == 0
    every = (*labels, "shop.Person", "shop.City", "shop.Country")
    assert throwaway.copy("old", "new", *every)["verdict"] == "verified"


def test_what_is_there_already_need_not_be_chosen(throwaway: Throwaway) -> None:
    fill(throwaway, "old", "new")
    labels = ("shop.Order", "shop.Letter", "shop.Trace")
    run_sql(throwaway.project, "new", "DELETE FROM shop_person WHERE id = 2")

    report = throwaway.copy("old", "new", *labels, code=1)

    letter, order = sorted(said(report, "error"))
    assert "2 rows of shop.Order" in order[0]
    assert "1 of them, such as '2'" in order[0]
    # Its city is there.
    assert order[1].startswith("Choose shop.Person as well")
    assert "2 rows of shop.Letter" in letter[0]
    assert "1 of them, such as '00000000-0000-0000-0000-000000000002'" in letter[0]


def test_nobody_minds_who_refers_to_nothing(throwaway: Throwaway) -> None:
    fill(throwaway, "old", "new")
    labels = ("shop.Order", "shop.Letter", "shop.Trace")
    report = throwaway.copy("old", "new", *labels)
    assert report["findings"] == []
    assert report["verdict"] == "verified"


GENERIC = """
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType

class Book(models.Model):
    name = models.CharField(max_length=40)

class Tag(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=40)
    target = GenericForeignKey()
"""
TAGS = """
from shop.models import *
for alias, numbers in (("old", (1, 2, 3)), ("new", (1,))):
    for number in numbers:
        Book.objects.using(alias).create(pk=number, name=alias)
kind = ContentType.objects.db_manager("old").get(model="book")
for number in (1, 2, 2, 3):
    Tag.objects.using("old").create(content_type_id=kind.pk, object_id=number)
"""


@pytest.mark.soak
def test_a_generic_relation_to_what_is_not_there_is_a_warning(
    project: Project,
) -> None:
    project.database("sqlite", "old", migrated=False)
    project.database("postgresql", "new", migrated=False)
    project.control("sqlite", migrated=False)
    throwaway = Throwaway(project, GENERIC)
    throwaway.migrate()
    throwaway.manage("shell", "--verbosity=0", "--command", TAGS)
    report = throwaway.copy("old", "new", "shop.Tag")
    ((warning, remedy),) = said(report, "warning")
    assert "3 rows of shop.Tag refer by 'object_id'" in warning
    assert "2 of them, such as '2', '3'" in warning
    assert "choose shop.Book" in remedy
