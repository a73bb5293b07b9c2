"""The checks of the source's values, one row's after the other's."""

from __future__ import annotations

from collections.abc import Iterator

from .known_check import KnownCheck


def _both(number: str, name: str, cause: str, remedy: str) -> Iterator[KnownCheck]:
    """Yield the error, and the warning where such rows are set aside."""
    yield KnownCheck(f"E{number}", name, cause, remedy)
    aside = "The rows are set aside in the run, as was chosen; load them afterwards."
    yield KnownCheck(f"W{number}", name, cause, aside)


OF_RULES = (
    (
        "200",
        "null",
        "A column of the source holds NULL, and the destination's takes none.",
        "Correct the rows, let the field be NULL, or choose --change …=empty-for-null.",
    ),
    (
        "201",
        "no common text",
        "Values have no form that both sides hold.",
        "Correct the rows, or give both columns one type.",
    ),
    (
        "202",
        "whole numbers",
        "Numbers are out of the column's range, or are none.",
        "Make the column wider, or correct the rows; nonzero-to-true for booleans.",
    ),
    (
        "203",
        "decimal places",
        "Numbers have more decimal places than the column keeps.",
        "Give the column a larger scale, or choose --change …=round.",
    ),
    (
        "204",
        "zeros before",
        "Texts of digits begin with zeros, which a number does not keep.",
        "Keep the column a text, or correct the rows.",
    ),
    (
        "205",
        "decimals",
        "Numbers do not fit into the column's precision and scale.",
        "Give the column a larger precision, or correct the rows.",
    ),
    (
        "206",
        "numbers",
        "Values are no numbers that the column holds, such as NaN or infinity.",
        "Correct the rows.",
    ),
    (
        "207",
        "digits",
        "Numbers have more digits than a float keeps.",
        "Make the destination's column a decimal.",
    ),
    (
        "208",
        "precision",
        "Floats have more bits than the column keeps.",
        "Make the destination's column a double.",
    ),
    (
        "209",
        "float range",
        "Numbers are beyond the column's floats.",
        "Make the destination's column a double, or correct the rows.",
    ),
    (
        "210",
        "negative zero",
        "The sign of -0.0 is lost.",
        "Make them 0 in the source, if the sign means nothing.",
    ),
    ("211", "NaN", "NaN would become NULL.", "Correct the rows."),
    (
        "212",
        "characters",
        "Texts have more characters than the column.",
        "Make the column longer, or choose --change …=cut.",
    ),
    (
        "213",
        "bytes",
        "Values have more bytes than the column.",
        "Give the column a larger type.",
    ),
    (
        "214",
        "cut",
        "Values are longer than the column, which cuts them without a word.",
        "Give the column a larger type.",
    ),
    (
        "215",
        "padded",
        "Values are shorter than a column of fixed length, which pads them.",
        "Give the column a type of variable length.",
    ),
    (
        "216",
        "trailing spaces",
        "Texts end with spaces, which a column of fixed length loses.",
        "Give the column a type of variable length.",
    ),
    (
        "217",
        "NUL",
        "Texts hold the character NUL, which PostgreSQL has not.",
        "Correct the rows, or choose --change …=strip-nul or replace-nul.",
    ),
    (
        "218",
        "encoding",
        "Texts are no UTF-8.",
        "Correct the rows, or choose --change …=decode-cp1252.",
    ),
    (
        "219",
        "character set",
        "Texts hold characters that the column's character set lacks.",
        "Make the column utf8mb4, or correct the rows.",
    ),
    (
        "220",
        "words",
        "Values are not among those of an enumeration or a set.",
        "Add them to the column's type, or correct the rows.",
    ),
    ("221", "XML", "Texts are no well-formed XML.", "Correct the rows."),
    (
        "222",
        "dates and times",
        "Dates and times are none, are beyond what the column holds, or in an hour "
        "that the clocks of the alias's TIME_ZONE repeat or skip.",
        "Correct the rows, or choose --change …=zero-date-to-null or zero-date-to.",
    ),
    (
        "223",
        "fractions",
        "Moments are finer than the column keeps.",
        "Give the column six digits of a second's fraction.",
    ),
    (
        "224",
        "UUIDs",
        "Values are no UUIDs that the column holds.",
        "Correct the rows, or make the column char(32).",
    ),
    (
        "225",
        "addresses",
        "Values are no addresses that the column holds.",
        "Correct the rows.",
    ),
    (
        "226",
        "JSON",
        "Documents are none that the destination takes.",
        "Correct the rows.",
    ),
    (
        "227",
        "JSON keys",
        "Documents hold a key twice, of which one is lost.",
        "Correct the rows.",
    ),
    (
        "228",
        "JSON numbers",
        "Documents hold numbers that the column rounds.",
        "Correct the rows, or keep the numbers as texts.",
    ),
)

LARGE_ROWS = (
    "235",
    "large rows",
    "A row is larger than a statement may be: a MySQL without local_infile gets rows "
    "in INSERTs of up to max_allowed_packet. LOAD DATA LOCAL has no such limit, nor "
    "has reading from MySQL.",
    "Turn local_infile on, or raise max_allowed_packet.",
)

OF_WHOLE_TABLES = (
    (
        "230",
        "equal keys",
        "Values that the source tells apart are equal in the destination, by its "
        "collation or by a chosen change, and a key takes each of them once.",
        "Correct the rows, or give the columns a collation that tells them apart.",
    ),
    (
        "231",
        "CHECKs",
        "Rows break a CHECK of the destination's table or of a column's domain, or "
        "have no partition there.",
        "Correct the rows, change the CHECK, or make the partition.",
    ),
    (
        "232",
        "room in an index",
        "Values are longer than an entry of an index of the destination may be, as "
        "PostgreSQL compresses them.",
        "Shorten them, drop the index, or make it one of an expression such as md5().",
    ),
)

VALUES = (
    *(check for rule in OF_RULES for check in _both(*rule)),
    *(check for rule in OF_WHOLE_TABLES for check in _both(*rule)),
    KnownCheck(
        "W233",
        "not tried",
        "Keys and CHECKs could not be tried in the destination, mostly because the "
        "account may make no temporary table there.",
        "What the message says, mostly a GRANT.",
    ),
    KnownCheck(
        "W234",
        "not all tried",
        "At a page keys and CHECKs are tried as long as values are looked through.",
        "Let copydata --check try all of them.",
    ),
    *_both(*LARGE_ROWS),
    *_both(
        "236",
        "exclusions",
        "Two rows exclude each other by a constraint of the destination's, as bookings "
        "do that overlap.",
        "Correct them, or drop the constraint.",
    ),
    KnownCheck(
        "E240",
        "orphans",
        "Rows refer to rows that the source itself does not have, and a foreign key of "
        "the destination would refuse them at the end.",
        "Correct them, or choose --change …=orphan-to-null or skip-orphans.",
    ),
    KnownCheck(
        "E241",
        "not answered",
        "The source refused, for a reason that lasts, what was asked about a table's "
        "values or references: nobody knows what it holds, and the copy would meet "
        "the same reason.",
        "What the message says; --no-scan starts without looking.",
    ),
    KnownCheck(
        "W241",
        "orphans not looked for",
        "For a reason that passes, or for being too many, it is not known whether "
        "rows refer to rows that are not there.",
        "Check again; else the end of the run finds them.",
    ),
    KnownCheck(
        "E242",
        "no orphans there",
        "A change was chosen for orphans, and the source cannot tell them from "
        "references that the destination takes by its collation.",
        "Write the references in the source as the keys of their rows are.",
    ),
    KnownCheck(
        "E243",
        "database lost",
        "The connection to a database ended, or its server answers nobody, before all "
        "rows were looked at.",
        "Check again when it answers.",
    ),
    *_both(
        "244",
        "not converted",
        "A field of the project makes values into nothing that the destination's "
        "column holds.",
        "Let the field convert them (from_db_value, get_db_prep_value).",
    ),
    KnownCheck(
        "W245",
        "not compared",
        "A column has no text that both servers spell alike, so no comparison can say "
        "that its values arrived.",
        "Give both columns one type, or compare them by other means.",
    ),
    KnownCheck(
        "W290",
        "not looked through",
        "Somebody chose --no-scan, or its box on the page.",
        "Leave it out: what is refused is found before the start then.",
    ),
    KnownCheck(
        "W291",
        "not all looked through",
        "In a request the values are looked through for ten seconds, and there were "
        "more.",
        "Let a worker make the checks, or copydata --check.",
    ),
    KnownCheck(
        "W292",
        "not readable",
        "For a reason that passes, such as a lock, the source did not answer what was "
        "asked about a table's values.",
        "Check again when nothing else is in the way.",
    ),
    KnownCheck(
        "W293",
        "looked through in part",
        "The ten seconds of a page ended in the middle of a table: what was found "
        "until then is said, with what may be more.",
        "Let copydata --check look through all of it.",
    ),
    KnownCheck(
        "W294",
        "no key to read by",
        "A table without a key has more suspicious values in a column than are read "
        "in one piece.",
        "Give it a primary key, or expect that the run meets more of them.",
    ),
    KnownCheck(
        "W295",
        "orphans not all looked for",
        "At a page no more than half of the ten seconds go to references, and there "
        "were more.",
        "Let copydata --check look for all of them.",
    ),
)
