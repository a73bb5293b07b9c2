from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.project import Project


def test_a_person_signs_in_under_the_strict_policy(
    project: Project, page: Page
) -> None:
    project.superuser()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(project.live_server() + "/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "admin")
    page.click("input[type=submit]")
    expect(page.locator("#user-tools")).to_contain_text("admin")
    assert complaints == []
