"""What a Django project has without the product: its commands and the articles."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable

from benchmarks import measure
from benchmarks.contest import PEER, Bout, Contestant, FailedError, Result
from benchmarks.house import ROOT


def contestants() -> list[Contestant]:
    return [
        Contestant(
            "bulk_create by key",
            PEER,
            _article("by-key"),
            "slices of 3,000 along the key",
            slow=True,
        ),
        Contestant(
            "bulk_create by OFFSET",
            PEER,
            _article("by-offset"),
            "slices of 3,000 by OFFSET, as the article has it",
            slow=True,
            at_least=True,
        ),
        Contestant(
            "dumpdata | loaddata",
            PEER,
            _dumpdata,
            "JSON lines through a pipe",
            slow=True,
        ),
        Contestant(
            "serialize and save()",
            PEER,
            _article("save"),
            "slices of 500, as the article has it",
            slow=True,
        ),
    ]


def _article(method: str) -> Callable[[Bout], Result]:
    def run(bout: Bout) -> Result:
        log = bout.log("log")
        labels = [table.label for table in bout.tables]
        usage = measure.command(
            [sys.executable, "-m", "benchmarks.peers.articles", method, *labels],
            servers=bout.house.servers,
            log=log,
            environment=bout.environment(),
            directory=ROOT,
        )
        if usage.exit_code:
            raise FailedError(f"ended with {usage.exit_code}; see {log.name}")
        said = json.loads(log.read_text().splitlines()[-1])
        return Result(usage, scalable=said["copying"])

    return run


def _dumpdata(bout: Bout) -> Result:
    django = [sys.executable, "-m", "django"]
    dump = [*django, "dumpdata", *bout.case.shape.labels, "--database", "source"]
    load = [*django, "loaddata", "--database", "destination", "--format", "jsonl", "-"]
    pipe = f"{shlex.join([*dump, '--format', 'jsonl'])} | {shlex.join(load)}"
    log = bout.log("log")
    usage = measure.command(
        ["bash", "-o", "pipefail", "-c", pipe],
        servers=bout.house.servers,
        log=log,
        environment=bout.environment(),
        directory=ROOT,
    )
    if usage.exit_code:
        raise FailedError(f"ended with {usage.exit_code}; see {log.name}")
    return Result(usage)
