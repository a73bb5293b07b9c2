"""Orders, reviews, and what refers to any of them."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from migration_console.bookshop.filling import Filling
from migration_console.bookshop.models import Book, Order, OrderLine, Review, Tag
from migration_console.bookshop.samples import ADDRESSES, TEXTS

Types = dict[str, ContentType]


def write_sales(shop: Filling) -> None:
    _orders(shop)
    _reviews(shop)
    types = {
        name: ContentType.objects.db_manager(shop.using).get_for_model(model)
        for name, model in (("book", Book), ("order", Order))
    }
    _tags(shop, types)
    _log_entries(shop, types)
    _order_lines(shop)


def _orders(shop: Filling) -> None:
    shop.writer.write(
        Order,
        "id number customer_id shop_id placed_at shipped_on paid address note",
        (
            (
                number,
                f"O-{number:09d}",
                shop.any(shop.users),
                shop.any(shop.shops),
                shop.instant(),
                shop.maybe(shop.day()),
                (None, True, False)[number % 3],
                shop.any(ADDRESSES),
                shop.maybe(shop.any(TEXTS), 0.5),
            )
            for number in range(1, shop.count[Order] + 1)
        ),
    )


def _reviews(shop: Filling) -> None:
    shop.writer.write(
        Review,
        "id book_id user_id headline text stars score written_at",
        (
            (
                number,
                shop.any(shop.books),
                shop.maybe(shop.any(shop.users)),
                shop.maybe(shop.line(120)),
                shop.long_text(),
                number % 7 - 1,
                shop.floating(),
                shop.instant(),
            )
            for number in range(1, shop.count[Review] + 1)
        ),
    )


def _tags(shop: Filling, types: Types) -> None:
    shop.writer.write(
        Tag,
        "id label content_type_id object_id",
        (
            (number, shop.line(40), *_target(shop, types, number))
            for number in range(1, shop.count[Tag] + 1)
        ),
    )


def _log_entries(shop: Filling, types: Types) -> None:
    shop.writer.write(
        LogEntry,
        "id action_time user_id content_type_id object_id object_repr action_flag"
        " change_message",
        (
            (
                number,
                shop.instant(),
                shop.any(shop.users),
                *_target(shop, types, number),
                shop.line(200),
                number % 3 + 1,
                shop.any(['[{"added": {}}]', "", shop.text()]),
            )
            for number in range(1, shop.count[LogEntry] + 1)
        ),
    )


def _target(shop: Filling, types: Types, number: int) -> tuple[int, str]:
    if number % 2:
        return types["book"].pk, str(shop.any(shop.books))
    return types["order"].pk, str(number)


def _order_lines(shop: Filling) -> None:
    missing = shop.rows - sum(shop.writer.written.values())
    orders = shop.count[Order]
    shop.writer.write(
        OrderLine,
        "id order_id book_id quantity pack unit_price gift",
        (
            (
                number,
                int(shop.rng.random() * orders) + 1,
                shop.any(shop.books),
                int(shop.rng.random() * 100),
                number % 12 + 1,
                shop.price(),
                number % 11 == 0,
            )
            for number in range(1, max(missing, 50) + 1)
        ),
    )
