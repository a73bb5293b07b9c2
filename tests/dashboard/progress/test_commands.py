from __future__ import annotations

import json

import pytest

from dashboard.models import CommandCall, MigrationRun
from dashboard.progress.commands import command_lines
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.runs import make_run

pytestmark = pytest.mark.usefixtures("project")


def called(state: str, **fields: object) -> MigrationRun:
    run = make_run(status="failed", phase="after", commands_after=["index"])
    values = {"head": "the first line\n", "tail": "the last line\n", "seconds": 2.0}
    CommandCall.objects.create(
        run=run,
        when="after",
        position=0,
        name="index",
        words=["rebuild_index", "--noinput"],
        state=state,
        **{**values, "left_out_bytes": 12_345, "output_bytes": 12_373, **fields},
    )
    return run


def test_output_is_for_those_who_may_see_it() -> None:
    from django.contrib.auth.models import Permission, User

    run = called("failed", exit_code=3, error="it ended with exit code 3.")
    viewer = sign_in("viewer")
    names = ("change", "progress", "report")
    addresses = [url(name, run.pk) for name in names]
    addresses += [url("report_file", run.pk, kind) for kind in ("html", "json", "csv")]
    for address in addresses:
        page = text(viewer.get(address))
        assert "the first line" not in page
        assert "the last line" not in page
    (line,) = json.loads(text(viewer.get(url("report_file", run.pk, "json"))))[
        "commands"
    ]
    assert (line["name"], line["exit_code"], line["output"]) == ("index", 3, "")
    page = text(viewer.get(url("change", run.pk)))
    assert "12,373 bytes. You need the permission" in page
    assert "Run it again" not in page

    permission = Permission.objects.get(codename="view_command_output")
    User.objects.get(username="viewer").user_permissions.add(permission)
    for address in addresses[:5]:
        page = text(viewer.get(address))
        assert "the last line" in page, address
        assert "12,345 bytes are left out here" in page
    assert "Run it again" in text(sign_in("controller").get(url("change", run.pk)))


def test_every_state_is_said_in_a_line() -> None:
    run = called("unknown", error="its worker died meanwhile.", left_out_bytes=0)
    (line,) = command_lines(run, with_output=True)
    assert line.output == "the first line\nthe last line\n"
    assert line.sentence == (
        "Command 'index' (after the copy): unknown, it may have run"
        " (2 s, 12,373 bytes written). Its worker died meanwhile."
    )
    assert (line.is_decidable, line.look) == (True, "not-verifiable")
    run = called("running")
    (line,) = command_lines(run, with_output=False)
    assert line.sentence.endswith("running: rebuild_index --noinput")
    assert (line.is_decidable, line.output) == (False, "")
