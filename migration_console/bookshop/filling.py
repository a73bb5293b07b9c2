"""Rows for the bookshop: the same ones for the same seed, awkward on purpose.

Every value can be stored unchanged by PostgreSQL, MariaDB, MySQL and SQLite:
no NUL in texts, at most 15 digits in decimals, version-4 UUIDs, and unique
texts that stay distinct without regard to case, accents and trailing spaces.
"""

from __future__ import annotations

import random
import uuid
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connections, models, transaction

from migration_console.bookshop.chance import Chance
from migration_console.bookshop.models import (
    Audiobook,
    Author,
    Book,
    Contribution,
    Currency,
    DailyTotal,
    EBook,
    Edition,
    Employee,
    Genre,
    Order,
    OrderLine,
    Product,
    Profile,
    Review,
    Shop,
    Stock,
    Tag,
)
from migration_console.bookshop.samples import (
    ADDRESSES,
    BIG_INTEGERS,
    BYTES,
    DURATIONS,
    JSON_TEXTS,
    KEY_PREFIXES,
    ROLES,
    TEXTS,
    TIMES,
)
from migration_console.bookshop.writer import Row, Writer

# Parts of the whole; order lines take what is left.
SHARES = {
    Author: 0.02,
    Book: 0.05,
    Edition: 0.06,
    EBook: 0.015,
    Audiobook: 0.01,
    User: 0.015,
    Order: 0.15,
    Review: 0.06,
    Stock: 0.04,
    Tag: 0.03,
    DailyTotal: 0.005,
    LogEntry: 0.03,
}
USERS_FROM = 1001
# Rows that are made and deleted again: the next key lies above the largest one.
DELETED = 7


def fill(using: str, rows: int, seed: int) -> dict[str, int]:
    """Fill an empty bookshop with at least `rows` rows; return rows by table."""
    writer = Writer(using)
    filling = Filling(writer, rows, random.Random(seed))  # noqa: S311 — repeatable
    with (
        transaction.atomic(using=using),
        connections[using].constraint_checks_disabled(),
    ):
        filling.run()
    filling.raise_and_delete()
    return writer.written


class Filling(Chance):
    """Writes every table, parents and children in any order."""

    def __init__(self, writer: Writer, rows: int, rng: random.Random) -> None:
        super().__init__(rng)
        self.writer = writer
        self.using = writer.using
        self.rows = rows
        self.count = {
            model: max(25, int(rows * part)) for model, part in SHARES.items()
        }
        self.books = [
            uuid.UUID(int=rng.getrandbits(128), version=4)
            for _ in range(self.count[Book])
        ]
        self.users = range(USERS_FROM, USERS_FROM + self.count[User])
        self.genres = range(1, 41)
        self.shops = range(1, 13)
        self.employees = range(1, 61)
        self.currencies = [f"{a}{b}X" for a in "ABCDEFGH" for b in "KLMNO"]

    def run(self) -> None:
        self._small_tables()
        self._people()
        self._library()
        self._products()
        self._sales()
        self._generic()

    # Tables

    def _small_tables(self) -> None:
        write = self.writer.write
        write(
            Currency,
            "code name per_euro",
            (
                (code, self.line(60), Decimal(number + 1).scaleb(-3))
                for number, code in enumerate(self.currencies)
            ),
        )
        # A negative key: sequences must not follow it.
        write(Genre, "id name parent_id position", [(-5, "Negative", None, -32768)])
        write(
            Genre,
            "id name parent_id position",
            (
                (
                    number,
                    f"Genre {number} {TEXTS[number][:40]}",
                    self._parent(number),
                    number,
                )
                for number in self.genres
            ),
        )
        write(
            Shop,
            "id name manager_id opens_at closes_at",
            (
                (n, self.line(80), self.maybe(n * 2), self.any(TIMES), self.any(TIMES))
                for n in self.shops
            ),
        )
        write(
            DailyTotal,
            "day orders turnover closed_at",
            (
                (
                    date(1965, 1, 1) + timedelta(days=number),
                    int(self.rng.random() * 1000),
                    self.money(),
                    self.maybe(self.instant()),
                )
                for number in range(self.count[DailyTotal])
            ),
        )

    def _parent(self, number: int) -> int | None:
        if number % 5 == 0:
            return None
        # Forwards as well as backwards: no order of rows satisfies all of them.
        return self.genres[-number] if number % 3 == 0 else number // 2 or None

    def _people(self) -> None:
        write = self.writer.write
        write(
            User,
            "id password last_login is_superuser username first_name last_name email"
            " is_staff is_active date_joined",
            (
                (
                    number,
                    f"!{number:040d}",
                    self.maybe(self.instant(), 0.5),
                    False,
                    f"reader{number}",
                    self.line(60),
                    self.line(60),
                    f"reader{number}@example.org",
                    number % 50 == 0,
                    number % 7 != 0,
                    self.instant(),
                )
                for number in self.users
            ),
        )
        self._groups()
        write(
            Profile,
            "user_id phone birthday favourite_id settings",
            (
                (
                    user,
                    f"+41 {user:09d}",
                    self.maybe(self.day()),
                    self.maybe(self.any(self.genres)),
                    self.any(JSON_TEXTS[1:]),
                )
                for user in self.users[::2]
            ),
        )
        write(
            Employee,
            "id shop_id user_id name hired_on salary",
            (
                (
                    number,
                    self.any(self.shops),
                    self.users[number] if number % 3 and number < 25 else None,
                    self.line(80),
                    self.day(),
                    self.money(),
                )
                for number in self.employees
            ),
        )

    def _groups(self) -> None:
        names = ["Booksellers", "Éditeurs", "Quality 'n' \\control\\", "😀"]
        groups = range(101, 101 + len(names))
        self.writer.write(Group, "id name", zip(groups, names, strict=True))
        permissions = sorted(
            Permission.objects.using(self.using).values_list("pk", flat=True)
        )
        write_pairs = self.writer.write_pairs
        write_pairs(Group.permissions.through, self.pairs(groups, permissions, 12))
        write_pairs(User.groups.through, self.pairs(self.users[::3], groups, 2))
        write_pairs(
            User.user_permissions.through, self.pairs(self.users[::20], permissions, 3)
        )

    def _library(self) -> None:
        write, write_pairs = self.writer.write, self.writer.write_pairs
        authors = range(1, self.count[Author] + 1)
        write(
            Author,
            "id first_name last_name email homepage biography born_on created_at"
            " updated_at",
            (
                (
                    number,
                    self.line(60),
                    self.line(60),
                    f"author{number}@example.org",
                    self.maybe(f"https://example.org/{number}", 0.5) or "",
                    self.long_text(),
                    self.maybe(self.day()),
                    self.instant(),
                    self.instant(),
                )
                for number in authors
            ),
        )
        write(
            Book,
            "id title slug summary price currency_id weight pages shelf sold balance"
            " catalogue_number published_on read_aloud_at reading_time details cover"
            " in_print translated created_at updated_at",
            (self._book(number, key) for number, key in enumerate(self.books)),
        )
        write_pairs(Book.authors.through, self.pairs(self.books, authors, 2))
        write_pairs(Book.genres.through, self.pairs(self.books[::2], self.genres, 3))
        write_pairs(Book.sequels.through, self.pairs(self.books[::9], self.books, 2))
        write(
            Contribution,
            "book_id author_id role share agreed_on",
            (
                (book, author, self.any(ROLES), self.share(), self.maybe(self.day()))
                for book, author in self.pairs(self.books[::3], authors, 2)
            ),
        )
        write(
            Edition,
            "number book_id year remark",
            (
                (
                    f"{self.any(KEY_PREFIXES)}{number * 7:09d}",
                    self.any(self.books),
                    int(self.rng.random() * 3000) - 500,
                    self.maybe(self.line(120)),
                )
                for number in range(self.count[Edition])
            ),
        )

    def _book(self, number: int, key: uuid.UUID) -> Row:
        return (
            key,
            self.line(200),
            f"book-{number:08d}",
            self.long_text(),
            self.price(),
            self.any(self.currencies),
            self.maybe(self.floating()),
            number % 32768,
            number % 65536 - 32768,
            int(self.rng.random() * 2**31),
            self.integer(),
            self.maybe(self.any(BIG_INTEGERS)),
            self.maybe(self.day()),
            self.maybe(self.any(TIMES)),
            self.maybe(self.any(DURATIONS)),
            self.any(JSON_TEXTS),
            self.any(BYTES) + self.rng.randbytes(number % 40),
            number % 4 != 0,
            (None, True, False)[number % 3],
            self.instant(),
            self.instant(),
        )

    def _products(self) -> None:
        ebooks = self.count[EBook]
        audiobooks = self.count[Audiobook]
        plain = 10
        write = self.writer.write
        write(
            Product,
            "id sku name price currency_id active created_at",
            (
                (
                    number,
                    f"SKU-{number:07d}",
                    self.line(120),
                    self.price().quantize(Decimal("0.01"), ROUND_DOWN),
                    self.any(self.currencies),
                    number % 3 != 0,
                    self.instant(),
                )
                for number in range(1, ebooks + audiobooks + plain + 1)
            ),
        )
        write(
            EBook,
            "product_ptr_id book_id file file_bytes",
            (
                (
                    number,
                    self.any(self.books),
                    f"ebooks/{number}/é {number}.epub",
                    int(self.rng.random() * 2**62),
                )
                for number in range(1, ebooks + 1)
            ),
        )
        authors = range(1, self.count[Author] + 1)
        write(
            Audiobook,
            "product_ptr_id book_id duration narrator_id",
            (
                (
                    number,
                    self.any(self.books),
                    self.any(DURATIONS),
                    self.maybe(self.any(authors)),
                )
                for number in range(ebooks + 1, ebooks + audiobooks + 1)
            ),
        )
        write(
            Stock,
            "shop_id sku on_hand reserved counted_at",
            (
                (
                    self.shops[number % len(self.shops)],
                    f"SKU-{number // len(self.shops):07d}",
                    self.integer(),
                    number % 9,
                    self.maybe(self.instant()),
                )
                for number in range(self.count[Stock])
            ),
        )

    def _sales(self) -> None:
        orders = range(1, self.count[Order] + 1)
        self.writer.write(
            Order,
            "id number customer_id shop_id placed_at shipped_on paid address note",
            (
                (
                    number,
                    f"O-{number:09d}",
                    self.any(self.users),
                    self.any(self.shops),
                    self.instant(),
                    self.maybe(self.day()),
                    (None, True, False)[number % 3],
                    self.any(ADDRESSES),
                    self.maybe(self.any(TEXTS), 0.5),
                )
                for number in orders
            ),
        )
        self.writer.write(
            Review,
            "id book_id user_id headline text stars score written_at",
            (
                (
                    number,
                    self.any(self.books),
                    self.maybe(self.any(self.users)),
                    self.maybe(self.line(120)),
                    self.long_text(),
                    number % 7 - 1,
                    self.floating(),
                    self.instant(),
                )
                for number in range(1, self.count[Review] + 1)
            ),
        )

    def _generic(self) -> None:
        types = {
            name: ContentType.objects.db_manager(self.using).get_for_model(model)
            for name, model in (("book", Book), ("order", Order))
        }
        self.writer.write(
            Tag,
            "id label content_type_id object_id",
            (
                (number, self.line(40), *self._target(types, number))
                for number in range(1, self.count[Tag] + 1)
            ),
        )
        self.writer.write(
            LogEntry,
            "id action_time user_id content_type_id object_id object_repr action_flag"
            " change_message",
            (
                (
                    number,
                    self.instant(),
                    self.any(self.users),
                    *self._target(types, number),
                    self.line(200),
                    number % 3 + 1,
                    self.any(['[{"added": {}}]', "", self.text()]),
                )
                for number in range(1, self.count[LogEntry] + 1)
            ),
        )
        self._order_lines()

    def _target(self, types: dict[str, ContentType], number: int) -> tuple[int, str]:
        if number % 2:
            return types["book"].pk, str(self.any(self.books))
        return types["order"].pk, str(number)

    def _order_lines(self) -> None:
        missing = self.rows - sum(self.writer.written.values())
        orders = self.count[Order]
        self.writer.write(
            OrderLine,
            "id order_id book_id quantity pack unit_price gift",
            (
                (
                    number,
                    int(self.rng.random() * orders) + 1,
                    self.any(self.books),
                    int(self.rng.random() * 100),
                    number % 12 + 1,
                    self.price(),
                    number % 11 == 0,
                )
                for number in range(1, max(missing, 50) + 1)
            ),
        )

    # Sequences

    def raise_and_delete(self) -> None:
        """Leave every sequence above the largest key that is still there."""
        for model in (Author, Genre, Order, OrderLine, Review, Tag, Product, Group):
            self._raise_and_delete(model)
        through = [Book.authors.through, Book.genres.through, Book.sequels.through]
        self._reset([*through, Contribution, Shop, Employee, User, LogEntry])
        self._reset([Group.permissions.through, User.groups.through])
        self._reset([User.user_permissions.through])

    def _raise_and_delete(self, model: type[models.Model]) -> None:
        objects = model._base_manager.using(self.using)
        last = objects.order_by("pk").last()
        assert last is not None  # filled just before
        largest = last.pk
        for number in range(1, DELETED + 1):
            last.pk = largest + number
            last._state.adding = True
            for field in model._meta.concrete_fields:
                if field.unique and not field.primary_key:
                    setattr(last, field.attname, f"deleted{number}")
            last.save(using=self.using, force_insert=True)
        self._reset([model])
        objects.filter(pk__gt=largest).delete()

    def _reset(self, found: list[Any]) -> None:
        connection = connections[self.using]
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), found):
                cursor.execute(sql)
