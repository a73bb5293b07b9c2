"""What the bookshop is filled from: how many rows of what, and their keys.

Every value can be stored unchanged by PostgreSQL, MariaDB, MySQL and SQLite:
no NUL in texts, at most 15 digits in decimals, version-4 UUIDs, and unique
texts that stay distinct without regard to case, accents and trailing spaces.
"""

from __future__ import annotations

import random
import uuid

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from migration_console.bookshop.chance import Chance
from migration_console.bookshop.models import (
    Audiobook,
    Author,
    Book,
    DailyTotal,
    EBook,
    Edition,
    Order,
    Review,
    Stock,
    Tag,
)
from migration_console.bookshop.writer import Writer

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


class Filling(Chance):
    """The state that the tables share while they are written, in any order."""

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
        self.authors = range(1, self.count[Author] + 1)
        self.genres = range(1, 41)
        self.shops = range(1, 13)
        self.employees = range(1, 61)
        self.currencies = [f"{a}{b}X" for a in "ABCDEFGH" for b in "KLMNO"]
