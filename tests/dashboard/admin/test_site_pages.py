from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import override_settings
from django.urls import path

from dashboard.admin import MigrationRunAdmin
from dashboard.models import MigrationRun
from tests.dashboard.admin.browsing import sign_in, text
from tests.dashboard.runs import make_run, make_table

other_site = admin.AdminSite("ops")
other_site.register(MigrationRun, MigrationRunAdmin)
urlpatterns = [path("ops/", other_site.urls)]

pytestmark = pytest.mark.usefixtures("project")


def test_it_works_on_a_site_with_another_name() -> None:
    run = make_run()
    make_table(run)
    browser = sign_in("superuser")
    with override_settings(ROOT_URLCONF=__name__):
        root = "/ops/migration_console/migrationrun/"
        for page in ("", "new/", f"{run.pk}/change/", f"{run.pk}/report/"):
            answer = browser.get(root + page)
            assert answer.status_code == 200, page
            assert '"/admin/' not in text(answer)
