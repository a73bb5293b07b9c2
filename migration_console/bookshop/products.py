"""Products and their two kinds, in stock."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from migration_console.bookshop.filling import Filling
from migration_console.bookshop.models import Audiobook, EBook, Product, Stock
from migration_console.bookshop.samples import DURATIONS

# Products that are neither.
PLAIN = 10


def write_products(shop: Filling) -> None:
    ebooks = range(1, shop.count[EBook] + 1)
    audiobooks = range(ebooks.stop, ebooks.stop + shop.count[Audiobook])
    _products(shop, audiobooks.stop + PLAIN)
    _ebooks(shop, ebooks)
    _audiobooks(shop, audiobooks)
    _stock(shop)


def _products(shop: Filling, stop: int) -> None:
    shop.writer.write(
        Product,
        "id sku name price currency_id active created_at",
        (
            (
                number,
                f"SKU-{number:07d}",
                shop.line(120),
                shop.price().quantize(Decimal("0.01"), ROUND_DOWN),
                shop.any(shop.currencies),
                number % 3 != 0,
                shop.instant(),
            )
            for number in range(1, stop)
        ),
    )


def _ebooks(shop: Filling, numbers: range) -> None:
    shop.writer.write(
        EBook,
        "product_ptr_id book_id file file_bytes",
        (
            (
                number,
                shop.any(shop.books),
                f"ebooks/{number}/é {number}.epub",
                int(shop.rng.random() * 2**62),
            )
            for number in numbers
        ),
    )


def _audiobooks(shop: Filling, numbers: range) -> None:
    shop.writer.write(
        Audiobook,
        "product_ptr_id book_id duration narrator_id",
        (
            (
                number,
                shop.any(shop.books),
                shop.any(DURATIONS),
                shop.maybe(shop.any(shop.authors)),
            )
            for number in numbers
        ),
    )


def _stock(shop: Filling) -> None:
    shop.writer.write(
        Stock,
        "shop_id sku on_hand reserved counted_at",
        (
            (
                shop.shops[number % len(shop.shops)],
                f"SKU-{number // len(shop.shops):07d}",
                shop.integer(),
                number % 9,
                shop.maybe(shop.instant()),
            )
            for number in range(shop.count[Stock])
        ),
    )
