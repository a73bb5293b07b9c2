from __future__ import annotations

import sys
from pathlib import Path

from localservers import usage
from localservers.processes import Process
from tests.project import wait_until

# Takes a second of the processor and a quarter of a gigabyte, in a child.
WORK = """
import subprocess, sys, time
inner = "b = bytearray(1 << 28); del b; n = 0\\nwhile n < 10**7: n += 1"
inner += "\\nprint('done', flush=True); import time; time.sleep(600)"
subprocess.run([sys.executable, "-c", inner])
"""


def test_the_figures_are_those_of_the_descendants(tmp_path: Path) -> None:
    process = Process("It", [sys.executable, "-c", WORK], log=tmp_path / "log")
    try:
        wait_until(lambda: "done" in process.log, 60, "It does not come to an end")
        (child,) = usage.children(process.pid)
        assert list(usage.tree(process.pid)) == [process.pid, child]
        assert usage.tree_cpu_seconds(process.pid) > 0.1
        assert usage.resident(child) < usage.peak_resident(child)
        assert usage.peak_resident(child) > 1 << 28
        usage.reset_peak([child])
        assert usage.peak_resident(child) < 1 << 27
    finally:
        process.kill()
    assert usage.children(process.pid) == []
    assert usage.resident(process.pid) == usage.peak_resident(process.pid) == 0
    assert usage.tree_cpu_seconds(process.pid) == 0
