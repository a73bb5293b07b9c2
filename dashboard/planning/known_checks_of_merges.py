"""The checks of merges: what is in the way of rows, and what becomes of them."""

from __future__ import annotations

from .known_check import KnownCheck

MERGES = (
    KnownCheck(
        "E260",
        "value under another key",
        "A merge would write a value of a unique key that a row of the destination has "
        "under another key: a row that stays, or one that is to give it up, as where "
        "two rows exchange theirs.",
        "Correct one of each two rows, exclude the model, or replace the table.",
    ),
    KnownCheck(
        "W261",
        "value under another key",
        "As E260, where the run sets aside rows that are refused.",
        "The rows that the message names are set aside; correct them and retry.",
    ),
    KnownCheck(
        "E261",
        "no key to merge by",
        "Nothing keeps the key of a table unique and not NULL on both sides, or its "
        "values are not compared exactly, as floats are not.",
        "Give it a primary key, exclude it, or have it replaced.",
    ),
    KnownCheck(
        "E262",
        "referred to by what stays",
        "A table keeps its rows and refers to one that is emptied first.",
        "Merge both, or replace both.",
    ),
    KnownCheck(
        "E263",
        "numbered by each database",
        "Content types, permissions and sites are to be merged by key, but every "
        "database numbers them by itself.",
        "Exclude them: what refers to them is renumbered by their names.",
    ),
    KnownCheck(
        "E264",
        "mode of no table",
        "A mode is said of a label that is no table of the run, or a table holds rows "
        "and, though modes are said of others, none is said of it.",
        "Correct the label; or say a mode for all: --mode merge.",
    ),
    KnownCheck(
        "E265",
        "merge not possible",
        "What a merge does could not be tried in a temporary table of the destination, "
        "or its engine is too old.",
        "What the message says, mostly a GRANT.",
    ),
    KnownCheck(
        "E266",
        "no new keys possible",
        "Rows were to get new keys, and the destination does not number them itself: "
        "a table of no model, a key that is a UUID, a text, a date or several columns, "
        "or one that nothing numbers; or the rows go through a function.",
        "Merge it by key: what its rows refer to follows all the same.",
    ),
    KnownCheck(
        "E267",
        "refers to new keys",
        "A table is copied or replaced and refers to rows that get new keys.",
        "Merge it as well, in whatever mode.",
    ),
    KnownCheck(
        "E268",
        "numbered anew",
        "The destination gives numbers again that it has given to rows of an earlier "
        "merge under new keys, as after TRUNCATE.",
        "Drop the table of the new keys, if those rows are gone; or let the numbers go "
        "on where they were.",
    ),
    KnownCheck(
        "E269",
        "merged under new keys before",
        "A table holds rows of this source under new keys, and others are to come "
        "under their own: one would be there twice, or be taken for another.",
        "Merge it under new keys again; or drop the table of the new keys.",
    ),
    KnownCheck(
        "W269",
        "new keys of another source",
        "Rows of another source were merged into a table under new keys. If that was "
        "this very database, before it was restored or moved, its rows come twice.",
        "Rename the table of the new keys as the message says, or start if it was "
        "another database.",
    ),
    KnownCheck(
        "I266",
        "keys that stay",
        "Under new keys are only rows that the destination numbers. These tables are "
        "merged by their keys, which are UUIDs, texts, dates or several columns; what "
        "they refer to follows.",
        "Nothing; a model that is named itself is refused (E266).",
    ),
    KnownCheck(
        "W260",
        "merge not counted",
        "How many rows a merge inserts, updates and leaves was not counted: nobody "
        "asked for it, or there was no time.",
        "Let a worker make the checks, or copydata --check.",
    ),
    KnownCheck(
        "I260",
        "what a merge does",
        "How many rows a merge would insert, update and leave, counted exactly.",
        "Nothing: read it before you start.",
    ),
)
