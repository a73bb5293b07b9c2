"""Every check before a start by its id, with what causes a finding and what mends it.

docs/checks.md is made from this. An id keeps its meaning for good: whoever reads a
log a year later looks it up. E prevents a start, W is to be read, I is good to know.
0xx is about connections, accounts and servers, 1xx about tables, columns, references
and numbers, 2xx about values.
"""

from __future__ import annotations

from .known_check import KnownCheck, full_id
from .known_checks_around import AROUND
from .known_checks_of_commands import COMMANDS
from .known_checks_of_data import CHANGES, SCHEMAS
from .known_checks_of_filters import FILTERS
from .known_checks_of_merges import MERGES
from .known_checks_of_transforms import TRANSFORMS
from .known_checks_of_values import VALUES

NOT_EMPTY = full_id("E140")
"""The id of the check that finds rows which nobody has asked to delete."""

CONNECTIONS = (
    KnownCheck(
        "E001",
        "connection",
        "A database cannot be opened: no such alias, driver, server, account or file.",
        "What the message says; the error of the driver is in it without the password.",
    ),
    KnownCheck(
        "E002",
        "project's connection",
        "The connection that the project itself has open does not answer.",
        "Let the project reach the database: migrate or dbshell show the same error.",
    ),
    KnownCheck(
        "E003",
        "another place",
        "A new connection of an alias finds another database, schema or account than "
        "the connection that the project has open.",
        "Choose the place in OPTIONS or in a receiver of connection_created, so that "
        "every connection is led to it.",
    ),
    KnownCheck(
        "E004",
        "destination",
        "MIGRATION_CONSOLE does not let the alias be written to.",
        "Add it to DESTINATIONS, take it out of PROTECTED, or use another alias.",
    ),
    KnownCheck(
        "E005",
        "same database",
        "Both aliases are one database, by what the servers say of themselves, "
        "whatever host or path they are reached by.",
        "Give DATABASES two different databases.",
    ),
    KnownCheck(
        "E006",
        "time zones",
        "Neither engine stores a zone with its timestamps, and Django takes them for "
        "digits of two different zones.",
        "Set the same TIME_ZONE for both aliases.",
    ),
    KnownCheck(
        "E007",
        "shown instants",
        "A server shows instants by another clock than the one that Django takes "
        "them for.",
        "Make the alias's TIME_ZONE agree with the server, or use a datetime column.",
    ),
    KnownCheck(
        "E010",
        "labels",
        "A label names neither an app nor a model of the project.",
        "Use app or app.Model.",
    ),
    KnownCheck(
        "E011",
        "nothing chosen",
        "Nothing is left of what was chosen, after what was excluded.",
        "Choose at least one model.",
    ),
)

TABLES = (
    KnownCheck(
        "E101",
        "unreadable table",
        "The source does not let a table or one of its columns be read.",
        "What the message says, mostly a GRANT.",
    ),
    KnownCheck(
        "E102",
        "view",
        "A model that was named is a view in one of the databases.",
        "Leave it out: its rows are those of the tables behind it.",
    ),
    KnownCheck(
        "E103",
        "own table",
        "A table that was named holds what means nothing in another database: "
        "sessions, applied migrations, records of the console.",
        "Leave it out.",
    ),
    KnownCheck(
        "E104",
        "shared table",
        "Two models have the same table in one of the databases.",
        "Give one of them another db_table, or exclude it.",
    ),
    KnownCheck(
        "E105",
        "name of a table",
        "The destination has the table under a name that Django does not look for "
        "once that database is default; it cuts long names by the engine of default.",
        "Rename the table, by the statement that the message gives.",
    ),
    KnownCheck(
        "E106",
        "no table",
        "Neither database has the table of a model that was named.",
        "What the message says: migrateinto, or leave it out.",
    ),
    KnownCheck(
        "W106",
        "no table",
        "Neither database has the table of a model, which is left out.",
        "If it should be there, create it by what the message says.",
    ),
    KnownCheck(
        "E107",
        "missing tables",
        "One database has a table that the other one lacks.",
        "Create it (manage.py migrateinto), or exclude the model.",
    ),
    KnownCheck(
        "E108",
        "no table left",
        "No chosen model has a table in both databases.",
        "Create the tables: manage.py migrateinto, for either database.",
    ),
    KnownCheck(
        "E109",
        "table of no model",
        "A table that no model owns has columns or types that the other side lacks.",
        "Add them there, or leave the table out.",
    ),
    KnownCheck(
        "E110",
        "columns",
        "A column cannot be copied into the one of the destination, or has to be "
        "given a value that nobody has.",
        "What the message says of the column.",
    ),
    KnownCheck(
        "I110",
        "columns",
        "A column travels in a way that is worth knowing.",
        "Nothing has to be done.",
    ),
    KnownCheck(
        "W111",
        "triggers",
        "A table of the destination has triggers that run for every row that is "
        "copied, or deleted before that.",
        "Have them off during the load, by --triggers off or the choice on the page; "
        "they are put back as they are.",
    ),
    KnownCheck(
        "W112",
        "search index",
        "A table is a search index of another engine and is not copied.",
        "Rebuild it afterwards by the command that the message names.",
    ),
    KnownCheck(
        "W113",
        "search vectors",
        "Columns are search vectors, which no other engine holds.",
        "Rebuild them afterwards, by their trigger or UPDATE.",
    ),
    KnownCheck(
        "W114",
        "new columns",
        "Only the destination has a column; it keeps its default there.",
        "Fill it after the run, if the default is not what is wanted.",
    ),
    KnownCheck(
        "E115",
        "missing columns",
        "A table lacks a column of the model, and migrate has nothing to apply.",
        "Add the column, or exclude the model.",
    ),
    KnownCheck(
        "W116",
        "left out",
        "Tables that no model owns hold rows and take no part.",
        "Choose them too, if their rows are needed.",
    ),
)

REFERENCES = (
    KnownCheck(
        "E120",
        "references",
        "Chosen rows refer to rows that are neither chosen nor in the destination, "
        "and a foreign key there would refuse them.",
        "Choose the labels that the message names, or exclude the model.",
    ),
    KnownCheck(
        "W120",
        "references",
        "Chosen rows refer to rows that are neither chosen nor in the destination, "
        "and no foreign key would refuse them.",
        "Choose the labels that the message names, if those rows are needed.",
    ),
    KnownCheck(
        "E121",
        "renumbered column",
        "A reference has to be renumbered and is no whole number on both sides.",
        "Give the column an integer type on both sides.",
    ),
    KnownCheck(
        "E122",
        "no counterpart",
        "Rows refer to content types, permissions or sites that the destination does "
        "not have.",
        "Choose their model as well, or make them in the destination (migrateinto).",
    ),
    KnownCheck(
        "E123",
        "dangling numbers",
        "Rows refer to content types, permissions or sites that do not exist in the "
        "source itself.",
        "Correct these rows in the source, or exclude the model.",
    ),
    KnownCheck(
        "E124",
        "generic relations",
        "A generic relation leads to rows that have another number in the destination.",
        "Choose their model and what refers to it as well, or exclude the model.",
    ),
    KnownCheck(
        "W124",
        "generic relations",
        "In a comparison, a generic relation leads to rows that have another number "
        "in the destination.",
        "Look at these rows yourself: the comparison finds them equal.",
    ),
)

NUMBERS = (
    KnownCheck(
        "W130",
        "unknown sequence",
        "A column is numbered by a function in which no sequence is found.",
        "After the run, set what that function counts with.",
    ),
    KnownCheck(
        "I131",
        "unreadable sequence",
        "The account may not read a sequence of the source, so numbers of deleted "
        "rows may be given again.",
        "The GRANT that the message gives.",
    ),
    KnownCheck(
        "E132",
        "sequence not settable",
        "The account may not read and set a sequence of the destination.",
        "The GRANT that the message gives.",
    ),
    KnownCheck(
        "E133",
        "sequence too small",
        "A sequence or a column of the destination ends before a number that the "
        "source has used.",
        "Make it larger, by the statement that the message gives.",
    ),
)

ROWS = (
    KnownCheck(
        "E140",
        "not empty",
        "Tables of the destination hold rows, and nobody has asked to delete them.",
        "The button below the errors, or --empty; or exclude these tables.",
    ),
    KnownCheck(
        "E141",
        "referring table",
        "A table that is not chosen refers to one that is emptied.",
        "Choose it as well, or exclude the emptied one.",
    ),
    KnownCheck(
        "W150",
        "accounts",
        "The accounts of this site are replaced by those of the source.",
        "Make sure that you know a password of one of them.",
    ),
    KnownCheck(
        "W151",
        "no account",
        "The accounts of this site are replaced by those of the source, which has no "
        "active superuser.",
        "Create one in the source: manage.py createsuperuser --database=ALIAS.",
    ),
)

KNOWN_CHECKS = (
    *(*CONNECTIONS, *TABLES, *REFERENCES, *NUMBERS, *ROWS),
    *(*SCHEMAS, *CHANGES, *FILTERS, *MERGES, *TRANSFORMS),
    *(*AROUND, *VALUES, *COMMANDS),
)
