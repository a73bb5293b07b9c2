"""The checks of schemas that differ, and of what the rows hold."""

from __future__ import annotations

from .known_check import KnownCheck

SCHEMAS = (
    KnownCheck(
        "E160",
        "not filled",
        "The source lacks a column of a model, and nothing can fill it: the field has "
        "no default, allows no NULL, or needs another value in every row.",
        "Name the column that it is read from by --renamed, or run the source's "
        "migrations first.",
    ),
    KnownCheck(
        "W160",
        "filled",
        "The source lacks a column of a model: every row gets the field's default, "
        "NULL, or the moment of the checks.",
        "If the column is there under another name, say so by --renamed.",
    ),
    KnownCheck(
        "W161",
        "not compared",
        "A column was filled when the rows were copied, and no run tells with what.",
        "Compare with the run that copied, or by the rows themselves.",
    ),
    KnownCheck(
        "W162",
        "column left out",
        "A column of the source belongs to no field, and rows hold something there.",
        "If a field has another name by now, say so by --renamed.",
    ),
    KnownCheck(
        "I162",
        "empty column",
        "A column of the source belongs to no field, and no row holds anything there.",
        "Nothing has to be done.",
    ),
    KnownCheck(
        "E163",
        "unknown name",
        "RENAMED or --renamed names a model, a field or a table that is not there.",
        "Correct the name; the nearest ones are in the message.",
    ),
    KnownCheck(
        "E164",
        "unknown column",
        "A field is to be read from a column that the source's table does not have.",
        "Correct the name; the nearest ones are in the message.",
    ),
    KnownCheck(
        "I165",
        "renamed",
        "Columns are read from those of other names.",
        "Nothing has to be done.",
    ),
)

CHANGES = (
    KnownCheck(
        "E170",
        "impossible change",
        "A change of values was chosen that its column, its type or an engine does not "
        "allow, or that names nothing.",
        "What the message says; docs/changes.md has every change with its columns.",
    ),
    KnownCheck(
        "W170",
        "change",
        "Values of a column are changed on their way, as somebody has chosen.",
        "Nothing has to be done: the report says how many values it was.",
    ),
    KnownCheck(
        "I170",
        "change of nothing",
        "A change was chosen for a model that takes no part.",
        "Nothing has to be done.",
    ),
)
