"""What a table is called where another engine was ``default``."""

from __future__ import annotations

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps

from dashboard.planning.table_names import between_quotes, name_cut_to, names_in
from tests.project import Project

Models = dict[str, type[models.Model]]


@pytest.fixture
def shop(project: Project) -> Models:
    """Models with short, long, given and qualified names."""
    with isolate_apps("django.contrib.sites"):
        return declared()


def declared() -> Models:
    class Short(models.Model):  # noqa: DJ008
        class Meta:
            app_label = "shop"

    class OrganizationMembershipRequestHistory(models.Model):  # noqa: DJ008
        members = models.ManyToManyField(Short, related_name="+")
        granted_explicitly_by_somebody = models.ManyToManyField(Short)
        named = models.ManyToManyField(Short, related_name="+", db_table="x" * 70)

        class Meta:
            app_label = "shop"

    class Qualified(models.Model):  # noqa: DJ008
        members = models.ManyToManyField(Short, related_name="+")

        class Meta:
            app_label = "shop"
            db_table = '"stock"."shelf"'

    found: Models = {"Short": Short}
    for owner in (OrganizationMembershipRequestHistory, Qualified):
        found[owner.__name__] = owner
        for field in owner._meta.local_many_to_many:
            through = field.remote_field.through
            found[f"{owner.__name__}.{field.name}"] = through
    return found


LONG = "OrganizationMembershipRequestHistory"
GRANTED = f"{LONG}.granted_explicitly_by_somebody"
WHOLE = f"shop_{GRANTED.lower().replace('.', '_')}"


def test_only_a_name_that_django_made_is_cut(shop: Models) -> None:
    granted = shop[GRANTED]
    assert name_cut_to(granted, None) == WHOLE
    # Django's own way to cut: a hash of the whole name at the end.
    for limit in (63, 64):
        cut = name_cut_to(granted, limit)
        assert len(cut) == limit
        assert cut[: limit - 4] == WHOLE[: limit - 4]
        assert cut != WHOLE[:limit]
    for name in ("Short", LONG, f"{LONG}.members", "Qualified.members"):
        assert name_cut_to(shop[name], 63) == shop[name]._meta.db_table
    assert name_cut_to(shop[f"{LONG}.named"], 63) == "x" * 70


def test_what_the_database_itself_would_be_asked_for_comes_first(
    project: Project, shop: Models
) -> None:
    granted = shop[GRANTED]
    project.database("postgresql", "new", migrated=False)
    new, default = connections["new"], connections["default"]
    names = names_in(granted, new)
    assert names[0] == name_cut_to(granted, 63)
    assert set(names) == {name_cut_to(granted, limit) for limit in (63, 64, None)}
    limit = default.ops.max_name_length()
    assert names_in(granted, default)[0] == name_cut_to(granted, limit)
    assert names_in(shop["Short"], new) == ["shop_short"]
    # Never what is another model's.
    other = {63, 64, limit} - {63, limit}
    taken = [name_cut_to(granted, number) for number in other]
    assert not set(names_in(granted, new, taken)) & set(taken)


def test_quotes_within_a_name_are_a_schema_where_the_engine_says_so(
    project: Project,
) -> None:
    project.database("postgresql", "new", migrated=False)
    project.database("mariadb", "old", migrated=False)
    for name in ('"stock"."shelf"', 'stock"."shelf'):
        assert between_quotes(connections["new"], name) == 'stock"."shelf'
        assert between_quotes(connections["old"], name) == name
