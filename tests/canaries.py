"""Rows' contents and passwords, looked for wherever none may be."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

from django.utils.html import escape

from dashboard.control_database import atomic
from dashboard.models import AsideRow, MigrationRun
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
FILLED = f"filled {FILLED_ROWS}"
SHORTEST = 16
EXAMPLES = 60
# Contents of rows that are set aside are kept, for those who may see them.
KEPT = {"lower", "key", "values"}
CONTROL_TABLES = ("migration_console_", "celery_", "kombu_")
ENCODED = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")


@cache
def private_texts(servers: Servers, kind: str = FILLED) -> frozenset[str]:
    """Contents of a template's rows, which are the same on every server."""
    server = servers.server("sqlite")
    found: set[str] = set()
    with reading(server.entry(servers.template(server, kind))) as reader:
        for table, columns in PRIVATE.items():
            for column in columns:
                sql = f"SELECT DISTINCT {column} FROM {table} LIMIT {EXAMPLES}"
                found |= {text for (text,) in reader.query(sql) if text}
    return frozenset(text for text in found if len(text) >= SHORTEST)


def canaries(project: Project) -> set[bytes]:
    """What may be found nowhere, in any of its spellings."""
    passwords = {str(e.get("PASSWORD") or "") for e in project.entries.values()}
    texts = {p for p in passwords if len(p) > 7}
    for kind in project.kinds - {"migrated"}:
        texts |= private_texts(project.servers, kind)
    return {form.encode() for text in texts for form in _spelled(text)}


def _spelled(text: str) -> tuple[str, ...]:
    """Return a text as it is, in an address, a page, JSON, and Python's repr."""
    inside = (json.dumps(text)[1:-1], repr(text)[1:-1])
    return (text, quote(text, safe=""), escape(text), *inside)


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
            if table.startswith(CONTROL_TABLES):
                columns = "*"
                if table == AsideRow._meta.db_table:
                    fields = AsideRow._meta.concrete_fields
                    names = [f.column for f in fields if f.name not in KEPT]
                    columns = ", ".join(map(reader.quoted, names))
                rows = reader.query(f"SELECT {columns} FROM {reader.quoted(table)}")
                yield table, "\n".join(map(str, rows)).encode()


def _pages() -> Iterator[tuple[str, bytes]]:
    with atomic():
        # Workers may still write into the same file.
        browser = sign_in("viewer")
    for run in MigrationRun.objects.all()[:5]:
        names = ("change", "progress", "report", "rows", "rows_file")
        addresses = [url(name, run.pk) for name in names]
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
