"""Fields that grow: where the last run ended, and where the next one may begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import Field, Model
from django.utils.translation import gettext as _

from ..models import TableCopy
from ..statuses import Verdict
from ..transfer.backends.projection import names_read, rows_named
from ..transfer.filters import Growing, Value, value_from_json
from ..transfer.plan import TablePlan
from .lookups import Condition, WrongFilter, field_of
from .sides import Side


def growing(
    model: type[Model],
    of: Field[Any, Any],
    pair: tuple[str, str],
    others: Sequence[Condition],
) -> Growing:
    """Return what the last verified run of two databases kept of a field.

    ``others`` are the model's other conditions. What a run of fewer rows has kept says
    nothing of the rest: only one of the very same conditions counts.
    """
    if of.model is not model:
        raise WrongFilter(
            _("'%(field)s' is a field of %(parent)s, not of %(model)s itself.")
            % {
                "field": of.name,
                "parent": of.model._meta.label,
                "model": model._meta.label,
            },
            _("Name a field whose column is in the model's own table."),
        )
    said = tuple(one.said for one in others)
    tables = TableCopy.objects.filter(
        model=model._meta.label,
        verdict=Verdict.VERIFIED,
        highest__field=of.name,
        run__source_identity=pair[0],
        run__destination_identity=pair[1],
    )
    for kept in tables.order_by("-run__id").values_list("highest", flat=True):
        if kept and tuple(kept.get("said", ())) == said:
            return Growing(of.name, value_from_json(kept["value"]), said)
    return Growing(of.name, None, said)


def newer(model: type[Model], found: Growing) -> list[Condition]:
    """Return what selects the rows that are newer; of a value that others may share
    also those that have it: one of them may have come later."""
    if found.above is None:
        return []
    of = field_of(model, found.field)
    name = "gt" if of.unique else "gte"
    said = f"{of.name}__{name}={found.above!s}"
    return [Condition(model, (of,), (name,), found.above, said)]


def highest(source: Side, plan: TablePlan, of: Field[Any, Any]) -> Value:
    """Return the highest value of a field among the source's rows of a plan.

    Asked before the first of them is copied: what comes meanwhile is newer for the
    next run, whether it was copied or not. Not of the destination, which may have
    rows of its own. By Django's connection, which knows how to read the field.
    """
    wrapper, session = connections[source.alias], source.session
    name = session.quote(names_read(plan)(str(of.column)))
    sql = f"SELECT max({name}) FROM {rows_named(session, plan)}"  # noqa: S608
    with wrapper.cursor() as cursor:
        # A session that formats its statements has written each % twice.
        cursor.execute(sql, [] if session.placeholder == "%s" else None)
        (value,) = cursor.fetchone()
    column = of.get_col(of.model._meta.db_table)
    for convert in (
        *wrapper.ops.get_db_converters(column),
        *column.get_db_converters(wrapper),
    ):
        value = convert(value, column, wrapper)
    return value  # type: ignore[no-any-return]
