"""What people write of rows is understood by the fields, or refused with a way out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dashboard.planning.lookups import (
    WrongFilter,
    condition_of,
    conditions_in,
    model_of,
    newer_in,
    of_settings,
    pairs_in,
)

ZURICH = ZoneInfo("Europe/Zurich")
UNDERSTOOD = [
    (
        "bookshop.Order",
        "placed_at__gte=2024-01-01",
        datetime(2024, 1, 1, tzinfo=ZURICH),
    ),
    ("bookshop.Order", "placed_at__year=2024", 2024),
    ("bookshop.Order", "placed_at__date__lt=2024-02-03", date(2024, 2, 3)),
    ("bookshop.Order", "shipped_on__isnull=true", True),
    ("bookshop.Order", "shop=42", 42),
    ("bookshop.Order", "shop_id__in=1,2,3", [1, 2, 3]),
    ("bookshop.Order", "number__startswith=A=B", "A=B"),
    ("bookshop.Order", "paid=false", False),
    ("bookshop.OrderLine", "unit_price__range=1.5,2", [Decimal("1.5"), Decimal(2)]),
    ("bookshop.OrderLine", "order__shop__name=A, B", "A, B"),
    ("bookshop.Book", "pk=" + "0" * 31 + "7", UUID(int=7)),
    ("bookshop.Book", "currency=EUR", "EUR"),
    ("bookshop.Book", "genres__name=Crime", "Crime"),
    ("bookshop.Shop", 'orders__number__in="a,b",c', ["a,b", "c"]),
]


@pytest.mark.parametrize(("label", "text", "value"), UNDERSTOOD)
def test_a_value_is_read_by_the_field_itself(label: str, text: str, value: Any) -> None:
    given = conditions_in([(label.lower(), text)])
    ((lookup, written),) = given[label]
    assert condition_of(model_of(label).model, lookup, written).value == value


REFUSED = [
    ("bookshop.Ordr", "id=1", "Did you mean 'bookshop.Order'?"),
    ("bookshop.Order", "placed=2024-01-01", "Did you mean 'placed_at'?"),
    ("bookshop.Order", "placed_at__gtt=2024-01-01", "Did you mean 'gt"),
    ("bookshop.Order", "placed_at__gte=tomorrow", "2024-12-31"),
    ("bookshop.Order", "shop=secret word", "one value"),
    ("bookshop.Order", "shop__in=1,secret", "with commas"),
    ("bookshop.OrderLine", "quantity__range=1", "two for range"),
    ("bookshop.Order", "paid__isnull=secret", "true or false"),
    ("bookshop.Order", "placed_at", "field=value"),
    ("bookshop.Order", "shop__nam=x", "Did you mean"),
]


@pytest.mark.parametrize(("label", "text", "said"), REFUSED)
def test_what_is_none_is_refused_with_what_is_allowed(
    label: str, text: str, said: str
) -> None:
    with pytest.raises(WrongFilter) as refused:
        conditions_in([(label, text)])
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_lines_and_settings_say_the_same() -> None:
    lines = ["bookshop.Order  placed_at__gte=2024-01-01 10:00", " "]
    given = conditions_in(pairs_in(lines))
    assert given == {"bookshop.Order": [["placed_at__gte", "2024-01-01 10:00"]]}
    found = of_settings({"bookshop.order": {"shop__in": [1, 2]}})
    assert found == {"bookshop.Order": [["shop__in", [1, 2]]]}
    assert newer_in([("bookshop.Order", "pk")]) == {"bookshop.Order": "id"}
    with pytest.raises(WrongFilter):
        newer_in([("bookshop.Order", "lines")])
