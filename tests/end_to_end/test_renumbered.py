"""References to content types, permissions and sites, which each side numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.oracle import reading
from tests.project import Project, soaked
from tests.throwaway import Throwaway

MODELS = """
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site

class Note(models.Model):
    text = models.CharField(max_length=40)

class Tag(models.Model):
    name = models.CharField(max_length=40)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True)
    object_id = models.CharField(max_length=40, null=True)
    target = GenericForeignKey()

class Grant(models.Model):
    permission = models.OneToOneField(Permission, models.CASCADE, primary_key=True)
    name = models.CharField(max_length=40)

class Use(models.Model):
    grant = models.ForeignKey(Grant, models.CASCADE)

class Role(models.Model):
    permissions = models.ManyToManyField(Permission)

class Page(models.Model):
    site = models.ForeignKey(Site, models.CASCADE)
"""
SETTINGS = 'INSTALLED_APPS += ["django.contrib.sites"]\nSITE_ID = 1\n'
FILL = """
from django.contrib.contenttypes.models import ContentType
from django.contrib.auth.models import Group, Permission
from django.contrib.sites.models import Site
from shop.models import *
types = list(
    ContentType.objects.using("old")
    .exclude(model__in=["contenttype", "permission", "site"])
    .order_by("pk")
)
kinds = list(Permission.objects.using("old").order_by("pk"))
for number, kind in enumerate(types * 3):
    Tag.objects.using("old").create(name="tag", content_type=kind, object_id=number)
Tag.objects.using("old").create(name="of nothing")
for kind in kinds:
    grant = Grant.objects.using("old").create(permission=kind, name="grant")
    Use.objects.using("old").create(grant=grant)
Role.objects.using("old").create().permissions.set(kinds[::2])
Group.objects.using("old").create(name="all").permissions.set(kinds)
for alias, names in (("old", "abc"), ("new", "cab")):
    Site.objects.using(alias).all().delete()
    for number, name in enumerate(names, 1):
        Site.objects.using(alias).create(pk=number, domain=name + ".org", name=name)
for site in Site.objects.using("old").all():
    Page.objects.using("old").create(site=site)
Note.objects.using("old").create(text="refers to nothing")
"""
# The same numbers as in the source, or nearly so, and each means something else.
RENUMBER = """
from django.contrib.contenttypes.models import ContentType
from django.contrib.auth.models import Permission
types = list(ContentType.objects.using("new").order_by("-app_label", "model"))
kinds = list(Permission.objects.using("new").order_by("-codename"))
model_of = {kind.pk: kind.model for kind in types}
Permission.objects.using("new").all().delete()
ContentType.objects.using("new").all().delete()
for number, kind in enumerate(types):
    kind.pk = number + 2
    kind.save(using="new", force_insert=True)
kind_of = {kind.model: kind.pk for kind in types}
for number, kind in enumerate(kinds):
    kind.pk = 2 * number + 1
    kind.content_type_id = kind_of[model_of[kind.content_type_id]]
    kind.save(using="new", force_insert=True)
"""
LABELS = ("shop", "auth.Group")
TYPES = "SELECT t.id, c.app_label, c.model, t.object_id FROM shop_tag t LEFT JOIN django_content_type c ON c.id = t.content_type_id"  # noqa: E501
NAMED = {
    "tag": TYPES,
    "grant": "SELECT p.codename, g.name FROM shop_grant g JOIN auth_permission p ON p.id = g.permission_id",  # noqa: E501
    "use": "SELECT u.id, p.codename FROM shop_use u JOIN auth_permission p ON p.id = u.grant_id",  # noqa: E501
    "role": "SELECT r.id, r.role_id, p.codename FROM shop_role_permissions r JOIN auth_permission p ON p.id = r.permission_id",  # noqa: E501
    "group": "SELECT r.id, r.group_id, p.codename FROM auth_group_permissions r JOIN auth_permission p ON p.id = r.permission_id",  # noqa: E501
    "page": "SELECT p.id, s.domain FROM shop_page p JOIN django_site s ON s.id = p.site_id",  # noqa: E501
}


def made(project: Project, source: str, destination: str) -> Throwaway:
    project.database(source, "old", migrated=False)
    project.database(destination, "new", migrated=False)
    project.control("sqlite", migrated=False)
    throwaway = Throwaway(project, MODELS, settings=SETTINGS)
    throwaway.migrate()
    throwaway.manage("shell", "--verbosity=0", "--command", FILL + RENUMBER)
    return throwaway


def seen(project: Project, alias: str) -> dict[str, list[Any]]:
    """What every reference means, by the raw driver."""
    with reading(project.entry(alias)) as reader:
        return {
            name: sorted(map(repr, map(tuple, reader.query(sql))))
            for name, sql in NAMED.items()
        }


def told(report: dict[str, Any]) -> str:
    found = [one for one in report["findings"] if one["level"] == "error"]
    return " ".join(f"{one['message']} {one['remedy']}" for one in found)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("postgresql", "mariadb"),
        soaked("sqlite", "postgresql"),
        soaked("mariadb", "postgresql"),
        soaked("postgresql", "postgresql"),
        soaked("sqlite", "sqlite"),
    ],
)
def test_d71_references_mean_the_same_in_other_numbers(
    project: Project, source: str, destination: str
) -> None:
    throwaway = made(project, source, destination)
    before = seen(project, "old")

    report = throwaway.copy("old", "new", *LABELS)

    assert report["verdict"] == "verified"
    after = seen(project, "new")
    assert after == before == seen(project, "old")
    # A number that is another one's is found, and so is one that was left as it is.
    run_sql(
        project,
        "new",
        "UPDATE shop_tag SET content_type_id = (SELECT max(c.id) FROM "
        "django_content_type c WHERE c.id <> shop_tag.content_type_id) WHERE id = 1",
    )
    done = throwaway.manage("verifydata", "old", "new", *LABELS, "--json", check=False)
    assert done.returncode == 1
    assert '"content_type_id"' in done.stdout


# Another table has the model's name by now, and other rows.
MOVED = [
    *(
        f"ALTER TABLE {table} RENAME TO old_{table}"
        for table in ("django_content_type", "auth_permission", "django_site")
    ),
    "ALTER TABLE old_django_content_type RENAME COLUMN model TO kind",
    "ALTER TABLE old_auth_permission RENAME COLUMN codename TO code",
    "ALTER TABLE old_auth_permission RENAME COLUMN content_type_id TO of_kind",
    "ALTER TABLE old_django_site RENAME COLUMN domain TO host",
    "CREATE TABLE django_content_type AS SELECT 100 - id AS id, app_label,"
    " kind AS model FROM old_django_content_type",
    "CREATE TABLE django_site AS SELECT 4 - id AS id, host AS domain"
    " FROM old_django_site",
]
MOVED_TO = {
    "contenttypes.ContentType": "old_django_content_type",
    "contenttypes.ContentType.model": "kind",
    "auth.Permission": "old_auth_permission",
    "auth.Permission.codename": "code",
    "auth.Permission.content_type": "of_kind",
    "sites.Site": "old_django_site",
    "sites.Site.domain": "host",
}


@pytest.mark.parametrize(
    ("source", "destination"),
    [("sqlite", "sqlite"), soaked("postgresql", "mariadb")],
)
def test_what_is_named_is_read_where_the_source_has_it(
    project: Project, source: str, destination: str
) -> None:
    throwaway = made(project, source, destination)
    before = seen(project, "old")
    run_sql(project, "old", *MOVED)
    names = [f"--renamed={label}={name}" for label, name in MOVED_TO.items()]

    report = throwaway.copy("old", "new", *LABELS, *names)

    assert report["verdict"] == "verified"
    assert seen(project, "new") == before


@pytest.mark.soak
def test_rows_that_refer_to_what_is_not_there_are_named_before_the_start(
    project: Project,
) -> None:
    throwaway = made(project, "sqlite", "sqlite")
    run_sql(
        project,
        "old",
        "INSERT INTO django_content_type (id, app_label, model)"
        " VALUES (900, 'gone', 'thing')",
        "INSERT INTO shop_tag (name, content_type_id, object_id)"
        " VALUES ('a', 900, '1'), ('b', 901, '1')",
        "UPDATE django_site SET domain = 'elsewhere.org' WHERE id = 2",
    )

    said = told(throwaway.copy("old", "new", *LABELS, code=1))

    assert "'gone.thing'" in said
    assert "Rows of shop.Tag refer by 'content_type_id' to content types" in said
    assert "does not have: 'gone.thing' (1 rows)" in said
    assert "do not exist in the source itself: '901' (1 rows)" in said
    assert "'elsewhere.org'" in said
    assert "Choose sites.Site" in said
    # Nobody minds who does not touch them.
    assert throwaway.copy("old", "new", "shop.Note")["verdict"] == "verified"


@pytest.mark.soak
def test_a_generic_relation_to_what_has_another_number_is_refused(
    project: Project,
) -> None:
    throwaway = made(project, "sqlite", "sqlite")
    with reading(project.entry("old")) as reader:
        sql = "SELECT id FROM django_content_type WHERE model = 'site'"
        ((number,),) = reader.query(sql)
    run_sql(
        project,
        "old",
        "DELETE FROM shop_tag",
        f"INSERT INTO shop_tag (name, content_type_id, object_id)"
        f" VALUES ('a', {number}, '2')",
    )
    said = told(throwaway.copy("old", "new", "shop.Tag", code=1))
    assert "refer by 'object_id', through a generic relation, to sites" in said
    # The same number on both sides is not the same row: a comparison says so.
    done = throwaway.manage("verifydata", "old", "new", "shop.Tag", check=False)
    assert "through a generic relation, to sites" in done.stdout
    labels = ("shop.Tag", "shop.Page", "sites")
    assert throwaway.copy("old", "new", *labels, "--empty")["verdict"] == "verified"
