"""The models of the many small tables, made from their plan.

There are no migrations: their state would be rendered anew for every one of a
thousand tables that refer to each other.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from benchmarks.many.plan import APP, Spec, specs


def _field(kind: str) -> models.Field[Any, Any]:
    match kind:
        case "text":
            return models.TextField(blank=True)
        case "decimal":
            return models.DecimalField(max_digits=12, decimal_places=2, null=True)
        case "day":
            return models.DateField(null=True)
        case "moment":
            return models.DateTimeField()
        case "flag":
            return models.BooleanField(default=False)
        case "uuid":
            return models.UUIDField()
        case "json":
            return models.JSONField()
        case "number":
            return models.IntegerField(null=True)
        case _:
            return models.CharField(max_length=80)


def _model(spec: Spec) -> type[models.Model]:
    fields: dict[str, Any] = {"code": models.CharField(max_length=60, unique=True)}
    for n, number in enumerate(spec.parents):
        fields[f"parent_{n}"] = models.ForeignKey(
            f"{APP}.Part{number:04d}", models.PROTECT, null=True, related_name="+"
        )
    fields |= {name: _field(kind) for name, kind in spec.named.items()}
    return type(spec.model, (models.Model,), {"__module__": __name__, **fields})


for _spec in specs(getattr(settings, "BENCHMARK_TABLES", 0)):
    globals()[_spec.model] = _model(_spec)
