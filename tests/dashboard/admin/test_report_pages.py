from __future__ import annotations

import json

import pytest

from tests.dashboard.admin.browsing import ended, sign_in, text, url
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    ("file_type", "media_type"),
    [("html", "text/html"), ("json", "application/json"), ("csv", "text/csv")],
)
def test_the_report_is_downloaded(file_type: str, media_type: str) -> None:
    run = make_run(source="le\r\nga/../cy", status="succeeded")
    make_table(run)
    answer = sign_in("viewer").get(url("report_file", run.pk, file_type))
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="migration-{run.pk}-le-gacy-to-default.{file_type}"'
    )
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("file_type", ["pdf", "HTML", "..", "json%00", "..%2f..%2fetc"])
def test_no_other_file_type_and_no_path_is_read(file_type: str) -> None:
    run = ended()
    address = url("report_file", run.pk, "json").removesuffix("json") + file_type
    assert sign_in("superuser").get(address).status_code == 404


def test_the_report_in_the_admin_is_the_downloaded_one() -> None:
    run = ended()
    make_table(run, source_rows=5, destination_rows=5, verdict="verified")
    browser = sign_in("viewer")
    page = text(browser.get(url("report", run.pk)))
    document = json.loads(text(browser.get(url("report_file", run.pk, "json"))))
    assert document["headline"] in page.replace("&quot;", '"')
