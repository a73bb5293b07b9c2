from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.project import Project


@pytest.fixture
def client(project: Project) -> Client:
    project.superuser()
    client = Client()
    assert client.login(username="admin", password="admin")
    return client


def test_the_root_leads_to_the_admin(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/admin/"


def test_every_page_carries_the_strict_policy(client: Client) -> None:
    policy = client.get("/admin/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_static_files_are_served_without_debug(client: Client) -> None:
    response = client.get("/static/admin/css/base.css")
    assert response.status_code == 200
    b"".join(response.streaming_content)
    response.close()


def test_the_bookshops_pages_open(project: Project, client: Client) -> None:
    project.control("sqlite", filled=True)
    project.superuser()
    client.login(username="admin", password="admin")
    pages = [
        reverse(f"admin:bookshop_{model._meta.model_name}_changelist")
        for model in apps.get_app_config("bookshop").get_models()
        if admin.site.is_registered(model)
    ]
    assert len(pages) > 10
    assert {client.get(page).status_code for page in pages} == {200}
