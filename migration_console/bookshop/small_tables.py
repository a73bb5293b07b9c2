"""Currencies, shops, genres and days: few rows, awkward keys."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from migration_console.bookshop.filling import Filling
from migration_console.bookshop.models import Currency, DailyTotal, Genre, Shop
from migration_console.bookshop.samples import TEXTS, TIMES


def write_small_tables(shop: Filling) -> None:
    _currencies(shop)
    _genres(shop)
    _shops(shop)
    _daily_totals(shop)


def _currencies(shop: Filling) -> None:
    shop.writer.write(
        Currency,
        "code name per_euro",
        (
            (code, shop.line(60), Decimal(number + 1).scaleb(-3))
            for number, code in enumerate(shop.currencies)
        ),
    )


def _genres(shop: Filling) -> None:
    # A negative key: sequences must not follow it.
    shop.writer.write(
        Genre, "id name parent_id position", [(-5, "Negative", None, -32768)]
    )
    shop.writer.write(
        Genre,
        "id name parent_id position",
        (
            (
                number,
                f"Genre {number} {TEXTS[number][:40]}",
                _parent(shop, number),
                number,
            )
            for number in shop.genres
        ),
    )


def _shops(shop: Filling) -> None:
    shop.writer.write(
        Shop,
        "id name manager_id opens_at closes_at",
        (
            (n, shop.line(80), shop.maybe(n * 2), shop.any(TIMES), shop.any(TIMES))
            for n in shop.shops
        ),
    )


def _daily_totals(shop: Filling) -> None:
    shop.writer.write(
        DailyTotal,
        "day orders turnover closed_at",
        (
            (
                date(1965, 1, 1) + timedelta(days=number),
                int(shop.rng.random() * 1000),
                shop.money(),
                shop.maybe(shop.instant()),
            )
            for number in range(shop.count[DailyTotal])
        ),
    )


def _parent(shop: Filling, number: int) -> int | None:
    if number % 5 == 0:
        return None
    # Forwards as well as backwards: no order of rows satisfies all of them.
    return shop.genres[-number] if number % 3 == 0 else number // 2 or None
