"""Somebody copies some models, confirms what goes, and has commands called after."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import MigrationRun, NamedPlan
from migration_console.bookshop.models import Genre
from tests import oracle
from tests.browser.test_run import sign_in
from tests.commands import noted, noting, python
from tests.project import Project

pytestmark = pytest.mark.browser

MODELS = ("bookshop.Currency", "bookshop.Genre")
TABLES = ("bookshop_currency", "bookshop_genre")


def counts(project: Project, alias: str) -> list[int]:
    counted = oracle.row_counts(project.entry(alias))
    return [counted[table] for table in TABLES]


def test_some_models_a_confirmation_and_commands_afterwards(
    project: Project, page: Page, tmp_path: Path
) -> None:
    mended, log = tmp_path / "mended", tmp_path / "log"
    failing = (
        "import os, sys\nfrom django.db import connections\n"
        "print('indexing', connections['default'].vendor)\n"
        f"os.path.exists({str(mended)!r}) or sys.exit('no room for the index')"
    )
    index = {"command": python(failing), "as_default": True}
    project.options = {"COMMANDS": {"index": index, "tell": noting(log, "told")}}
    project.database("sqlite", "legacy", filled=True)
    project.database("postgresql", "new")
    Genre.objects.using("new").create(name="Poems")
    assert counts(project, "new") == [0, 1]
    project.superuser()
    assert project.redis
    project.worker()
    root = sign_in(page, project.live_server())

    page.goto(f"{root}new/?source=legacy&destination=new")
    page.get_by_label("Select all models", exact=True).uncheck()
    for model in MODELS:
        page.locator(f"[id='model-{model}']").check()
    page.get_by_label("Empty the tables in the destination first").check()
    after = page.get_by_role("group", name="After the copy")
    for name in ("index", "tell"):
        after.get_by_label(name).check()
    page.fill("#id_keep_as", "pids")
    page.get_by_role("button", name="Check and plan").click()
    # A confirmation names each model and its rows.
    expect(page.locator(".mc-doomed li")).to_have_text(["bookshop.Genre 1"])
    expect(page.locator("#mc-commands")).to_contain_text("Called after the copy")
    page.fill("#id_typed", "new")
    page.get_by_role("button", name="Start migration").click()

    error = page.locator("#mc-error")
    expect(error).to_contain_text("'index' has failed", timeout=60_000)
    expect(error).to_contain_text("All data is copied and proved.")
    expect(page.locator("#mc-verdict")).to_have_text("Verified")
    assert counts(project, "new") == counts(project, "legacy")
    assert noted(log) == []
    output = page.locator("#mc-commands pre").first
    expect(output).to_be_hidden()
    page.locator("#mc-commands summary").first.click()
    expect(output).to_have_text("indexing postgresql\nno room for the index\n")

    mended.touch()
    page.get_by_role("button", name="Run it again").click()
    expect(page.locator("#mc-status")).to_have_text("Succeeded", timeout=60_000)
    assert noted(log) == ["told"]
    page.get_by_role("link", name="View report").click()
    expect(page.locator(".report")).to_contain_text("indexing postgresql")

    page.goto(f"{root}plans/")
    line = page.locator(f"#plan-{NamedPlan.objects.get().pk}")
    expect(line).to_contain_text("Verified")
    expect(line).to_contain_text("commands: index, tell")
    line.get_by_role("button", name="Check and plan").click()
    expect(page.locator(".mc-doomed li")).to_have_count(2)
    assert MigrationRun.objects.filter(named_plan__name="pids").count() == 2
