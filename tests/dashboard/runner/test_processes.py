"""Whether a process of this host is dead, told by the mark that it left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.runner.processes import is_dead, process_mark, process_name
from tests.project import BASE_DIR, wait_until

SAY = """
from dashboard.runner.processes import process_mark
print(process_mark(), flush=True)
input()
"""


@contextmanager
def another() -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SAY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=BASE_DIR,
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_process_is_dead_from_its_end_on_and_not_before() -> None:
    with another() as (process, mark):
        assert mark.startswith(process_name().rpartition(":")[0])
        assert f":{process.pid} " in mark
        assert not is_dead(mark)
        process.kill()
        # Nobody has asked how it ended yet.
        wait_until(lambda: is_dead(mark), 10, "It does not count as dead")
        process.wait()
        assert is_dead(mark)


def test_a_number_that_was_given_again_is_another_process() -> None:
    mark = process_mark()
    assert not is_dead(mark)
    name, _, moment = mark.partition(" ")
    start, _, place = moment.partition("@")
    assert is_dead(f"{name} {int(start) - 1}@{place}")


def test_of_another_place_nothing_is_known() -> None:
    free = 4_194_303
    name, _, moment = process_mark().partition(" ")
    host = name.rpartition(":")[0]
    assert is_dead(f"{host}:{free} {moment}")
    assert not is_dead(f"{host}:{free} {moment}0")
    assert not is_dead(f"{host}:{free}")
    assert not is_dead("")
    assert os.getpid() != free
