"""Two browsers that start at the same moment: one run, and nobody sees an error."""

from __future__ import annotations

import re
import threading
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from dashboard.models import MigrationRun, Reservation
from tests.dashboard.admin.browsing import url
from tests.dashboard.runs import make_run
from tests.project import Project, soaked

COPY, COMPARE = "copy", "compare"
# What both browsers start: the same plan, or two that are in each other's way.
PAIRS: list[list[tuple[str, str, str]]] = [
    [("A", "B", COPY)],
    [("A", "B", COPY), ("C", "B", COPY)],
    [("A", "B", COPY), ("B", "A", COPY)],
    [("A", "B", COPY), ("B", "C", COMPARE)],
]
TOKEN = "t" * 32


class Browser:
    """A signed-in browser with one connection to the site."""

    def __init__(self, site: str, user: Any) -> None:
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        session = f"{name}={client.cookies[name].value}"
        self._host = urlsplit(site).netloc
        self._cookies = f"{session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"

    def start(self, run: MigrationRun) -> int:
        connection = HTTPConnection(self._host, timeout=60)
        fields = {"plan_hash": run.plan_hash, "csrfmiddlewaretoken": TOKEN}
        headers = {
            "Cookie": self._cookies,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request("POST", url("start", run.pk), urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


def begin(browsers: list[Browser], runs: list[MigrationRun]) -> list[int]:
    barrier = threading.Barrier(len(browsers))
    answers: list[int] = []

    def ask(browser: Browser, run: MigrationRun) -> None:
        barrier.wait(30)
        answers.append(browser.start(run))

    asked = runs * (len(browsers) // len(runs))
    threads = [
        threading.Thread(target=ask, args=pair)
        for pair in zip(browsers, asked, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return answers


@pytest.mark.parametrize(
    ("control", "rounds"),
    [
        ("postgresql", 2),
        soaked("mysql", 2),
        ("sqlite", 2),
        *(soaked(control, 200) for control in ("postgresql", "mariadb", "sqlite")),
        soaked("mysql", 200),
    ],
)
def test_f23_f24_of_two_starts_at_once_one_is_the_run(
    project: Project, control: str, rounds: int
) -> None:
    project.control(control)
    site = project.live_server()
    browsers = [Browser(site, project.superuser(name)) for name in ("one", "two")]
    for number in range(rounds):
        runs = [
            make_run(
                status="ready",
                phase="",
                started_at=None,
                lane_count=1,
                mode=mode,
                source=source.lower(),
                destination=destination.lower(),
                source_identity=source,
                destination_identity=destination,
            )
            for source, destination, mode in PAIRS[number % len(PAIRS)]
        ]

        assert begin(browsers, runs) == [302, 302], number

        keys = [run.pk for run in runs]
        (winner,) = MigrationRun.objects.filter(pk__in=keys, status="running")
        assert winner.events.filter(status="running").count() == 1
        assert winner.lanes.count() == 1
        held = Reservation.objects.values_list("run_id", flat=True)
        assert set(held) == {winner.pk}
        assert winner.confirmations == 1
        others = MigrationRun.objects.filter(pk__in=keys).exclude(pk=winner.pk)
        assert {other.status for other in others} <= {"ready"}
        MigrationRun.objects.filter(pk__in=keys).delete()
    log = "".join(process.log for process in project._processes)
    assert not re.search("Traceback|Internal Server Error|is locked", log)
