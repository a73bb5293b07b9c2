"""Models that have moved on since the old database was written."""

from __future__ import annotations

import json

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import made, rows
from tests.project import DIRECTIONS, Project, soaked
from tests.throwaway import Throwaway

MODELS = """
import datetime
import uuid
from django.utils import timezone

class Author(models.Model):
    number = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    status = models.CharField(max_length=20, default="it's 100% ☃")
    note = models.TextField(null=True)
    remark = models.TextField(blank=True)
    joined = models.DateTimeField(default=timezone.now)
    changed = models.DateTimeField(auto_now=True)
    day = models.DateField(default=datetime.date(2001, 2, 3))
    hour = models.TimeField(default=datetime.time(4, 5, 6, 7))
    rank = models.IntegerField(default=-7)
    share = models.DecimalField(max_digits=8, decimal_places=2, default="1.5")
    ratio = models.FloatField(default=0.1)
    active = models.BooleanField(default=True)
    lasts = models.DurationField(default=datetime.timedelta(-1, 2, 3))
    code = models.UUIDField(default=uuid.UUID(int=77))
    octets = models.BinaryField(default=bytes([0, 39, 92, 255]))
    extra = models.JSONField(default=dict)
    host = models.GenericIPAddressField(default="2001:db8::1")

class Address(models.Model):
    author = models.OneToOneField(Author, models.CASCADE)
    street = models.CharField(max_length=50)
    city = models.CharField(max_length=50, null=True)

class Keyword(models.Model):
    word = models.CharField(max_length=200)

class Book(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Author, models.CASCADE)
    keywords = models.ManyToManyField(Keyword)
"""
RENAMED = {
    "shop.Author": "writer",
    "shop.Author.number": "writer_no",
    "shop.Author.name": "full_name",
    "shop.Address": "writer",
    "shop.Address.id": "writer_no",
    "shop.Address.author": "writer_no",
    "shop.Keyword": "tag",
    "shop.Book": "novel",
    "shop.Book.title": "headline",
    "shop.Book.author": "writer_ref",
    "shop.Book_keywords": "novel_tags",
    "shop.Book_keywords.book": "novel_ref",
    "shop.Book_keywords.keyword": "tag_ref",
}
OLD = [
    "CREATE TABLE writer (writer_no bigint PRIMARY KEY,"
    " full_name varchar(200) NOT NULL, street varchar(50) NOT NULL, city varchar(50),"
    " fax varchar(20), pager varchar(9))",
    "CREATE TABLE tag (id bigint PRIMARY KEY, word varchar(20) NOT NULL)",
    "CREATE TABLE novel (id bigint PRIMARY KEY, headline varchar(80) NOT NULL,"
    " writer_ref bigint NOT NULL)",
    "CREATE TABLE novel_tags (id bigint PRIMARY KEY, novel_ref bigint NOT NULL,"
    " tag_ref bigint NOT NULL)",
]
ROWS = [
    *(
        f"INSERT INTO writer VALUES ({3 * n}, 'Name {n} é', 'Street {n}', "
        f"{'NULL' if n % 3 else repr(f'City {n}')}, {repr('1') if n == 5 else 'NULL'}, "
        "'')"
        for n in range(1, 21)
    ),
    *(f"INSERT INTO tag VALUES ({n}, 'word {n}')" for n in range(1, 4)),
    *(f"INSERT INTO novel VALUES ({n}, 'Title {n}', {3 * n})" for n in range(1, 21)),
    *(f"INSERT INTO novel_tags VALUES ({n}, {n}, 2)" for n in range(1, 21)),
]
PAIRS = [
    (
        "SELECT writer_no, full_name FROM writer ORDER BY 1",
        "SELECT number, name FROM shop_author ORDER BY 1",
    ),
    (
        "SELECT writer_no, writer_no, street, city FROM writer ORDER BY 1",
        "SELECT id, author_id, street, city FROM shop_address ORDER BY 1",
    ),
    (
        "SELECT id, word FROM tag ORDER BY 1",
        "SELECT id, word FROM shop_keyword ORDER BY 1",
    ),
    (
        "SELECT id, headline, writer_ref FROM novel ORDER BY 1",
        "SELECT id, title, author_id FROM shop_book ORDER BY 1",
    ),
    (
        "SELECT id, novel_ref, tag_ref FROM novel_tags ORDER BY 1",
        "SELECT id, book_id, keyword_id FROM shop_book_keywords ORDER BY 1",
    ),
]
# Every row as a new one, made by Django itself, would be but for its moments.
SAME_AS_NEW = """
from django.utils import timezone
from shop.models import *
made = Author.objects.using("new").create(name="x")
made = Author.objects.using("new").get(pk=made.pk)
print(made.pk)
passing = {"number", "name", "joined", "changed"}
names = [f.name for f in Author._meta.fields if f.name not in passing]
for one in Author.objects.using("new").exclude(pk=made.pk):
    for name in names:
        old, new = getattr(one, name), getattr(made, name)
        old, new = [bytes(v) if isinstance(v, memoryview) else v for v in (old, new)]
        assert old == new, (name, old, new)
moments = set(Author.objects.using("new").exclude(pk=made.pk)
              .values_list("joined", flat=True))
assert len(moments) == 1
assert abs((timezone.now() - moments.pop()).total_seconds()) < 600
made.delete()
"""

OFTEN = [("mysql", "postgresql")]
EVERY = [pair if pair in OFTEN else soaked(*pair) for pair in DIRECTIONS]


def old_and_new(
    project: Project, source: str, destination: str, settings: str = ""
) -> Throwaway:
    shop = made(project, {"old": source, "new": destination}, MODELS, settings)
    shop.manage("makemigrations", "shop", "--verbosity=0")
    shop.manage("migrate", "--verbosity=0")
    shop.manage("migrate", "--verbosity=0", "--database=new")
    run_sql(project, "old", *OLD, *ROWS)
    return shop


def options() -> list[str]:
    return [f"--renamed={label}={name}" for label, name in RENAMED.items()]


@pytest.mark.parametrize(("source", "destination"), EVERY)
def test_a_model_that_has_moved_on_is_filled_and_proved(
    project: Project, source: str, destination: str
) -> None:
    shop = old_and_new(project, source, destination)
    asked = ["old", "new", "shop", *options()]

    report = shop.copy(*asked, "--chunk-rows=7")

    assert report["verdict"] == "verified"
    for old, new in PAIRS:
        assert rows(project, "old", old) == rows(project, "new", new)
    done = shop.manage("shell", "--verbosity=0", "--command", SAME_AS_NEW)
    # The next number lies beyond those of the source.
    assert int(done.stdout) > 60
    left = {one["table"]: one["source_rows"] for one in report["left_out"]}
    assert (left["writer.fax"], left["writer.pager"]) == (1, 0)
    said = " ".join(one["message"] for one in report["findings"])
    assert "writer_no → number" in said
    assert "no column 'share' of table 'shop_author': every row gets '1.50'" in said

    # What a later comparison fills with is what the run filled with.
    done = shop.manage("verifydata", *asked, "--json", check=False)
    assert json.loads(done.stdout)["verdict"] == "verified", done.stderr
    run_sql(
        project,
        "new",
        "UPDATE shop_author SET rank = 8 WHERE number = 9".replace(
            "rank", "`rank`" if destination in ("mysql", "mariadb") else '"rank"'
        ),
    )
    done = shop.manage("verifydata", *asked, "--json", check=False)
    assert json.loads(done.stdout)["verdict"] == "mismatched"


UNFILLED = """
import uuid

class Plain(models.Model):
    name = models.CharField(max_length=9)
    code = models.CharField(max_length=9, default="x", unique=True)

class Constrained(models.Model):
    code = models.CharField(max_length=9, default="x")
    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="one_code")]

class Together(models.Model):
    first = models.IntegerField(default=1)
    second = models.IntegerField(default=2)
    class Meta:
        unique_together = [("first", "second")]

class Token(models.Model):
    token = models.UUIDField(default=uuid.uuid4)

class Given(models.Model):
    given = models.IntegerField()

class NullTogether(models.Model):
    first = models.IntegerField(default=1)
    second = models.IntegerField(null=True)
    class Meta:
        unique_together = [("first", "second")]

class Apart(models.Model):
    name = models.CharField(max_length=9)
    language = models.CharField(max_length=9, default="en")
    class Meta:
        unique_together = [("name", "language")]
"""
UNFILLED_OLD = [
    f"CREATE TABLE old_{name} (id integer PRIMARY KEY, name varchar(9))"
    for name in (
        *("plain", "constrained", "together", "token", "given"),
        *("nulltogether", "apart"),
    )
]


def test_what_cannot_be_filled_is_named_before_the_start(project: Project) -> None:
    shop = made(project, {"old": "sqlite", "new": "sqlite"}, UNFILLED)
    shop.manage("makemigrations", "shop", "--verbosity=0")
    shop.manage("migrate", "--verbosity=0")
    shop.manage("migrate", "--verbosity=0", "--database=new")
    fill = [
        f"INSERT INTO old_{name} VALUES (1, 'a'), (2, 'b')"
        for name in ("nulltogether", "apart")
    ]
    run_sql(project, "old", *UNFILLED_OLD, *fill)
    models = [*("Plain", "Constrained", "Together", "Token", "Given")]
    taken = ["NullTogether", "Apart"]
    names = {
        name: f"--renamed=shop.{name}=old_{name.lower()}" for name in models + taken
    }

    report = shop.copy("old", "new", "shop", *names.values(), code=1)

    found = {
        one["model"]: one["message"]
        for one in report["findings"]
        if one["level"] == "error"
    }
    assert sorted(found) == sorted(f"shop.{name}" for name in models)
    for name in ("Plain", "Constrained"):
        assert "it is unique, and a default is the same" in found[f"shop.{name}"]
    assert "'first', 'second' are unique together" in found["shop.Together"]
    assert "another one for every row" in found["shop.Token"]
    assert "no default, and it takes no NULL" in found["shop.Given"]

    labels = [f"shop.{name}" for name in taken]
    report = shop.copy("old", "new", *labels, *(names[name] for name in taken))

    assert report["verdict"] == "verified"
    assert rows(project, "new", "SELECT id, name, language FROM shop_apart") == [
        (1, "a", "en"),
        (2, "b", "en"),
    ]
