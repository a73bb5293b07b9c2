"""Who may download tables, what arrives, and what is written down of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from dashboard.transfer.csvfiles.manifest import Manifest
from tests import oracle
from tests.project import Project

PAGE = "admin:migration_console_migrationrun_export"
CHOSEN = {
    "alias": "shop",
    "models": ["bookshop.Currency", "bookshop.Genre"],
    "delimiter": "semicolon",
    "quoting": "minimal",
    "encoding": "utf-8",
    "null": "",
}


def client(*codenames: str) -> Client:
    user = User.objects.create_user(f"u{'-'.join(codenames)}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    found = Client()
    found.force_login(user)
    return found


def downloaded(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_zip_is_sent_to_who_may_have_it_and_written_down(project: Project) -> None:
    project.database("sqlite", "shop", filled=True)
    others = client("view_migrationrun", "start_migrationrun", "control_migrationrun")
    assert others.get(reverse(PAGE)).status_code == 403
    assert others.post(reverse(PAGE), CHOSEN).status_code == 403
    allowed = client("export_migrationrun")
    assert b"bookshop.Currency" in allowed.get(reverse(PAGE)).content
    refused = allowed.post(reverse(PAGE), {**CHOSEN, "null": "'"})
    assert "cannot stand for NULL" in refused.content.decode()
    assert not LogEntry.objects.exists()
    answer = allowed.post(reverse(PAGE), CHOSEN)
    assert answer["Content-Disposition"] == 'attachment; filename="shop.zip"'
    packed = zipfile.ZipFile(io.BytesIO(downloaded(answer)))
    answer.close()
    assert packed.testzip() is None
    told = Manifest.loaded(packed.read("manifest.json"))
    with oracle.reading(project.entry("shop")) as reader:
        wanted = {
            f"bookshop.{name}": reader.query(f"SELECT count(*) FROM bookshop_{name}")
            for name in ("Currency", "Genre")
        }
    assert {t.model: t.rows for t in told.tables} == {
        label: rows[0][0] for label, rows in wanted.items()
    }
    (entry,) = LogEntry.objects.all()
    assert "bookshop.Currency, bookshop.Genre" in entry.change_message


def test_a_download_that_fails_or_is_left_is_no_whole_zip(project: Project) -> None:
    project.database("sqlite", "shop", filled=True)
    import sqlite3

    with sqlite3.connect(Path(project.entry("shop")["NAME"])) as shop:
        shop.execute(
            "UPDATE bookshop_genre SET name = CAST(X'61FF' AS TEXT) WHERE id = 1"
        )
    shop.close()
    allowed = client("export_migrationrun")
    answer = allowed.post(reverse(PAGE), CHOSEN)
    octets = io.BytesIO()
    with pytest.raises(Exception, match="bookshop_genre"):
        for piece in answer.streaming_content:
            octets.write(piece)
    answer.close()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(octets)
    left = allowed.post(reverse(PAGE), {**CHOSEN, "models": ["bookshop.Currency"]})
    left.close()
