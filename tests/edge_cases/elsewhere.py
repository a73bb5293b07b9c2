"""Rows whose cases need more than two databases full of tables, or that cannot be."""

from __future__ import annotations

ELSEWHERE = {
    33: "a project without time zones, and aliases that keep local time",
    34: "the hour that autumn repeats in an alias's own zone, and the one that spring "
    "skips: E222",
    45: "a document of 300 MB: not tried; a value beyond the packet is D12's and D13's",
    53: "sequences, and the numbers of deleted rows",
    54: "a default that calls a function around its sequence",
    55: "what only one side computes",
    56: "triggers of every event and engine",
    60: "models without a table, swapped ones, and views",
    71: "content types, permissions and sites of other numbers",
    73: "tables of other schemas, and names that differ in capitals",
    74: "inherited and partitioned tables",
    75: "a table of no columns: no model has one, so it cannot take part",
    76: "rows and columns that the account may not read",
}
