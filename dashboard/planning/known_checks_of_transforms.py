"""The checks of the functions that rows go through."""

from __future__ import annotations

from .known_check import KnownCheck

TRANSFORMS = (
    KnownCheck(
        "E270",
        "unknown transform",
        "A transform was chosen that the settings do not name for that model.",
        "Name it in MIGRATION_CONSOLE['TRANSFORMS'], or choose one that is there.",
    ),
    KnownCheck(
        "E271",
        "transform impossible",
        "A transform cannot be imported or followed: its table has no model, no key or "
        "takes the values route, or the function names fields that there are not.",
        "Correct the function, or choose --transform app.Model=none.",
    ),
    KnownCheck(
        "E272",
        "transform fails",
        "A transform raises an error, gives something that is no row, or answers "
        "differently when it is asked twice, at one of the first rows.",
        "Correct the function, or choose --transform app.Model=none.",
    ),
    KnownCheck(
        "W270",
        "transformed",
        "Rows of a table go through a function of the project's on their way.",
        "Nothing has to be done; the comparison applies it as well.",
    ),
    KnownCheck(
        "W271",
        "keys of its own",
        "A transform gives rows other keys than they have, or makes several of one.",
        "Make sure that what refers to the table goes through one that agrees.",
    ),
    KnownCheck(
        "W272",
        "not judged",
        "Values that a transform may change were not looked through in the source.",
        "Let it name the fields that it changes, and make a dry run.",
    ),
    KnownCheck(
        "E273",
        "merged and transformed",
        "Rows are to be merged and to go through a function: nobody proves both.",
        "Leave one of them out, or replace the table's rows.",
    ),
    KnownCheck(
        "E274",
        "chosen and transformed",
        "Rows are chosen by columns that their function may change, and the "
        "destination holds other rows: they would not be found again.",
        "Let the function name the fields that it changes, or empty the table first.",
    ),
    KnownCheck(
        "I270",
        "computed",
        "Columns that the destination computes of what a transform makes are not "
        "compared by themselves.",
        "Nothing has to be done.",
    ),
    KnownCheck(
        "I271",
        "transform unused",
        "A transform was chosen for a model that takes no part.",
        "Nothing has to be done.",
    ),
)
