"""Messages that somebody has made by hand: nothing comes of them."""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from dashboard.models import MigrationRun
from tests.dashboard.runs import make_lane, make_run
from tests.oracle.readers import reading
from tests.project import Project, wait_until

TASK = "migration_console.run_slice"
QUEUE = "migration_console"
PREFIX = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]


class Evil:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self._path,)


def send(project: Project, body: bytes, content_type: str, task: str = TASK) -> str:
    number = str(uuid4())
    message = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "utf-8",
        "content-type": content_type,
        "headers": {"lang": "py", "task": task, "id": number, "root_id": number},
        "properties": {
            "correlation_id": number,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": QUEUE},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
    with project.redis.client() as client:
        client.lpush(PREFIX + QUEUE, json.dumps(message))
    return number


def arguments(*values: Any) -> bytes:
    return json.dumps([list(values), {}, {}]).encode()


def control_rows(project: Project) -> dict[str, list[Any]]:
    """Everything but who works, which every worker writes."""
    with reading(project.entry("default")) as reader:
        return {
            table: reader.query(f"SELECT * FROM {reader.quoted(table)} ORDER BY 1")
            for table in reader.all_tables()
            if table.startswith("migration_console_") and not table.endswith("_worker")
        }


def test_nothing_comes_of_messages_made_by_hand(
    project: Project, tmp_path: Path
) -> None:
    runs = [make_run(status=status) for status in ("ready", "succeeded", "cancelled")]
    for run in runs:
        make_lane(run)
    made = tmp_path / "made"
    worker = project.worker()
    before = control_rows(project)
    sent = [send(project, arguments(run.pk, 0, 0), "application/json") for run in runs]
    sent += [
        send(project, arguments(*wrong), "application/json")
        for wrong in ((987_654, 0, 0), ("1; DROP TABLE x", None, {}), (), (1,) * 9)
    ]
    send(project, arguments(1, 0, 0), "application/json", task="os.system")
    evil = pickle.dumps([[Evil(made)], {}, {}])
    send(project, evil, "application/x-python-serialize")
    send(project, evil, "application/json")
    last = send(project, arguments(runs[0].pk, 0, 0), "application/json")

    wait_until(lambda: f"{last}] succeeded" in worker.log, 60, "It takes no task")

    assert not made.exists()
    assert control_rows(project) == before
    assert MigrationRun.objects.count() == len(runs)
    assert all(f"[{number}] received" in worker.log for number in sent)
    assert worker.running()
