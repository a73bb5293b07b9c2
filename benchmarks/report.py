"""The lines of a case as a table, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.contest import LIMIT, PEER, Case
from benchmarks.schedule import Line
from benchmarks.statements import BOTH

MIB = 1 << 20
HEADINGS = (
    "contestant",
    "seconds",
    "min–max",
    "rows/s",
    "CPU s",
    "servers' CPU s",
    "peak MiB",
    "× limit",
    "best peer ×",
)
NAMED = 3
"""So many tables are named where more could be."""
PLACES = ("source", "destination", BOTH, "control")


def _reference(lines: Sequence[Line], kind: str) -> float | None:
    found = [line.median for line in lines if line.contestant.kind == kind]
    return min((seconds for seconds in found if seconds), default=None)


def table(case: Case, lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """The headings and one tuple of texts a contestant, all of one length."""
    limit, peer = _reference(lines, LIMIT), _reference(lines, PEER)
    found = [HEADINGS, *(_row(line, limit, peer) for line in lines)]
    if not case.shape.per_table:
        return found
    places = [
        place
        for place in PLACES
        if any(place in line.extra.get("statements_per_table", {}) for line in lines)
    ]
    more = [("ms/table", *(f"{place}: statements/table" for place in places))]
    more += [_per_table(line, places) for line in lines]
    return [row + last for row, last in zip(found, more, strict=True)]


def _per_table(line: Line, places: Sequence[str]) -> tuple[str, ...]:
    milliseconds = line.extra.get("ms_per_table")
    counts = line.extra.get("statements_per_table", {})
    return (
        "" if milliseconds is None else f"{milliseconds:.1f}",
        *(f"{counts[place]:.1f}" if place in counts else "" for place in places),
    )


def _row(line: Line, limit: float | None, peer: float | None) -> tuple[str, ...]:
    name, seconds = line.contestant.name, line.median
    if seconds is None:
        return (name, line.problem[:60], *[""] * (len(HEADINGS) - 2))
    mark = "≥ " if line.contestant.at_least else "≈ " if line.extrapolated else ""
    mark += "≠ " if "differing" in line.extra else ""
    spread = f"{min(line.seconds):.2f}–{max(line.seconds):.2f}"
    return (
        name,
        f"{mark}{seconds:.2f}",
        spread if len(line.seconds) > 1 else "",
        f"{line.rows / seconds:,.0f}",
        f"{line.cpu:.1f}",
        f"{line.servers_cpu:.1f}",
        f"{line.peak / MIB:.0f}" if line.peak else "",
        f"{seconds / limit:.2f}" if limit else "",
        f"{peer / seconds:.2f}" if peer else "",
    )


def as_text(case: Case, lines: Sequence[Line]) -> str:
    found = table(case, lines)
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    head = f"{case}, {case.size}: {case.shape.count(case.size):,} rows"
    body = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in found
    ]
    return "\n".join([head, *body, *_notes(lines)])


def _notes(lines: Sequence[Line]) -> list[str]:
    notes = []
    for line in lines:
        extra = line.extra
        if "worker_above_idle" in extra:
            above = extra["worker_above_idle"] / MIB
            notes.append(f"{line.contestant.name}: worker {above:.0f} MiB above idle")
        if "last_to_first" in extra:
            notes.append(
                f"{line.contestant.name}: rate of the last chunks "
                f"{extra['last_to_first']:.2f} of the first"
            )
        if "differing" in extra:
            names = extra["differing"]
            some = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
            notes.append(
                f"{line.contestant.name}: the copy of {len(names)} tables does not "
                f"equal the source: {some}"
            )
    return notes


def as_markdown(case: Case, lines: Sequence[Line]) -> str:
    head = f"### {case}, {case.size} ({case.shape.count(case.size):,} rows)"
    headings, *rows = table(case, lines)
    found = [headings, tuple("---" for _ in headings), *rows]
    body = ["| " + " | ".join(row) + " |" for row in found]
    return "\n".join([head, "", *body, "", *(f"- {note}" for note in _notes(lines))])


def as_json(case: Case, lines: Sequence[Line]) -> dict[str, Any]:
    limit, peer = _reference(lines, LIMIT), _reference(lines, PEER)
    return {
        "case": str(case),
        "size": case.size,
        "rows": case.shape.count(case.size),
        "contestants": [_document(line, limit, peer) for line in lines],
    }


def _document(line: Line, limit: float | None, peer: float | None) -> dict[str, Any]:
    seconds = line.median
    return {
        "name": line.contestant.name,
        "kind": line.contestant.kind,
        "about": line.contestant.about,
        "seconds": seconds,
        "runs": line.seconds,
        "rows": line.rows,
        "cpu_seconds": line.cpu,
        "servers_cpu_seconds": line.servers_cpu,
        "peak_bytes": line.peak,
        "extrapolated": line.extrapolated,
        "times_the_limit": seconds / limit if seconds and limit else None,
        "best_peer_takes_times": peer / seconds if seconds and peer else None,
        "problem": line.problem,
        **line.extra,
        "each_run": [result.extra for result in line.results],
    }
