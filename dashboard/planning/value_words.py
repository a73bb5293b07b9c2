"""What is said of values that the destination would not take, rule by rule."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..transfer.changes import ChangeName
from ..transfer.columns import ColumnKind
from ..transfer.plan import PlanColumn
from ..transfer.rules import Rule


@dataclass(frozen=True)
class Words:
    """The ids of an error and of a warning, and what the values are or do."""

    error: str
    warning: str
    problem: str | Promise
    # What the operator may choose instead of correcting them.
    change: ChangeName | None = None


WORDS = {
    "null": Words("E200", "W200", _("are NULL, which the destination refuses")),
    "no common text": Words("E201", "W201", _("have no form that both sides hold")),
    "integer": Words("E202", "W202", _("are no whole numbers of the column's range")),
    "rounded": Words(
        "E203",
        "W203",
        _("have more decimal places than the column keeps"),
        ChangeName.ROUND,
    ),
    "spelling": Words("E204", "W204", _("have zeros before them, which are lost")),
    "decimal": Words("E205", "W205", _("do not fit into the column's decimal")),
    "number": Words("E206", "W206", _("are no numbers that the column holds")),
    "negative": Words("E206", "W206", _("are below zero, and the column is unsigned")),
    "decimal digits": Words("E207", "W207", _("have more digits than a float keeps")),
    "digits": Words("E207", "W207", _("have more digits than a float keeps")),
    "precision": Words("E208", "W208", _("are floats that the column rounds")),
    "float range": Words("E209", "W209", _("are beyond the column's floats")),
    "negative zero": Words("E210", "W210", _("are -0.0, whose sign is lost")),
    "nan": Words("E211", "W211", _("are NaN, which would become NULL")),
    "characters": Words(
        "E212",
        "W212",
        _("are longer, in characters, than the column is"),
        ChangeName.CUT,
    ),
    "octets": Words("E213", "W213", _("are longer, in bytes, than the column is")),
    "cut": Words("E214", "W214", _("are longer than the column and would be cut")),
    "padded": Words("E215", "W215", _("are shorter than the column and get padded")),
    "trailing spaces": Words("E216", "W216", _("end with spaces, which are lost")),
    "nul": Words(
        "E217", "W217", _("hold the character NUL (U+0000)"), ChangeName.STRIP_NUL
    ),
    "encoding": Words("E218", "W218", _("are no UTF-8"), ChangeName.DECODE_CP1252),
    "character set": Words(
        "E219", "W219", _("hold characters that the column's character set lacks")
    ),
    "words": Words("E220", "W220", _("are not among the column's words")),
    "xml": Words("E221", "W221", _("are no well-formed XML")),
    "moment": Words(
        "E222",
        "W222",
        _("are no dates or times that the column holds"),
        ChangeName.ZERO_DATE_TO_NULL,
    ),
    "clock": Words(
        "E222",
        "W222",
        _("are moments that the other side's clock shows twice, or never"),
    ),
    "fraction": Words("E223", "W223", _("have finer seconds than the column keeps")),
    "uuid": Words("E224", "W224", _("are no UUIDs that the column holds")),
    "address": Words("E225", "W225", _("are no addresses that the column holds")),
    "json": Words("E226", "W226", _("are no JSON that the destination takes")),
    "json keys": Words("E227", "W227", _("hold a key twice, of which one is lost")),
    "json numbers": Words("E228", "W228", _("hold numbers that the column rounds")),
}
"""By the names of rules."""


def change_for(rule: Rule, column: PlanColumn) -> ChangeName | None:
    """Return the change that helps where values of a column break a rule, if any."""
    if rule.name == "null":
        return ChangeName.EMPTY_FOR_NULL if column.kind is ColumnKind.TEXT else None
    if rule.name == "integer" and column.kind is ColumnKind.BOOLEAN:
        return ChangeName.NONZERO_TO_TRUE
    is_day = column.kind in (ColumnKind.DATE, ColumnKind.TIMESTAMP)
    if rule.name == "moment" and not is_day:
        return None
    if rule.name == "rounded" and column.kind is not ColumnKind.DECIMAL:
        return None
    return WORDS[rule.name].change
