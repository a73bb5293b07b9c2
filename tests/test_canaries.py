"""What looks for contents and passwords finds them wherever they are put."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from dashboard.models import AsideRow, Chunk, Event
from tests.canaries import leaks, private_texts
from tests.dashboard.runs import make_run, make_table
from tests.project import Project, wait_until


def test_a_project_that_has_told_nothing(project: Project) -> None:
    project.database("postgresql", "old", filled=True)
    make_run()
    assert len(private_texts(project.servers)) > 100
    assert leaks(project) == []


def in_a_log(project: Project, text: str) -> None:
    (project.directory / "worker.log").write_text(f"it was {text}!")


def in_an_event(project: Project, text: str) -> None:
    Event.objects.create(run=make_run(), status="failed", message=text)


def in_an_error(project: Project, text: str) -> None:
    make_run(status="failed", error=text)


def in_a_message(project: Project, text: str) -> None:
    body = base64.b64encode(f'[["{text}"], {{}}]'.encode()).decode()
    with project.redis.client() as client:
        client.lpush("celery", f'{{"body": "{body}"}}')


def in_a_terminal(project: Project, text: str) -> None:
    project.outputs.append(text)


def in_json(project: Project, text: str) -> None:
    project.outputs.append(json.dumps({"error": text}))


def in_a_repr(project: Project, text: str) -> None:
    project.outputs.append(repr([f'it\'s "{text}"']))


def in_the_error_of_a_row_aside(project: Project, text: str) -> None:
    table = make_table(make_run(status="failed"))
    chunk = Chunk.objects.create(table=table, number=1, state="copied")
    AsideRow.objects.create(table=table, chunk=chunk, key=[1], error=text)


PLACES: dict[Callable[[Project, str], None], set[str]] = {
    in_a_log: {"worker.log"},
    in_an_event: {"migration_console_event"},
    in_an_error: {"migration_console_migrationrun"},
    in_a_message: {"messages"},
    in_a_terminal: {"terminals"},
    in_json: {"terminals"},
    in_a_repr: {"terminals"},
    in_the_error_of_a_row_aside: {"migration_console_asiderow"},
}


@pytest.mark.parametrize("is_password", [True, False])
@pytest.mark.parametrize("put", PLACES)
def test_a_canary_is_found(
    project: Project, put: Callable[[Project, str], None], is_password: bool
) -> None:
    project.database("postgresql", "old", filled=True)
    password = str(project.entry("old")["PASSWORD"])
    assert len(password) > 7
    text = password if is_password else max(private_texts(project.servers), key=ascii)
    put(project, text)
    with project.redis.client() as client:
        client.echo("the end of this test")
    wait_until(
        lambda: b"the end of this test" in project.heard(), 10, "Redis repeats nothing"
    )
    found = {place.partition(":")[0] for place in leaks(project)}
    assert found >= PLACES[put]
