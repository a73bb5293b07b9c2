"""Only some rows: the stories of one feed, and what belongs to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.end_to_end.projects import made, rows
from tests.project import DIRECTIONS, Project, soaked
from tests.throwaway import Throwaway

MODELS = """
class Owner(models.Model):
    name = models.CharField(max_length=40)
    country = models.CharField(max_length=2)

class Feed(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    title = models.CharField(max_length=60)

class Tag(models.Model):
    word = models.CharField(max_length=20)

class Story(models.Model):
    feed = models.ForeignKey(Feed, models.CASCADE)
    title = models.CharField(max_length=60)
    placed = models.DateTimeField()
    score = models.IntegerField(null=True)
    tags = models.ManyToManyField(Tag)

class Comment(models.Model):
    story = models.ForeignKey(Story, models.CASCADE)
    text = models.TextField()
"""
COUNTRY = {1: "AT", 2: "DE"}
# Every story has two tags and one comment; every fifth no score.
ROWS = [
    *(f"INSERT INTO shop_owner VALUES ({n}, 'O {n}', '{COUNTRY[n]}')" for n in (1, 2)),
    *(
        f"INSERT INTO shop_feed (id, owner_id, title) VALUES ({n}, {1 + n % 2}, 'F')"
        for n in range(1, 5)
    ),
    *(f"INSERT INTO shop_tag VALUES ({n}, 'tag {n}')" for n in range(1, 7)),
]
STORIES = 400


def story(n: int) -> str:
    day, score = f"2024-{1 + n % 12:02}-{1 + n % 28:02} 12:00:00", n % 50
    title = f"100%% o''clock {n}" if n % 3 else f"Title {n}"
    return f"({n}, {1 + n % 4}, '{title}', '{day}', {score if n % 5 else 'NULL'})"


def filled() -> list[str]:
    every = range(1, STORIES + 1)
    pairs = [f"({2 * n - k}, {n}, {1 + (n + k) % 6})" for n in every for k in (0, 1)]
    return [
        *ROWS,
        "INSERT INTO shop_story (id, feed_id, title, placed, score) VALUES "
        + ", ".join(map(story, every)),
        "INSERT INTO shop_story_tags (id, story_id, tag_id) VALUES " + ", ".join(pairs),
        "INSERT INTO shop_comment (id, story_id, text) VALUES "
        + ", ".join(f"({n}, {n}, 'Comment {n}')" for n in every),
    ]


def old_and_new(
    project: Project, source: str, destination: str, settings: str = ""
) -> Throwaway:
    shop = made(project, {"old": source, "new": destination}, MODELS, settings)
    shop.migrate()
    run_sql(project, "old", *filled())
    return shop


def same(project: Project, sql: str, condition: str) -> list[Any]:
    """Prove by raw drivers that there is what the source has of a condition."""
    here = rows(project, "old", f"{sql} WHERE {condition} ORDER BY 1")
    assert rows(project, "new", f"{sql} ORDER BY 1") == here
    return here


OFTEN = [("sqlite", "sqlite")]
EVERY = [pair if pair in OFTEN else soaked(*pair) for pair in DIRECTIONS]
FEED = "id, feed_id, title, score FROM shop_story"
OF_FEED = "story_id IN (SELECT id FROM shop_story WHERE feed_id = 2)"


@pytest.mark.parametrize(("source", "destination"), EVERY)
def test_the_stories_of_one_feed(
    project: Project, source: str, destination: str
) -> None:
    shop = old_and_new(project, source, destination)
    asked = ["old", "new", "shop.Story", "shop.Comment", "--where", "shop.Story"]

    # A comment of another feed's story, and the feed itself, are found before.
    done = shop.manage("copydata", *asked, "feed=2", "--json", check=False)
    assert "--with-parents" in done.stdout, done.stdout + done.stderr

    report = shop.copy(
        *asked,
        *("feed=2", "--where", "shop.Story", "title__contains=100%"),
        *("--where", "shop.Comment", "story__feed=2"),
        *("--where", "shop.Comment", "story__title__contains=100%"),
        *("--with-parents", "--chunk-rows=30"),
    )

    assert report["verdict"] == "verified"
    some = "feed_id = 2 AND substr(title, 1, 3) = '100'"
    assert len(same(project, f"SELECT {FEED}", some)) == 67
    of_some = f"story_id IN (SELECT id FROM shop_story WHERE {some})"
    pairs = same(project, "SELECT id, story_id, tag_id FROM shop_story_tags", of_some)
    assert len(pairs) == 2 * 67
    same(project, "SELECT id, story_id FROM shop_comment", of_some)
    same(project, "SELECT id, owner_id FROM shop_feed", "id = 2")
    same(project, "SELECT id, country FROM shop_owner", "id = 1")
    of_pairs = f"id IN (SELECT tag_id FROM shop_story_tags WHERE {of_some})"
    same(project, "SELECT id FROM shop_tag", of_pairs)
    tables = {one["model"]: one for one in report["tables"]}
    assert tables["shop.Story"]["source_rows"] == 67, tables["shop.Story"]

    # What is compared is the filter's as well, and found where it differs.
    run_sql(project, "new", "UPDATE shop_story SET score = 77 WHERE id = 1")
    run_sql(project, "new", "UPDATE shop_story SET score = 7 WHERE id = 5")
    done = shop.manage("verifydata", *asked, "feed=2", "--json", check=False)
    found = json.loads(done.stdout)
    assert found["verdict"] == "mismatched"
    # Those whose title is another are missing, and no other feed's.
    (one,) = [t for t in found["tables"] if t["model"] == "shop.Story"]
    assert (one["source_rows"], one["destination_rows"]) == (100, 67), one


def test_feed_by_feed_into_what_is_there(project: Project) -> None:
    shop = old_and_new(project, "mysql", "postgresql")
    asked = ["old", "new", "shop.Story", "--with-parents", "--where", "shop.Story"]
    run_sql(project, "new", "INSERT INTO shop_tag VALUES (99, 'of its own')")

    plan = shop.manage("copydata", *asked, "feed=2", "--mode=merge", "--plan").stdout
    assert "100 rows of shop.Story take part: feed=2" in plan
    assert rows(project, "new", "SELECT count(*) FROM shop_story") == [(0,)]
    for feeds in ((2,), (2, 3)):
        report = shop.copy(*asked, f"feed={feeds[-1]}", "--mode=merge")
        assert report["verdict"] == "verified"
        some = f"feed_id IN ({', '.join(map(str, feeds))})"
        assert len(same(project, f"SELECT {FEED}", some)) == 100 * len(feeds)
        of_some = f"story_id IN (SELECT id FROM shop_story WHERE {some})"
        same(project, "SELECT story_id, tag_id FROM shop_story_tags", of_some)
        same(project, "SELECT id, owner_id FROM shop_feed", some.replace("feed_", ""))
    own = "SELECT word FROM shop_tag WHERE id = 99"
    assert rows(project, "new", own) == [("of its own",)]
    # A merged pair has a number of the destination's.
    apart = "--exclude=shop.Story_tags"
    done = shop.manage("verifydata", *asked, "feed=2", apart, "--json")
    found = {one["model"]: one for one in json.loads(done.stdout)["tables"]}
    assert found["shop.Story"]["destination_rows"] == 100
    assert found["shop.Feed"]["destination_rows"] == 1


def test_newer_than_the_last_verified_run(project: Project) -> None:
    shop = old_and_new(project, "sqlite", "sqlite")
    asked = ["old", "new", "shop.Owner", "--newer", "shop.Owner", "id", "--mode=merge"]
    # No row of the destination's own is where the next run begins.
    run_sql(project, "new", "INSERT INTO shop_owner VALUES (900, 'Own', 'XX')")

    def inserted(*more: str) -> int:
        report = shop.copy(*asked, *more)
        (table,) = report["tables"]
        assert report["options"]["newer"] == {"shop.Owner": "id"}
        return int(table["rows_inserted"])

    assert inserted() == 2
    run_sql(project, "old", "INSERT INTO shop_owner VALUES (7, 'Late', 'CH')")
    # What no run has verified is nowhere to begin at, and the place stays.
    assert inserted("--verify=none") == 1
    run_sql(project, "new", "DELETE FROM shop_owner WHERE id = 7")
    assert inserted() == 1
    assert inserted() == 0
    # Nor is it where a run of fewer rows has ended.
    run_sql(project, "old", "INSERT INTO shop_owner VALUES (8, 'Later', 'DE')")
    run_sql(project, "old", "INSERT INTO shop_owner VALUES (9, 'Last', 'CH')")
    assert inserted("--where", "shop.Owner", "country=CH") == 1
    assert inserted() == 1
    run_sql(project, "new", "DELETE FROM shop_owner WHERE id = 900")
    same(project, "SELECT id, name FROM shop_owner", "1 = 1")


def test_a_setting_filters_where_nobody_says_otherwise(project: Project) -> None:
    project.options["FILTERS"] = {
        "shop.Owner": {"country__in": ["AT", "CH"], "id__lt": 9}
    }
    shop = old_and_new(project, "sqlite", "postgresql")

    shop.copy("old", "new", "shop.Owner")
    same(project, "SELECT id, name FROM shop_owner", "country = 'AT'")
    shop.copy("old", "new", "shop.Owner", "--empty", "--where", "shop.Owner", "id=2")
    same(project, "SELECT id, name FROM shop_owner", "id = 2")
    done = shop.manage(
        *("copydata", "old", "new", "--where", "shop.Owner", "contry=AT"), check=False
    )
    assert "Did you mean 'country'?" in done.stderr
