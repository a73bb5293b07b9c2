"""Rows' contents and passwords, looked for wherever none may be."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

from dashboard.models import MigrationRun
from dashboard.models.record import control_alias
from tests.dashboard.admin.browsing import sign_in, url
from tests.oracle.readers import reading
from tests.project import FILLED_ROWS, Project, Servers

# No key of any table, and long enough to be nothing else.
PRIVATE = {
    "bookshop_author": ("email", "biography"),
    "bookshop_book": ("title", "summary"),
    "bookshop_edition": ("remark",),
    "bookshop_order": ("note",),
    "bookshop_review": ("text",),
    "auth_user": ("password", "email"),
}
SHORTEST = 16
EXAMPLES = 60
# Values of rows that are set aside are kept, for those who may see them.
KEPT = {"migration_console_asiderow"}
CONTROL_TABLES = ("migration_console_", "celery_", "kombu_")
ENCODED = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")


@cache
def private_texts(servers: Servers) -> frozenset[str]:
    """Contents of the bookshop's rows, which are the same on every server."""
    server = servers.server("sqlite")
    found: set[str] = set()
    with reading(
        server.entry(servers.template(server, f"filled {FILLED_ROWS}"))
    ) as reader:
        for table, columns in PRIVATE.items():
            for column in columns:
                sql = f"SELECT DISTINCT {column} FROM {table} LIMIT {EXAMPLES}"
                found |= {text for (text,) in reader.query(sql) if text}
    return frozenset(text for text in found if len(text) >= SHORTEST)


def canaries(project: Project) -> set[bytes]:
    """What may be found nowhere, plain and as part of an address."""
    passwords = {str(e.get("PASSWORD") or "") for e in project.entries.values()}
    texts = private_texts(project.servers) | {p for p in passwords if len(p) > 7}
    return {form.encode() for text in texts for form in (text, quote(text, safe=""))}


def told(project: Project) -> Iterator[tuple[str, bytes]]:
    """Yield each place where people or servers could read, with what is there."""
    heard = project.heard()
    yield "Redis", heard
    # A message's body is Base64.
    yield "messages", b"\n".join(map(_decoded, ENCODED.findall(heard)))
    for path in project.directory.rglob("*.log"):
        yield path.name, Path(path).read_bytes()
    yield "terminals", "\n".join(project.outputs).encode()
    yield from _control_tables(project)
    yield from _pages()


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def _control_tables(project: Project) -> Iterator[tuple[str, bytes]]:
    with reading(project.entry(control_alias())) as reader:
        for table in reader.all_tables():
            if table.startswith(CONTROL_TABLES) and table not in KEPT:
                rows = reader.query(f"SELECT * FROM {reader.quoted(table)}")
                yield table, "\n".join(map(str, rows)).encode()


def _pages() -> Iterator[tuple[str, bytes]]:
    browser = sign_in("viewer")
    for run in MigrationRun.objects.all()[:5]:
        addresses = [url(name, run.pk) for name in ("change", "progress", "report")]
        types = ("html", "json", "csv")
        addresses += [url("report_file", run.pk, file_type) for file_type in types]
        for address in addresses:
            answer = browser.get(address)
            content = b"".join(answer) if answer.streaming else answer.content
            yield address, content


def leaks(project: Project) -> list[str]:
    """Name every place in which a canary is, and none of the canaries."""
    wanted = canaries(project)
    return [
        f"{place}: {sum(canary in content for canary in wanted)} canaries"
        for place, content in told(project)
        if any(canary in content for canary in wanted)
    ]
