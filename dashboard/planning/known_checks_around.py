"""The checks of what stands around the rows: triggers, rules, privileges, servers."""

from __future__ import annotations

from .known_check import KnownCheck

AROUND = (
    KnownCheck(
        "E181",
        "trigger for good",
        "Triggers of the destination are to be off during the load, and this account "
        "could not put one back as it is: it does not own the table, may not name the "
        "definer, or the text needs a character set or collation of another time.",
        "What the message says, mostly a GRANT; or keep the triggers.",
    ),
    KnownCheck(
        "I181",
        "triggers off",
        "Triggers of the destination are off during the load, as somebody has chosen.",
        "Do yourself what they would have done for the copied rows, if it is needed.",
    ),
    KnownCheck(
        "I182",
        "triggers of the source",
        "The source has triggers for new rows that the destination does not have.",
        "Make them there after the run, if the project needs them.",
    ),
    KnownCheck(
        "E183",
        "privilege",
        "The account of the destination lacks a privilege without which the run would "
        "fail: to read, load or empty a table, to take something off and put it back, "
        "or to make the receipts.",
        "The GRANT that the message gives.",
    ),
    KnownCheck(
        "W183",
        "privilege",
        "The account of the destination lacks a privilege that a run does without: for "
        "temporary tables, for a lock, or to see triggers.",
        "The GRANT that the message gives.",
    ),
    KnownCheck(
        "E184",
        "read-only destination",
        "The destination takes no writes: a standby, a server that is read-only, a "
        "file or its directory that this process may not write.",
        "Let the alias lead to the primary server, or let the file be written.",
    ),
    KnownCheck(
        "W185",
        "room on the disk",
        "The rows of the source take more bytes than the destination's disk has left. "
        "Only said of SQLite: no server tells it to an ordinary account.",
        "Make room there.",
    ),
    KnownCheck(
        "E186",
        "row-level security",
        "A policy of PostgreSQL's holds for the account: it would hide rows of the "
        "source, or refuse some of the destination.",
        "Let the account bypass it, by the statement that the message gives.",
    ),
    KnownCheck(
        "I186",
        "row-level security",
        "Tables have row-level security, which does not hold for the account.",
        "Nothing has to be done.",
    ),
    KnownCheck(
        "E187",
        "rules",
        "A rule of PostgreSQL's rewrites what the run would do to a table.",
        "Disable it for the time of the run, by the statement that the message gives.",
    ),
    KnownCheck(
        "E188",
        "pooler",
        "An alias leads to a pooler, such as PgBouncer, that gives a connection "
        "another session of the server for each transaction or statement: what a "
        "session sets, locks or makes for itself would be lost.",
        "Lead the alias to the server itself, or to a pool with pool_mode = session.",
    ),
    KnownCheck(
        "I188",
        "pooler",
        "An alias leads to a pooler that keeps sessions apart.",
        "Nothing has to be done.",
    ),
    KnownCheck(
        "I187",
        "rules",
        "A table of the destination has a rule that does not apply to copied rows.",
        "Nothing has to be done.",
    ),
)
