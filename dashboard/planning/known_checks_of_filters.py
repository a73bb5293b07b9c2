"""The checks of which rows take part."""

from __future__ import annotations

from .known_check import KnownCheck

FILTERS = (
    KnownCheck(
        "E250",
        "condition",
        "A condition names no model, field or lookup, is of a model that takes no "
        "part, or its value is none of the field's.",
        "What the message says: it names what is nearest, or what is allowed.",
    ),
    KnownCheck(
        "E251",
        "unkept value",
        "A condition compares with a value of a type that no plan keeps, such as a "
        "range or a list of PostgreSQL's.",
        "Filter by numbers, texts, dates or references.",
    ),
    KnownCheck(
        "E252",
        "names in the source",
        "A filter asks for a column that the source lacks, or for the rows of another "
        "model whose table or columns have other names in a database.",
        "Filter by columns of the model itself, such as the reference.",
    ),
    KnownCheck(
        "E253",
        "outside of a filter",
        "Rows that take part refer to rows that another model's filter leaves out.",
        "Bring the rows that are referred to (--with-parents), widen that filter, or "
        "give the referring model one too.",
    ),
    KnownCheck(
        "E254",
        "uncounted filter",
        "The source did not count the rows of a filter.",
        "What the message says: it has the server's reason.",
    ),
    KnownCheck(
        "E255",
        "unaskable filter",
        "Django makes no SQL of a condition for the database, such as a lookup that "
        "its engine lacks.",
        "Use a lookup that the field has on this database.",
    ),
    KnownCheck(
        "W250",
        "filter without an index",
        "No index of the source finds the rows of a filter: a table of ten thousand "
        "rows or more is read as a whole.",
        "An index on the filter's columns makes it faster; the rows are the same.",
    ),
    KnownCheck(
        "I250",
        "filtered",
        "Not all rows of a model take part: how many, by which condition, and by which "
        "index they are found.",
        "Nothing has to be done.",
    ),
)
