"""What runs in the project: the checks, then the copy of what they let pass.

Prints one document: what was found of each model, what became of each table, and
what was said of it.
"""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

# A table that fails ends its run; another run has to show what becomes of the others.
MOST_RUNS = 40
COPY = ("--no-input", "--empty", "--chunk-rows=3", "--lanes=1")


def said(labels: set[str], *options: str) -> dict[str, Any]:
    """What a command writes as JSON, whether or not it ends well."""
    out = io.StringIO()
    arguments = ("old", "new", *sorted(labels), *options, "--json")
    with suppress(CommandError, SystemExit):
        call_command("copydata", *arguments, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def checked(labels: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Check until nothing new blocks: some checks are only made after others."""
    found: dict[str, list[dict[str, Any]]] = {}
    blocked: set[str] = set()
    while True:
        document = said(labels - blocked, "--check")
        new = set()
        for one in document["findings"]:
            known = found.setdefault(one["model"], [])
            known += [one] if one not in known else []
            if one["level"] == "error":
                new.add(one["model"])
        # What is said of no model would be said again for ever.
        if not new - {""} - blocked:
            return found
        blocked |= new


def copied(labels: set[str]) -> dict[str, Any]:
    """Copy, and again without a table that ends a run; by model, what became of it."""
    tables: dict[str, Any] = {}
    for _ in range(MOST_RUNS):
        document = said(labels, *COPY)
        if "tables" not in document:
            return {**tables, "": document}
        rows = {one["model"]: one for one in document["tables"]}
        failed = {label for label, one in rows.items() if one["error"]}
        tables |= {label: rows[label] for label in failed}
        if not failed:
            status = {"": document} if document["status"] != "succeeded" else {}
            return tables | rows | status
        labels = labels - failed
    return tables


def main(labels: list[str], left_out: list[str]) -> None:
    found = checked(set(labels))
    blocked = {
        label
        for label, findings in found.items()
        if any(one["level"] == "error" for one in findings)
    }
    tables = copied(set(labels) - blocked - set(left_out))
    print(json.dumps({"found": found, "tables": tables}))  # noqa: T201
