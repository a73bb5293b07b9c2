from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import BrowserContext, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def browser_context(tmp_path: Path) -> Iterator[BrowserContext]:
    """A real Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=shutil.which("chromium") or "/usr/bin/chromium",
            args=ARGUMENTS,
            headless=True,
            accept_downloads=True,
            viewport={"width": 1280, "height": 900},
        )
        yield context
        forget_connections()
        context.close()


def forget_connections() -> None:
    """Close what the test opened while Playwright's loop was running.

    Django keeps connections of a thread with a running loop apart, so the
    project does not find them, and the next test would find the old database.
    """
    for alias in list(connections):
        connections[alias].close()
        del connections[alias]


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    page = browser_context.pages[0]
    page.set_default_timeout(15_000)
    return page
