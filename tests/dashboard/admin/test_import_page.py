"""Who may load files, what is shown before, what arrives, and what is left of it."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, override_settings

from dashboard.conf import options as options_now
from tests import oracle
from tests.dashboard.admin.browsing import url
from tests.dashboard.admin.test_export_page import client
from tests.project import Project

LOADER = ("import_migrationrun", "add_currency", "change_currency")
CURRENCIES = "SELECT code, name FROM bookshop_currency ORDER BY code"
HEAD = "code,name,per_euro\n"


def upload(browser: Client, text: str | bytes, name: str, **data: str) -> HttpResponse:
    octets = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile(name, octets)
    chosen = {"alias": "shop", "mode": "merge", "file": file, **data}
    return browser.post(url("import"), chosen)


def shown(browser: Client, answer: HttpResponse) -> tuple[str, str, str]:
    """The address of the preview, its text, and what it was sealed by."""
    assert answer.status_code == 302, answer.content.decode()
    found = browser.get(answer["Location"], follow=True).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', found)
    return answer["Location"], found, digest[1] if digest else ""


@pytest.fixture
def place(project: Project, tmp_path: Path) -> Iterator[Path]:
    project.database("sqlite", "shop", filled=True)
    path = tmp_path / "uploads"
    options = {"UPLOAD_DIRECTORY": str(path), "UPLOAD_BYTES": 20_000}
    with override_settings(MIGRATION_CONSOLE={**options_now(), **options}):
        yield path


def rows(project: Project) -> list[tuple[str, str]]:
    with oracle.reading(project.entry("shop")) as reader:
        return [(str(a), str(b)) for a, b in reader.query(CURRENCIES)]


def test_what_was_shown_is_loaded_and_nothing_is_kept(
    project: Project, place: Path
) -> None:
    before = rows(project)
    code = before[0][0]
    text = f"{HEAD}{code},Corrected,1\nXXA,New,1.5\n"
    name = "bookshop.Currency (1).csv"
    others = client("view_migrationrun", "start_migrationrun", "export_migrationrun")
    assert others.get(url("import")).status_code == 403
    assert upload(others, text, name).status_code == 403
    alone = client("import_migrationrun")
    __, page, __ = shown(alone, upload(alone, text, name))
    assert "You may not change rows of: bookshop.Currency" in page
    assert not list(place.iterdir())

    browser = client(*LOADER)
    address, page, digest = shown(browser, upload(browser, text, name))
    assert "1 inserted, 1 updated, 0 deleted" in page
    assert "Corrected" not in page
    (kept,) = place.iterdir()
    assert (place.stat().st_mode | kept.stat().st_mode) & 0o077 == 0
    assert alone.get(address).status_code == 302
    seer = client(*LOADER, "view_row_values")
    of_seer, page, __ = shown(seer, upload(seer, text, name))
    was = before[0][1].replace("\n", "␊")
    assert {"Corrected", was} <= set(re.findall(r">([^<>]+)</td>", page))
    seer.post(of_seer, {"discard": "1"})
    assert rows(project) == before

    stale = browser.post(address, {"load": "1", "digest": "0"})
    assert "Something else would be changed by now" in stale.content.decode()
    done = browser.post(address, {"load": "1", "digest": digest})
    assert "All was loaded in one transaction" in done.content.decode()
    after = dict(rows(project))
    assert (after[code], after["XXA"]) == ("Corrected", "New")
    assert [(k, v) for k, v in rows(project) if (k, v) in before] == before[1:]
    assert not list(place.iterdir())
    said = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert "begins: bookshop.Currency" in said[0]
    assert "bookshop.Currency: 1 inserted, 1 updated, 0 deleted" in said[1]


def test_what_cannot_be_loaded_is_said_and_replacing_is_typed(
    project: Project, place: Path
) -> None:
    before = rows(project)
    browser = client(*LOADER, "delete_currency")
    name = "bookshop.Currency.csv"
    large = upload(browser, HEAD + "x" * 30_000, name)
    assert "The file is larger than" in large.content.decode()
    assert "neither a zip nor" in upload(browser, HEAD, "a.exe").content.decode()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, HEAD + "x" * 500_000)
    __, page, __ = shown(browser, upload(browser, bomb.getvalue(), "a.zip"))
    assert "unpacks to" in page
    text = HEAD + "XXA,New,one\nXXB,Good,2\n"
    address, page, digest = shown(browser, upload(browser, text, name))
    assert "line 2, column per_euro" in page
    assert "Load exactly this" not in page
    browser.post(address, {"load": "1", "digest": digest})
    assert rows(project) == before
    browser.post(address, {"discard": "1"})
    chosen = {"mode": "replace", "only_good": "on"}
    address, page, digest = shown(browser, upload(browser, text, name, **chosen))
    assert f"1 inserted, 0 updated, {len(before)} deleted" in page
    data = {"load": "1", "digest": digest}
    assert "to confirm" in browser.post(address, data).content.decode()
    # Books refer to what would be deleted.
    kept = browser.post(address, {**data, "typed": "shop"}, follow=True)
    assert "would refer by" in kept.content.decode()
    assert rows(project) == before
    assert not list(place.iterdir())
    left = place / ("0" * 32)
    left.mkdir()
    os.utime(left, (time.time() - 7_200,) * 2)
    upload(browser, HEAD, name)
    assert not left.exists()
