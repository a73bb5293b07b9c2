"""Authors and books, and what ties them together."""

from __future__ import annotations

import uuid

from migration_console.bookshop.filling import Filling
from migration_console.bookshop.models import Author, Book, Contribution, Edition
from migration_console.bookshop.samples import (
    BIG_INTEGERS,
    BYTES,
    DURATIONS,
    JSON_TEXTS,
    KEY_PREFIXES,
    ROLES,
    TIMES,
)
from migration_console.bookshop.writer import Row


def write_library(shop: Filling) -> None:
    _authors(shop)
    _books(shop)
    _contributions(shop)
    _editions(shop)


def _authors(shop: Filling) -> None:
    shop.writer.write(
        Author,
        "id first_name last_name email homepage biography born_on created_at"
        " updated_at",
        (
            (
                number,
                shop.line(60),
                shop.line(60),
                f"author{number}@example.org",
                shop.maybe(f"https://example.org/{number}", 0.5) or "",
                shop.long_text(),
                shop.maybe(shop.day()),
                shop.instant(),
                shop.instant(),
            )
            for number in shop.authors
        ),
    )


def _books(shop: Filling) -> None:
    shop.writer.write(
        Book,
        "id title slug summary price currency_id weight pages shelf sold balance"
        " catalogue_number published_on read_aloud_at reading_time details cover"
        " in_print translated created_at updated_at",
        (_book(shop, number, key) for number, key in enumerate(shop.books)),
    )
    write_pairs = shop.writer.write_pairs
    write_pairs(Book.authors.through, shop.pairs(shop.books, shop.authors, 2))
    write_pairs(Book.genres.through, shop.pairs(shop.books[::2], shop.genres, 3))
    write_pairs(Book.sequels.through, shop.pairs(shop.books[::9], shop.books, 2))


def _contributions(shop: Filling) -> None:
    shop.writer.write(
        Contribution,
        "book_id author_id role share agreed_on",
        (
            (book, author, shop.any(ROLES), shop.share(), shop.maybe(shop.day()))
            for book, author in shop.pairs(shop.books[::3], shop.authors, 2)
        ),
    )


def _editions(shop: Filling) -> None:
    shop.writer.write(
        Edition,
        "number book_id year remark",
        (
            (
                f"{shop.any(KEY_PREFIXES)}{number * 7:09d}",
                shop.any(shop.books),
                int(shop.rng.random() * 3000) - 500,
                shop.maybe(shop.line(120)),
            )
            for number in range(shop.count[Edition])
        ),
    )


def _book(shop: Filling, number: int, key: uuid.UUID) -> Row:
    return (
        key,
        shop.line(200),
        f"book-{number:08d}",
        shop.long_text(),
        shop.price(),
        shop.any(shop.currencies),
        shop.maybe(shop.floating()),
        number % 32768,
        number % 65536 - 32768,
        int(shop.rng.random() * 2**31),
        shop.integer(),
        shop.maybe(shop.any(BIG_INTEGERS)),
        shop.maybe(shop.day()),
        shop.maybe(shop.any(TIMES)),
        shop.maybe(shop.any(DURATIONS)),
        shop.any(JSON_TEXTS),
        shop.any(BYTES) + shop.rng.randbytes(number % 40),
        number % 4 != 0,
        (None, True, False)[number % 3],
        shop.instant(),
        shop.instant(),
    )
