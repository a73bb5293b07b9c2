"""The methods of the articles behind the project, in a few lines each.

python -m benchmarks.peers.articles save|by-key|by-offset LABEL…
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator

import django
from django.apps import apps
from django.core import serializers
from django.db import models

BULK_ROWS = 3_000
SAVE_ROWS = 500
AUTOMATIC_DOTS = 2
"""`app.Model.field` is the automatic table of a many-to-many field."""

Slices = Iterator[list[models.Model]]


def by_key(model: type[models.Model], rows: int) -> Slices:
    ordered = model._base_manager.using("source").order_by("pk")
    found = list(ordered[:rows])
    while found:
        yield found
        found = list(ordered.filter(pk__gt=found[-1].pk)[:rows])


def by_offset(model: type[models.Model], rows: int) -> Slices:
    ordered = model._base_manager.using("source").order_by("pk")
    for start in range(0, ordered.count(), rows):
        yield list(ordered[start : start + rows])


def bulk(
    slices: Callable[[type[models.Model], int], Slices], labels: list[str]
) -> None:
    for label in labels:
        model = find(label)
        for objects in slices(model, BULK_ROWS):
            model._base_manager.using("destination").bulk_create(objects)


def save(labels: list[str]) -> None:
    for label in labels:
        if label.count(".") == AUTOMATIC_DOTS:
            continue  # saved with the objects of its model
        for objects in by_offset(find(label), SAVE_ROWS):
            text = serializers.serialize("json", objects)
            for each in serializers.deserialize("json", text, using="destination"):
                each.save(using="destination")


def find(label: str) -> type[models.Model]:
    model_label, *field = label.split(".")[:2], *label.split(".")[2:]
    model = apps.get_model(*model_label)
    if field:
        return model._meta.get_field(field[0]).remote_field.through  # type: ignore[union-attr,return-value]
    return model


METHODS: dict[str, Callable[[list[str]], None]] = {
    "save": save,
    "by-key": lambda labels: bulk(by_key, labels),
    "by-offset": lambda labels: bulk(by_offset, labels),
}


def main() -> None:
    django.setup()
    started = time.perf_counter()
    METHODS[sys.argv[1]](sys.argv[2:])
    print(json.dumps({"copying": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
