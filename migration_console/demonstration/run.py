"""`make demo`: an old SQLite bookshop, a new PostgreSQL, a worker and the site."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from localservers.ports import free_port
from localservers.postgresql import PostgreSQLServer
from localservers.processes import Process, StartError
from localservers.redis import RedisServer

BASE_DIR = Path(__file__).resolve().parents[2]
USER = "admin"
PASSWORD = "admin"  # noqa: S105 — the demonstration's, shown on the screen
ROWS = 250_000


class Demonstration:
    """Starts everything; its stack stops everything, last first."""

    def __init__(self, directory: Path, rows: int, port: int) -> None:
        self.directory = directory
        self.rows = rows
        self.port = port or free_port()
        self.stack = ExitStack()
        self.environment: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/admin/"

    def start(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        say("Starting PostgreSQL and Redis …")
        postgresql = PostgreSQLServer(self.directory / "postgresql")
        self.stack.callback(postgresql.stop)
        postgresql.start()
        postgresql.create_database("shop")
        redis = RedisServer(self.directory / "redis")
        self.stack.callback(redis.stop)
        redis.start()
        self._set_environment(postgresql, redis)
        self._fill()
        say("Starting a Celery worker and the site …")
        self._start_worker()
        self._start_site()

    def _set_environment(
        self, postgresql: PostgreSQLServer, redis: RedisServer
    ) -> None:
        legacy = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(self.directory / "legacy.sqlite3"),
        }
        databases = {"default": postgresql.entry("shop"), "legacy": legacy}
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "migration_console.settings",
            "MIGRATION_CONSOLE_DATABASES": json.dumps(databases),
            "MIGRATION_CONSOLE_BROKER_URL": redis.url,
            "PYTHONUNBUFFERED": "1",
        }

    def _fill(self) -> None:
        say(f"Making the old database (SQLite, {self.rows:,} rows) …")
        log = self.directory / "preparation.log"
        with ExitStack() as waiting:
            # The new tables are made while the old ones are filled.
            new = Process(
                "manage.py migrate",
                [*manage("migrate", "--no-input")],
                log=log,
                environment=self.environment,
                directory=BASE_DIR,
            )
            waiting.callback(new.stop)
            self._manage("migrate", "--no-input", "--database=legacy")
            self._manage("makebookshop", "--database=legacy", f"--rows={self.rows}")
            new.popen.wait()
            if new.popen.returncode:
                raise StartError(f"manage.py migrate failed:\n{new.log[-2000:]}")
        self._run([sys.executable, "-m", f"{__package__}.account", USER, PASSWORD])

    def _manage(self, *arguments: str) -> None:
        self._run(manage(*arguments))

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            failed = " ".join(command[1:])
            raise StartError(f"{failed} failed:\n{done.stderr[-2000:]}")

    def _start_worker(self) -> None:
        worker = self._process(
            "worker",
            "-m",
            "celery",
            "--app=migration_console",
            "worker",
            "--concurrency=2",
            "--loglevel=INFO",
        )
        worker.wait_until(
            lambda: " ready." in worker.log, 60, "The Celery worker is not ready"
        )

    def _start_site(self) -> None:
        site = self._process("site", "-m", f"{__package__}.site", str(self.port))
        site.wait_until(
            lambda: "Listening on port" in site.log, 30, "The site does not answer"
        )

    def _process(self, name: str, *arguments: str) -> Process:
        process = Process(
            f"The {name}",
            [sys.executable, *arguments],
            log=self.directory / f"{name}.log",
            environment=self.environment,
            directory=BASE_DIR,
        )
        self.stack.callback(process.stop)
        return process

    def copy(self) -> int:
        """Copy everything through the worker; return the command's exit code."""
        report = self.directory / "report.json"
        command = manage(
            "copydata",
            "legacy",
            "default",
            "--empty",
            "--no-input",
            "--queue",
            f"--report={report}",
        )
        copying = subprocess.Popen(command, cwd=BASE_DIR, env=self.environment)
        self.stack.callback(copying.kill)
        code = copying.wait()
        if report.exists():
            found = json.loads(report.read_text())
            say(f"\nAll together: run {found['status']}, {found['verdict']}.")
        return code

    def stop(self) -> None:
        self.stack.close()


def remove_leftovers(directory: Path) -> None:
    """Remove the directories of demonstrations that run no more."""
    for one in directory.glob("[0-9]*"):
        if not Path("/proc", one.name).exists():
            shutil.rmtree(one, ignore_errors=True)


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(BASE_DIR / "manage.py"), *arguments]


def say(text: str = "") -> None:
    print(text, flush=True)


def show_address(demonstration: Demonstration) -> None:
    say(
        f"""
  Migration Console    {demonstration.address}
  User / password      {USER} / {PASSWORD}

  Copy "legacy" (SQLite, {demonstration.rows:,} rows) into "default" (PostgreSQL).
  Logs are in {demonstration.directory}. Ctrl-C stops everything.
"""
    )


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="copy, then stop")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--directory", type=Path, default=BASE_DIR / ".demo")
    options = parser.parse_args()
    # A closed terminal and a polite kill end it as Ctrl-C does, which a shell
    # makes its background jobs ignore.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    started = time.monotonic()
    remove_leftovers(options.directory)
    directory = options.directory.resolve() / f"{os.getpid()}"
    demonstration = Demonstration(directory, options.rows, options.port)
    code = 0
    try:
        demonstration.start()
        say(f"Ready after {time.monotonic() - started:.0f} s.")
        show_address(demonstration)
        if options.once:
            code = demonstration.copy()
        else:
            signal.pause()
    except KeyboardInterrupt:
        code = 130 if options.once else 0
    except StartError as error:
        say(f"\n{error}")
        code = 1
    finally:
        # A second Ctrl-C does not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say("\nStopping …")
        demonstration.stop()
    if code == 0:
        shutil.rmtree(directory, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
