"""python -m benchmarks [--size …] [--only DIRECTION/SHAPE] [--runs N] …"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from benchmarks import report, schedule
from benchmarks.contest import Case
from benchmarks.house import MYSQL, VENDORS, Direction, House
from benchmarks.servers import DURABILITY
from benchmarks.shapes import SHAPES, SIZES

DEFAULT_CASES = {
    "quick": ("mysql-postgresql/pids",),
    "standard": (
        "mysql-postgresql/pids",
        "postgresql-mysql/pids",
        "postgresql-postgresql/pids",
        "sqlite-postgresql/pids",
    ),
    "large": ("mysql-postgresql/log",),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--size", choices=SIZES, default="quick")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="DIRECTION/SHAPE",
        help=f"engines: {', '.join(VENDORS)}; shapes: {', '.join(SHAPES)}",
    )
    parser.add_argument(
        "--contestant", action="append", default=[], help="part of a name; many"
    )
    parser.add_argument(
        "--runs", type=int, help="rounds, of which medians are taken; quick 1, else 3"
    )
    parser.add_argument("--dir", type=Path, default=Path(".bench"))
    parser.add_argument("--json", type=Path, default=Path(".bench/results.json"))
    parser.add_argument("--markdown", type=Path)
    parser.add_argument(
        "--mysql", choices=MYSQL, default="mariadb", help="what mysql stands for"
    )
    parser.add_argument("--durability", choices=DURABILITY, default="default")
    return parser.parse_args()


def cases(options: argparse.Namespace) -> list[Case]:
    found = []
    for text in options.only or DEFAULT_CASES[options.size]:
        direction, _, shape = text.partition("/")
        found.append(
            Case(
                Direction.parse(direction),
                SHAPES[shape or "pids"].sized(options.size),
                options.size,
            )
        )
    return found


def main() -> int:
    options = arguments()
    # A shell makes its background jobs ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        wanted = cases(options)
    except (KeyError, ValueError) as error:
        print(f"--only: {error}", file=sys.stderr)
        return 2
    documents, markdown = [], []
    for case in wanted:
        lines = _run(options, case)
        print(report.as_text(case, lines), end="\n\n", flush=True)
        documents.append(report.as_json(case, lines))
        markdown.append(report.as_markdown(case, lines))
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(
            json.dumps({"processors": os.cpu_count(), "cases": documents}, indent=1)
        )
        if options.markdown:
            options.markdown.write_text("\n\n".join(markdown) + "\n")
    return 0


def _run(options: argparse.Namespace, case: Case) -> list[schedule.Line]:
    vendors = (case.direction.source, case.direction.destination)
    house = House(
        options.dir.resolve(),
        vendors,
        options.durability,
        redis=True,
        shape=case.shape,
        mysql=options.mysql,
    )
    with house:
        house.check_content_types(case.direction)
        return schedule.run_case(
            house, case, _runs(options), options.contestant, schedule.say_here
        )


def _runs(options: argparse.Namespace) -> int:
    return int(options.runs or (1 if options.size == "quick" else 3))


if __name__ == "__main__":
    sys.exit(main())
