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
)
