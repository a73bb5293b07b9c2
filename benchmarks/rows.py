"""The rows of every table as lines of text: the same ones on every run.

A line is what PostgreSQL's `COPY` and MariaDB's `LOAD DATA` both read: values
parted by tabs, `\\N` for NULL, none of them in need of an escape. Bytes are
written as hexadecimal digits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

Counts = dict[str, int]

NULL = "\\N"
DAYS = [
    f"{year}-{month:02d}-{day:02d}"
    for year in range(2016, 2026)
    for month in range(1, 13)
    for day in range(1, 29)
]
VERBS = ("Harvest", "Register", "Resolve", "Review", "Replace", "Retire", "Restore")
NOUNS = ("dataset", "sample", "thesis", "article", "recording", "map", "instrument")
MESSAGES = (
    '[{"added": {}}]',
    '[{"changed": {"fields": ["Url"]}}]',
    '[{"changed": {"fields": ["Owner", "Service"]}}]',
    '[{"changed": {"fields": ["Changed at"]}}, {"added": {"name": "target", '
    '"object": "a further place"}}]',
    "",
)


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def moment(number: int) -> str:
    second = number * 37 % 86_400
    return (
        f"{DAYS[number % len(DAYS)]} {second // 3600:02d}:{second // 60 % 60:02d}:"
        f"{second % 60:02d}.{number * 7919 % 1_000_000:06d}"
    )


def _numbers(counts: Counts, table: str) -> range:
    return range(1, counts[table] + 1)


def users(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "auth_user"):
        yield (
            f"{i}\t!{_digest(f'user {i}')}\t{moment(i) if i % 3 else NULL}\t{i % 2}\t"
            f"user{i}\tFirst{i}\tLast{i}\tuser{i}@example.org\t1\t1\t{moment(i * 3)}\n"
        )


def namespaces(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_namespace"):
        yield f"{i}\t21.T{10_000 + i}\tThe namespace of house number {i}\n"


def owners(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_owner"):
        yield f"{i}\tLibrary of département {i}\towner{i}@example.org\n"


def services(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_service"):
        yield f"{i}\tservice-{i}\thttps://service{i}.example.org/api/\n"


def pids(counts: Counts) -> Iterator[str]:
    prefixes = counts["pids_namespace"]
    for i in _numbers(counts, "pids_pid"):
        namespace = i % prefixes + 1
        digest = _digest(f"pid {i}")
        yield (
            f"{i}\t21.T{10_000 + namespace}/{digest[:8]}-{digest[8:12]}-{digest[12:24]}"
            f"\t{namespace}\t{i * 7 % counts['pids_owner'] + 1}"
            f"\t{i * 5 % counts['pids_service'] + 1}"
            f"\t{moment(i)}\t{moment(i + 9_999)}\n"
        )


def targets(counts: Counts) -> Iterator[str]:
    all_pids, all_targets = counts["pids_pid"], counts["pids_target"]
    for i in _numbers(counts, "pids_target"):
        yield (
            f"{i}\t{(i - 1) * all_pids // all_targets + 1}\thttps://repository"
            f"{i % 40}.example.org/objects/{_digest(f'target {i}')}/content"
            f"\t{0 if i % 11 == 0 else 1}\n"
        )


def log_records(counts: Counts) -> Iterator[str]:
    all_users = counts["auth_user"]
    for i in _numbers(counts, "pids_logrecord"):
        content_type = NULL if i % 17 == 0 else i % 5 + 1
        yield (
            f"{i}\t{moment(i)}\t{i * 3 % all_users + 1}\t{content_type}"
            f"\t{i * 13 % 540_000 + 1}\t{VERBS[i % 7]} the {NOUNS[i // 7 % 7]} number "
            f"{i * 31 % 1_000_003} of the «collection {i % 97}»"
            f"\t{i % 3 + 1}\t{MESSAGES[i % 5]}\n"
        )


def keywords(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_keyword"):
        yield f"{i}\t{NOUNS[i % 7]} {i}\n"


def documents(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_document"):
        yield f"{i}\tDocument {i} of {VERBS[i % 7].lower()}\n"


def document_keywords(counts: Counts) -> Iterator[str]:
    all_keywords, all_documents = counts["pids_keyword"], counts["pids_document"]
    for i in _numbers(counts, "pids_document_keywords"):
        document, turn = (i - 1) % all_documents, (i - 1) // all_documents
        keyword = (document * 7 + turn * 41) % all_keywords
        yield f"{i}\t{document + 1}\t{keyword + 1}\n"


MEASUREMENT_COLUMNS = (
    *(f"count_{n}" for n in range(1, 6)),
    *(f"total_{n}" for n in range(1, 4)),
    *(f"level_{n}" for n in range(1, 4)),
    *(f"amount_{n}" for n in range(1, 5)),
    *(f"value_{n}" for n in range(1, 5)),
    *(f"flag_{n}" for n in range(1, 4)),
    *(f"seen_at_{n}" for n in range(1, 5)),
    *(f"day_{n}" for n in range(1, 4)),
    *(f"code_{n}" for n in range(1, 5)),
    *(f"name_{n}" for n in range(1, 4)),
    *(f"note_{n}" for n in range(1, 4)),
)


def measurements(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_measurement"):
        digest = _digest(f"measurement {i}")
        number = int(digest[:12], 16)
        odd = i % 2
        values: list[object] = [
            i,
            *(number >> shift & 0x7FFFFFFF for shift in (0, 4, 8)),
            i if odd else NULL,
            NULL if odd else -i,
            number,
            -number,
            i * 1_000_003,
            *(number >> shift & 0x7FFF for shift in (2, 6, 10)),
            *(f"{number >> shift & 0xFFFFFFF}.{i % 100:02d}" for shift in (1, 3)),
            *(f"{number >> shift & 0xFFFFFFF}.{i % 10_000:04d}" for shift in (5,)),
            f"-{i}.{i % 10_000:04d}" if odd else NULL,
            *(number / divisor for divisor in (7.0, 1e9, 3e15)),
            i / 3 if odd else NULL,
            odd,
            i % 3 // 2,
            i % 2 if i % 5 else NULL,
            *(moment(i + step) for step in (1, 2, 3)),
            moment(i) if i % 4 else NULL,
            *(DAYS[(i + step) % len(DAYS)] for step in (5, 6)),
            DAYS[i % len(DAYS)] if i % 6 else NULL,
            *(digest[start : start + 10] for start in (0, 5)),
            *(digest[start : start + 24] for start in (3, 8)),
            *(f"{VERBS[(i + step) % 7]} {digest[step:20]}" for step in (0, 1, 2)),
            *(f"{NOUNS[(i + step) % 7]}: {digest} {digest}" for step in (0, 1)),
            f"note {i}" if odd else NULL,
        ]
        yield "\t".join(map(str, values)) + "\n"


def attachments(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_attachment"):
        body = " ".join(_digest(f"body {i} {n}") for n in range(3_030))
        content = hashlib.shake_128(str(i).encode()).hexdigest(100_000)
        yield f"{i}\tattachment {i}.pdf\t{body}\t{content}\n"


def uuid(digest: str) -> str:
    return (
        f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"
    )


def devices(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_device"):
        yield (
            f"{uuid(_digest(f'device {i}'))}\t{NOUNS[i % 7]} number {i}"
            f"\t{uuid(_digest(f'token {i}'))}\t{moment(i)}\n"
        )


def terms(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_term"):
        digest = _digest(f"term {i}")
        yield f"{NOUNS[i % 7]}-{digest[:20]}\t{digest} {digest}\t{i % 1000}\n"


def readings(counts: Counts) -> Iterator[str]:
    for i in _numbers(counts, "pids_reading"):
        yield f"{i % 500 + 1}\t{i // 500 + 1}\t{i * 17 % 100_000}\t{moment(i)}\n"
