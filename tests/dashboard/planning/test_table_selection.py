"""Which tables a label names, and which take part in no run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps

from dashboard.planning.table_selection import (
    ModelTable,
    UnknownLabel,
    select,
    tables,
)
from tests.project import Project
from tests.throwaway import Throwaway

BOOK = {
    "bookshop.Book",
    "bookshop.Book_genres",
    "bookshop.Book_authors",
    "bookshop.Book_sequels",
}


def labels(found: list[ModelTable]) -> set[str]:
    return {item.label for item in found}


def item(label: str) -> ModelTable:
    (found,) = [one for one in tables() if one.label == label]
    return found


def test_every_table_is_there_once_in_the_order_of_the_apps() -> None:
    found = tables()
    names = [one.table for one in found]
    assert len(names) == len(set(names))
    assert labels(found) >= {*BOOK, "auth.User_groups", "admin.LogEntry", "sites.Site"}
    order = [config.label for config in apps.get_app_configs()]
    places = [order.index(one.owner._meta.app_label) for one in found]
    assert places == sorted(places)


def test_what_belongs_to_one_database_never_takes_part() -> None:
    apps_found = {one.model._meta.app_label for one in tables()}
    assert not apps_found & {"migration_console", "sessions"}
    for label in ("migration_console", "sessions", "sessions.Session"):
        with pytest.raises(UnknownLabel, match=label):
            select([label])


def test_a_proxy_has_no_table_of_its_own() -> None:
    assert "bookshop.DiscountedProduct" not in labels(tables())
    with pytest.raises(UnknownLabel, match=r"bookshop\.DiscountedProduct"):
        select(["bookshop.DiscountedProduct"])


def test_no_label_means_everything() -> None:
    assert select([]) == tables()


def test_an_app_is_all_of_its_models() -> None:
    wanted = {one.label for one in tables() if one.owner._meta.app_label == "bookshop"}
    assert labels(select(["bookshop"])) == wanted
    assert wanted >= BOOK


@pytest.mark.parametrize("label", ["bookshop.Book", "bookshop.book", "bookshop.BOOK"])
def test_a_model_brings_its_automatic_tables_in_any_case(label: str) -> None:
    assert labels(select([label])) == BOOK


@pytest.mark.parametrize("label", ["bookshop.Book_genres", "bookshop.book_GENRES"])
def test_an_automatic_table_can_be_named_alone(label: str) -> None:
    assert labels(select([label])) == {"bookshop.Book_genres"}
    assert item("bookshop.Book_genres").owner is apps.get_model("bookshop", "Book")


def test_a_through_model_of_its_own_is_not_brought_along() -> None:
    assert "bookshop.Contribution" not in labels(select(["bookshop.Book"]))
    assert labels(select(["bookshop.Contribution"])) == {"bookshop.Contribution"}


def test_an_inherited_model_brings_its_parents() -> None:
    assert labels(select(["bookshop.EBook"])) == {"bookshop.EBook", "bookshop.Product"}
    assert labels(select(["bookshop.Product"])) == {"bookshop.Product"}


def test_exclusions_win_over_what_is_brought_along() -> None:
    found = select(["bookshop.EBook", "bookshop.Book"], ["bookshop.Product"])
    assert labels(found) == {"bookshop.EBook", *BOOK}
    found = select(["bookshop.Book"], ["bookshop.Book_genres"])
    assert labels(found) == BOOK - {"bookshop.Book_genres"}
    assert select(["bookshop"], ["bookshop"]) == []
    assert not any(label.startswith("auth.") for label in labels(select([], ["auth"])))


@pytest.mark.parametrize(
    "label",
    ["nosuch", "nosuch.Model", "bookshop.Nosuch", "", ".Book", "Bookshop", "book"],
)
def test_a_label_of_nothing_is_named(label: str) -> None:
    for named, excluded in (([label], []), (["bookshop"], [label])):
        with pytest.raises(UnknownLabel) as caught:
            select(named, excluded)
        assert caught.value.args == (label,)


def test_who_may_sign_in_and_do_what_is_replaced_last() -> None:
    last = {one.label for one in tables() if one.replaced_last}
    assert last == {
        "auth.User",
        "auth.User_groups",
        "auth.User_user_permissions",
        "auth.Group",
        "auth.Group_permissions",
        "auth.Permission",
        "contenttypes.ContentType",
    }


def test_a_key_is_its_columns() -> None:
    assert item("bookshop.Stock").key == ("shop_id", "sku")
    assert item("bookshop.Profile").key == ("user_id",)
    assert item("bookshop.EBook").key == ("product_ptr_id",)
    assert item("bookshop.Book_genres").key == ("id",)


def test_fields_are_those_of_this_very_table() -> None:
    assert set(item("bookshop.EBook").fields) == {
        "product_ptr_id",
        "book_id",
        "file",
        "file_bytes",
    }
    assert "order" in item("bookshop.Genre").fields
    # The composite key itself has no column.
    assert set(item("bookshop.Stock").fields) == {
        "shop_id",
        "sku",
        "on_hand",
        "reserved",
        "counted_at",
    }


MODELS = """
from django.contrib.auth.models import AbstractUser

class Being(models.Model):
    born = models.DateField(null=True)
    likes = models.ManyToManyField("self")

class Member(Being, AbstractUser):
    pass

class Friend(Member):
    class Meta:
        proxy = True

class Pupil(Member):
    grade = models.IntegerField()

class View(models.Model):
    class Meta:
        managed = False

class Shadow(models.Model):
    class Meta:
        managed = False
        db_table = "shop_being"

class Old(models.Model):
    class Meta:
        swappable = "SHOP_OLD_MODEL"

class New(models.Model):
    members = models.ManyToManyField(Member, through="Seat")

class Seat(models.Model):
    new = models.ForeignKey(New, models.CASCADE)
    member = models.ForeignKey(Member, models.CASCADE)
"""
SETTINGS = 'AUTH_USER_MODEL = "shop.Member"\nSHOP_OLD_MODEL = "shop.New"\n'
LIST = """
import json
from dashboard.planning.table_selection import tables
print(json.dumps({one.label: one.replaced_last for one in tables()}))
"""


def test_a_custom_user_model_and_its_parents_come_last(project: Project) -> None:
    throwaway = Throwaway(project, MODELS, settings=SETTINGS)
    done = throwaway.manage("shell", "--verbosity=0", "--command", LIST)
    found: dict[str, Any] = json.loads(done.stdout)
    # Neither a proxy nor what is swapped away; an unmanaged model may have a real
    # table, but not the one of a managed model.
    assert {label for label in found if label.startswith("shop.")} == {
        "shop.Being",
        "shop.Being_likes",
        "shop.Member",
        "shop.Member_groups",
        "shop.Member_user_permissions",
        "shop.Pupil",
        "shop.New",
        "shop.Seat",
        "shop.View",
    }
    assert not any(label.startswith("auth.User") for label in found)
    assert {label for label, is_last in found.items() if is_last} == {
        "shop.Being",
        "shop.Being_likes",
        "shop.Member",
        "shop.Member_groups",
        "shop.Member_user_permissions",
        "auth.Group",
        "auth.Group_permissions",
        "auth.Permission",
        "contenttypes.ContentType",
    }
