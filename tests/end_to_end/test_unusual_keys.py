"""Keys of octets, of unlike types, printed with zeros, and tables without any."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import Project
from tests.throwaway import Throwaway

MODELS = """
import uuid

class Octets(models.Field):
    def __init__(self, *args, there="bytea", swapped=False, **kwargs):
        self.there, self.swapped = there, swapped
        super().__init__(*args, **kwargs)
    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        own = {"there": self.there, "swapped": self.swapped}
        return name, path, args, {**kwargs, **own}
    def db_type(self, connection):
        types = {"postgresql": self.there, "mysql": "binary(16)"}
        return types.get(connection.vendor, "blob")
    def rel_db_type(self, connection):
        return self.db_type(connection)
    def from_db_value(self, value, expression, connection):
        if value is None or isinstance(value, uuid.UUID):
            return value
        given = {"bytes_le" if self.swapped else "bytes": bytes(value)}
        return uuid.UUID(**given)
    def to_python(self, value):
        return value if isinstance(value, uuid.UUID | None) else uuid.UUID(value)
    def get_prep_value(self, value):
        return self.to_python(value)
    def get_db_prep_value(self, value, connection, prepared=False):
        value = self.to_python(value)
        is_own = connection.vendor == "postgresql" and self.there == "uuid"
        if value is None or is_own:
            return value
        return value.bytes_le if self.swapped else value.bytes

class Raw(models.Model):
    id = Octets(primary_key=True)

class Mixed(models.Model):
    id = Octets(primary_key=True, there="uuid")
    number = models.IntegerField()

class Mixing(models.Model):
    mixed = models.ForeignKey(Mixed, models.CASCADE, null=True)

class Swapped(models.Model):
    token = Octets(there="uuid", swapped=True)

class Customer(models.Model):
    name = models.CharField(max_length=20)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, db_constraint=False)

class Loose(models.Model):
    number = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=20)
"""
FILL = """
import random, uuid
from shop.models import *
chance = random.Random(4)
tokens = [uuid.UUID(int=chance.getrandbits(128)) for _ in range(300)]
def make(model, rows):
    model.objects.using("old").bulk_create(model(**row) for row in rows)
make(Raw, [{"id": token} for token in tokens])
make(Mixed, [{"id": token, "number": n} for n, token in enumerate(tokens)])
make(Mixing, [{"mixed_id": token} for token in [*tokens, None]])
make(Swapped, [{"token": token} for token in tokens])
make(Customer, [{"name": str(n)} for n in range(300)])
make(Order, [{"customer_id": n + 1} for n in range(300)])
"""
SEEN = """
from shop.models import *
import json
print(json.dumps({model.__name__: [
    sorted(map(str, model.objects.using(alias).values_list()))
    for alias in ("old", "new")
] for model in (Raw, Mixed, Mixing, Swapped, Customer, Order)}))
"""
ZEROFILL = [
    "ALTER TABLE shop_customer MODIFY id bigint(12) unsigned zerofill NOT NULL",
    "ALTER TABLE shop_order MODIFY customer_id bigint(12) unsigned zerofill NOT NULL",
]
LOOSE = [(1, "twice"), (1, "twice"), (2, "once"), (3, "")]
WITHOUT_KEY = "CREATE TABLE shop_loose (number integer NOT NULL, name varchar(20))"
OPTIONS = ("--chunk-rows=50", "--table=legacy_log")
DIRECTIONS = [
    ("mariadb", "postgresql"),
    *(
        pytest.param(*pair, marks=pytest.mark.soak)
        for pair in [
            ("postgresql", "mariadb"),
            ("postgresql", "sqlite"),
            ("sqlite", "postgresql"),
            ("sqlite", "mysql"),
            ("mysql", "postgresql"),
            ("mariadb", "mariadb"),
        ]
    ),
]


def equal_as_django_reads(throwaway: Throwaway) -> dict[str, bool]:
    done = throwaway.manage("shell", "--verbosity=0", "--command", SEEN)
    return {name: old == new for name, (old, new) in json.loads(done.stdout).items()}


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_no_key_refuses_a_run(project: Project, source: str, destination: str) -> None:
    project.control("sqlite", migrated=False)
    sides = []
    for engine, alias in ((source, "old"), (destination, "new")):
        project.database(engine, alias, migrated=False)
        sides.append(EngineDatabase(engine, project.entry(alias)))
    throwaway = Throwaway(project, MODELS)
    throwaway.migrate()
    throwaway.manage("shell", "--verbosity=0", "--command", FILL)
    for side in sides:
        side.run("DROP TABLE shop_loose")
        side.run(WITHOUT_KEY)
        # Of no model.
        side.run("CREATE TABLE legacy_log (line varchar(20) NULL)")
    old, new = sides
    for row in LOOSE:
        old.run("INSERT INTO shop_loose VALUES (%s, %s)", row)
    old.run("INSERT INTO legacy_log VALUES ('a'), ('a'), (NULL), (NULL)")
    if old.vendor == "mysql":
        for statement in ZEROFILL:
            old.run(statement)

    # Where octets become a UUID, only the field knows that they are swapped.
    swaps = "postgresql" in (source, destination)
    report = throwaway.copy("old", "new", "shop", *OPTIONS, code=3 if swaps else 0)

    tables = {table["table"]: table for table in report["tables"]}
    read = "SELECT number, name FROM shop_loose"
    assert Counter(new.read(read)) == Counter(old.read(read)) == Counter(LOOSE)
    log = "SELECT line FROM legacy_log"
    assert Counter(new.read(log)) == Counter(old.read(log))
    assert set(equal_as_django_reads(throwaway).values()) == {True}
    verdicts = Counter(one["verdict"] for one in tables.values())
    assert verdicts == {"verified": len(tables) - swaps, "partly verified": int(swaps)}
    on_values = [name for name, one in tables.items() if one["route"] == "values"]
    assert on_values == ["shop_swapped"] * swaps
    said = {found["model"]: found["message"] for found in report["findings"]}
    assert "in one piece" in said["shop.Loose"]

    new.run("INSERT INTO shop_loose VALUES (1, 'twice')")
    done = throwaway.manage("verifydata", "old", "new", "shop.Loose", check=False)
    assert done.returncode != 0, done.stdout
