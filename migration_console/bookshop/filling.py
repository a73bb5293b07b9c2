"""Rows for the bookshop: the same ones for the same seed, awkward on purpose.

Every value can be stored unchanged by PostgreSQL, MariaDB, MySQL and SQLite:
no NUL in texts, at most 15 digits in decimals, version-4 UUIDs, and unique
texts that stay distinct without regard to case, accents and trailing spaces.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import islice
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connections, models, transaction

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

Row = tuple[Any, ...]

TEXTS = [
    "plain",
    "",
    " ",
    "trailing space ",
    " leading space",
    "tab\there",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\nends\r\n",
    "back\\slash",
    "\\",
    "\\\\",
    "\\N",
    "\\.",
    "\\.\n",
    "\n\\.\n",
    "\\n \\t \\r \\0 \\x41",
    "NULL",
    "null",
    "None",
    "'single'",
    '"double"',
    '""',
    '"\\N"',
    "`back`",
    "comma, semicolon; bar|",
    "%s %(name)s 100%",
    "{} {{x}} ${y} $$z$$",
    "<b>&amp;</b>",
    "-- comment /* here */",
    "é è ü ß ẞ ı İ ſ",
    "e\u0301 decomposed",
    "Ελληνικά עברית العربية",
    "日本語 한국어 中文",
    "😀 👩‍👩‍👧‍👦 🇨🇭 𝔘𝔫𝔦",
    "\u200bzero\u200dwidth\ufeff",
    "\u202eright to left",
    "\x01\x02\x08\x0b\x0c\x1a\x1b\x7f",
    "\u0085\u00a0\u2028\u2029",
    "0",
    "1e5",
    "-1",
    "true",
    "2024-02-29",
    "t",
    "=1+1",
    "@import",
    "x" * 100,
]
LONG_TEXTS = [
    "A paragraph that is repeated. " * 40,
    "Zeile für Zeile\n" * 120,
    "😀" * 900,
    "\\\t\n'\"" * 300,
    "word " * 4000,
]
FLOATS = [
    0.0,
    1.0,
    -1.0,
    0.1,
    0.30000000000000004,
    1 / 3,
    1e15,
    1e16,
    1e-7,
    123456789.125,
    -2.5e-300,
    1.7976931348623157e308,
    2.2250738585072014e-308,
    9007199254740993.0,
]
DECIMALS = [
    Decimal(text)
    for text in ("0", "0.0001", "0.1", "1.1000", "10", "99.9999", "99999999.9999")
]
JSON_TEXTS = [
    None,
    "null",
    "true",
    "0",
    "-1.5",
    '""',
    '"text"',
    "[]",
    "{}",
    json.dumps({"b": 1, "a": [1, 2, {"c": None}], "é": "ü😀"}),
    json.dumps({"quote": '"', "back": "\\", "lines": "a\nb\tc\r", "slash": "a/b"}),
    json.dumps({"big": 12345678901234567890, "negative": -(2**63), "small": 1e-7}),
    json.dumps([[[[[["deep", {"er": [False, None, 0]}]]]]]]),
    json.dumps({"": "empty key", "NULL": "NULL", "\\N": "\\."}),
]
BYTES = [
    b"",
    b"\x00",
    bytes(range(256)),
    bytes(reversed(range(256))),
    b"\\x41",
    b"\\N\t\n\r\x1a",
    b"\xff\xfe\x80",
    b"plain ascii",
]
DATES = [
    date(1000, 1, 1),
    date(1582, 10, 15),
    date(1899, 12, 31),
    date(1969, 12, 31),
    date(1970, 1, 1),
    date(2000, 2, 29),
    date(2038, 1, 20),
    date(9999, 12, 30),
]
INSTANTS = [
    datetime(1000, 1, 2, tzinfo=UTC),
    datetime(1899, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2001, 9, 9, 1, 46, 40, 1, tzinfo=UTC),
    # The hours around the change of the clocks in Zurich and New York.
    datetime(2024, 3, 31, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
    datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
    datetime(2024, 11, 3, 6, 30, 0, 120000, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(9999, 12, 30, 12, tzinfo=UTC),
]
TIMES = [time(0), time(12, 30), time(23, 59, 59, 999999), time(0, 0, 0, 1)]
DURATIONS = [
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(microseconds=-1),
    timedelta(hours=23, minutes=59, seconds=59, microseconds=999999),
    timedelta(hours=24),
    timedelta(days=-3, hours=5),
    timedelta(days=36500, microseconds=123456),
]
INTEGERS = [0, 1, -1, 32767, 65536, 2**31 - 1, -(2**31)]
BIG_INTEGERS = [0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
ADDRESSES = [None, "192.0.2.1", "255.255.255.255", "2001:db8::1", "::1", "fe80::ff"]
KEY_PREFIXES = ["978-", "979_", "isbn ", "ISBN.", "b'", 'c"', "d\\", "%s", "e\t", "ü"]

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


class Writer:
    """Raw inserts: no pre_save, so that `auto_now` keeps the values given."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.connection = connections[using]
        self.written: dict[str, int] = {}

    def write(self, model: type[models.Model], names: str, rows: Iterable[Row]) -> int:
        """Insert rows whose values stand in the order of the attribute names."""
        fields = [self._field(model, name) for name in names.split()]
        return self.write_fields(model._meta.db_table, fields, rows)

    def write_pairs(self, through: type[models.Model], rows: Iterable[Row]) -> int:
        """Insert the pairs of an automatic many-to-many table."""
        fields = [f for f in through._meta.concrete_fields if not f.primary_key]
        return self.write_fields(through._meta.db_table, fields, rows)

    def write_fields(self, table: str, fields: list[Any], rows: Iterable[Row]) -> int:
        prepare = self._preparation(fields)
        head = self._head(table, fields)
        total = 0
        rows = iter(rows)
        while batch := list(islice(rows, 2000)):
            self._insert(head, len(fields), prepare, batch)
            total += len(batch)
        self.written[table] = self.written.get(table, 0) + total
        return total

    def _insert(
        self,
        head: str,
        width: int,
        prepare: Callable[[Row], Row],
        batch: list[Row],
    ) -> None:
        values = [prepare(row) for row in batch]
        marks = "(" + ", ".join(["%s"] * width) + ")"
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.executemany(head + marks, values)
            else:
                flat = [value for row in values for value in row]
                cursor.execute(head + ", ".join([marks] * len(batch)), flat)

    def _head(self, table: str, fields: list[Any]) -> str:
        quote = self.connection.ops.quote_name
        columns = ", ".join(quote(field.column) for field in fields)
        return f"INSERT INTO {quote(table)} ({columns}) VALUES "  # noqa: S608

    def _field(self, model: type[models.Model], name: str) -> Any:
        return next(
            field
            for field in model._meta.local_concrete_fields
            if name in (field.attname, field.name)
        )

    def _preparation(self, fields: list[Any]) -> Callable[[Row], Row]:
        special = [
            (place, field)
            for place, field in enumerate(fields)
            if not isinstance(getattr(field, "target_field", field), PLAIN_FIELDS)
        ]

        def prepare(row: Row) -> Row:
            values = list(row)
            for place, field in special:
                values[place] = self._value(field, values[place])
            return tuple(values)

        return prepare

    def _value(self, field: Any, value: Any) -> Any:
        if isinstance(field, models.JSONField):
            return value  # text already: SQL NULL and JSON null stay apart
        return field.get_db_prep_save(value, self.connection)


# What every driver takes as it is.
PLAIN_FIELDS = (
    models.BooleanField,
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.FloatField,
)


class Filling:
    def __init__(self, writer: Writer, rows: int, rng: random.Random) -> None:
        self.writer = writer
        self.using = writer.using
        self.rows = rows
        self.rng = rng
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

    # Chance

    def any(self, values: Any) -> Any:
        return values[int(self.rng.random() * len(values))]

    def maybe(self, value: Any, chance: float = 0.8) -> Any:
        return value if self.rng.random() < chance else None

    def text(self) -> str:
        return f"{self.any(TEXTS)}{self.any(TEXTS)}"

    def long_text(self) -> str:
        if self.rng.random() < 0.02:
            return str(self.any(LONG_TEXTS))
        return " ".join([self.text(), self.text()])

    def line(self, length: int) -> str:
        return self.text()[:length]

    def day(self) -> date:
        if self.rng.random() < 0.1:
            return self.any(DATES)  # type: ignore[no-any-return]
        return date(1950, 1, 1) + timedelta(days=int(self.rng.random() * 28000))

    def instant(self) -> datetime:
        if self.rng.random() < 0.1:
            return self.any(INSTANTS)  # type: ignore[no-any-return]
        return datetime(2001, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=int(self.rng.random() * 8e14)
        )

    def price(self) -> Decimal:
        if self.rng.random() < 0.1:
            return self.any(DECIMALS)  # type: ignore[no-any-return]
        return Decimal(int(self.rng.random() * 10**7)).scaleb(-4)

    def money(self) -> Decimal:
        return Decimal(int((self.rng.random() - 0.2) * 10**11)).scaleb(-2)

    def floating(self) -> float:
        if self.rng.random() < 0.3:
            return float(self.any(FLOATS))
        return self.rng.uniform(-1e6, 1e6)

    def integer(self) -> int:
        if self.rng.random() < 0.2:
            return int(self.any(INTEGERS))
        return int((self.rng.random() - 0.5) * 10**6)

    def pairs(self, left: Any, right: Any, most: int) -> Iterator[Row]:
        """Between one and `most` pairs for each on the left, none twice."""
        for one in left:
            others = {self.any(right) for _ in range(int(self.rng.random() * most) + 1)}
            for other in sorted(others):
                yield (one, other)

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

    def share(self) -> Decimal:
        return Decimal(int(self.rng.random() * 10000)).scaleb(-2)

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


ROLES = ["author", "editor", "translator", "illustrator"]
