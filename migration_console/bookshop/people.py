"""Users with their groups, profiles and employees."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission, User

from migration_console.bookshop.filling import Filling
from migration_console.bookshop.models import Employee, Profile
from migration_console.bookshop.samples import JSON_TEXTS


def write_people(shop: Filling) -> None:
    _users(shop)
    _groups(shop)
    _profiles(shop)
    _employees(shop)


def _users(shop: Filling) -> None:
    shop.writer.write(
        User,
        "id password last_login is_superuser username first_name last_name email"
        " is_staff is_active date_joined",
        (
            (
                number,
                f"!{number:040d}",
                shop.maybe(shop.instant(), 0.5),
                False,
                f"reader{number}",
                shop.line(60),
                shop.line(60),
                f"reader{number}@example.org",
                number % 50 == 0,
                number % 7 != 0,
                shop.instant(),
            )
            for number in shop.users
        ),
    )


def _groups(shop: Filling) -> None:
    names = ["Booksellers", "Éditeurs", "Quality 'n' \\control\\", "😀"]
    groups = range(101, 101 + len(names))
    shop.writer.write(Group, "id name", zip(groups, names, strict=True))
    permissions = sorted(
        Permission.objects.using(shop.using).values_list("pk", flat=True)
    )
    write_pairs = shop.writer.write_pairs
    write_pairs(Group.permissions.through, shop.pairs(groups, permissions, 12))
    write_pairs(User.groups.through, shop.pairs(shop.users[::3], groups, 2))
    write_pairs(
        User.user_permissions.through, shop.pairs(shop.users[::20], permissions, 3)
    )


def _profiles(shop: Filling) -> None:
    shop.writer.write(
        Profile,
        "user_id phone birthday favourite_id settings",
        (
            (
                user,
                f"+41 {user:09d}",
                shop.maybe(shop.day()),
                shop.maybe(shop.any(shop.genres)),
                shop.any(JSON_TEXTS[1:]),
            )
            for user in shop.users[::2]
        ),
    )


def _employees(shop: Filling) -> None:
    shop.writer.write(
        Employee,
        "id shop_id user_id name hired_on salary",
        (
            (
                number,
                shop.any(shop.shops),
                shop.users[number] if number % 3 and number < 25 else None,
                shop.line(80),
                shop.day(),
                shop.money(),
            )
            for number in shop.employees
        ),
    )
