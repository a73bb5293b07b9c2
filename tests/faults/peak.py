"""Copies and compares one table in a process of its own and says what that took.

``python -m tests.faults.peak FILE``: FILE holds JSON with the two entries of
DATABASES and the plan. Prints megabytes: idle, and the peaks above that.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

STATUS = Path("/proc/self/status")


def resident(name: str) -> float:
    """VmRSS or VmHWM of this process, in megabytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text())
    assert found
    return int(found[1]) / 1024


def forget_peak() -> None:
    """Let VmHWM begin again (man proc_pid_clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def main(given: dict[str, Any]) -> dict[str, Any]:
    from dashboard.databases import database
    from dashboard.transfer.backends import connect
    from dashboard.transfer.compare import compare
    from dashboard.transfer.copy import copy_range
    from dashboard.transfer.keys import EVERYTHING
    from dashboard.transfer.plan import TablePlan
    from dashboard.transfer.receipts import Receipts

    plan = TablePlan.from_json(given["plan"])
    small = TablePlan.from_json(given["small"])
    source = connect(database("old"), "peak-old")
    destination = connect(database("new"), "peak-new", writing=True, loading=True)
    receipts = Receipts(destination, given["receipts"])
    receipts.create()
    both = source, destination
    # What is imported and allocated by any copy belongs to an idle worker.
    copied = copy_range(*both, small, EVERYTHING, receipts, "small", 1)
    with connect(database("new"), "peak-read") as reading:
        assert compare(source, reading, small).is_equal
    found: dict[str, Any] = {"idle": resident("VmRSS")}
    forget_peak()
    copied = copy_range(*both, plan, EVERYTHING, receipts, "large", 1)
    found["copied"], found["rows"] = resident("VmHWM") - found["idle"], copied.rows
    found["load_format"] = destination.loader.load_format.value
    forget_peak()
    with connect(database("new"), "peak-read") as reading:
        comparison = compare(source, reading, plan)
    found["compared"] = resident("VmHWM") - found["idle"]
    found["equal"], found["unverifiable"] = (
        not comparison.differences_count,
        comparison.unverifiable,
    )
    return found


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text())
    settings.configure(
        DATABASES={"default": {}, "old": read["old"], "new": read["new"]},
        INSTALLED_APPS=[],
        USE_TZ=True,
    )
    sys.stdout.write(json.dumps(main(read)))
