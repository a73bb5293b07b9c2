"""How often the product calls a driver, by alias."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dashboard.transfer.activity import Activity


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count what every session of this process says that it begins."""
    found: Counter[str] = Counter()
    begin = Activity.begin

    def counting(activity: Activity) -> None:
        found[activity.alias] += 1
        begin(activity)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Activity, "begin", counting)
        yield found
