"""Servers with a filled source, left running for work by hand.

python -m benchmarks.stage --direction mysql-postgresql --size quick
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import time
from pathlib import Path

from benchmarks import data
from benchmarks.house import SETTINGS, Direction, House
from benchmarks.servers import DURABILITY
from benchmarks.shapes import SHAPES

PAUSE_SECONDS = 3600


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stage")
    parser.add_argument(
        "--direction", type=Direction.parse, default=Direction("mysql", "postgresql")
    )
    parser.add_argument("--shape", choices=SHAPES, default="pids")
    parser.add_argument("--size", default="quick")
    parser.add_argument("--dir", type=Path, default=Path(".bench/stage"))
    parser.add_argument("--durability", choices=DURABILITY, default="default")
    parser.add_argument(
        "--env", type=Path, help="write a file to `source` in a shell, besides"
    )
    return parser.parse_args()


def main() -> int:
    options = arguments()
    shape, direction = SHAPES[options.shape], options.direction
    if options.size not in shape.counts:
        print(f"--size is one of {', '.join(shape.counts)}.", file=sys.stderr)
        return 2
    # A shell makes its background jobs ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    shape = shape.sized(options.size)
    vendors = (direction.source, direction.destination)
    directory = options.dir.resolve()
    try:
        with House(
            directory, vendors, options.durability, redis=True, shape=shape
        ) as house:
            # The data files are large and common to all uses of the work directory.
            house.data = directory.parent / "data"
            house.check_content_types(direction)
            started = time.monotonic()
            files = house.stage_source(direction.source, shape, options.size)
            house.stage_destination(direction)
            seconds = time.monotonic() - started
            _tell(house, options, data.bytes_in(files), seconds)
            while True:
                time.sleep(PAUSE_SECONDS)
    except KeyboardInterrupt:
        print("Stopped.")
        return 0


def _tell(house: House, options: argparse.Namespace, size: int, seconds: float) -> None:
    shape, direction = house.shape, options.direction
    assert house.redis is not None
    print(
        f"{shape.count(options.size):,} rows, {size / 1e6:.0f} MB as text, "
        f"filled in {seconds:.1f} s."
    )
    for server in house.servers:
        print(f"{server.name}: port {server.port}, process {server.pid}")
    exports = {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "MIGRATION_CONSOLE_BROKER_URL": house.redis.url,
        "MIGRATION_CONSOLE_DATABASES": json.dumps(house.databases(direction)),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    print("\nThe control tables are in `default`, a database of their own. Use:\n")
    print("\n".join(lines))
    command = [
        sys.executable,
        "manage.py",
        "copydata",
        "source",
        "destination",
        *shape.labels,
    ]
    print(f"\n{shlex.join(command)} --no-input --verify none\n")
    print("Again from the start: add --empty. Ctrl-C stops everything.", flush=True)
    if options.env:
        options.env.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    sys.exit(main())
