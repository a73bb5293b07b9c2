"""Hosts of a test: network namespaces with a name, processes and files of their own.

A host reaches the servers of the test by an address that is its own way to them, and
that way can be cut: nothing is refused then, packets just do not arrive.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from localservers.ports import HOST
from tests.project import Project
from tests.servers import fresh_name
from tests.workers import Worker

BLOCK = 1 << 16


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def why_not() -> str:
    """Why this machine makes no namespaces; "" where it does."""
    if not (sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip")):
        return "network namespaces need Linux, root and ip(8)"
    name = fresh_name("probe")
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except subprocess.CalledProcessError:
        return "this machine makes no network namespaces"
    return ""


class Forwarder(threading.Thread):
    """Passes what arrives at a host's end of the way on to a server."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self._listener = socket.create_server((address, port), backlog=50)
        self._ways: list[tuple[socket.socket, socket.socket]] = []
        self._pumps: list[threading.Thread] = []
        self.start()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection((HOST, self.port), 5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self._ways.append((near, far))
                for pair in ((near, far), (far, near)):
                    pump = threading.Thread(target=_pump, args=pair, daemon=True)
                    self._pumps.append(pump)
                    pump.start()

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.join()
        self._listener.close()
        for way in self._ways:
            _end(*way)
        for pump in self._pumps:
            pump.join()
        for near, far in self._ways:
            near.close()
            far.close()


def _pump(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while block := near.recv(BLOCK):
            far.sendall(block)
    _end(near, far)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Host:
    """A namespace of network, names, processes and mounts."""

    def __init__(self, project: Project, number: int) -> None:
        self._project = project
        self.name = f"host{number}"
        self._space = fresh_name("mch")[-12:]
        self._link = f"v{self._space}"[:15]
        # Apart from those of tests that run at the same time.
        subnet = f"10.213.{os.getpid() % 80 * 3 + number}"
        self._gateway = f"{subnet}.1"
        self._forwarders: list[Forwarder] = []
        inside = f"{self._link[:-1]}i"
        ip("netns", "add", self._space)
        ip("link", "add", self._link, "type", "veth", "peer", "name", inside)
        ip("link", "set", inside, "netns", self._space)
        ip("addr", "add", f"{self._gateway}/30", "dev", self._link)
        ip("link", "set", self._link, "up")
        within = ("-n", self._space)
        ip(*within, "addr", "add", f"{subnet}.2/30", "dev", inside)
        ip(*within, "link", "set", "lo", "up")
        ip(*within, "link", "set", inside, "up")

    def cut_off(self) -> None:
        ip("link", "set", self._link, "down")

    def reconnect(self) -> None:
        ip("link", "set", self._link, "up")

    def worker(self, environment: dict[str, str] | None = None) -> Worker:
        """Start a worker of one process here."""
        project = self._project
        process = project.process(
            f"The worker of {self.name}",
            *("-m", "celery", "--app=migration_console", "worker"),
            *("--concurrency=1", "--loglevel=INFO", "--hostname=w@%h"),
            environment={**self._environment(), **(environment or {})},
            python=str(self._interpreter()),
        )
        process.wait_until(lambda: " ready." in process.log, 60, "No worker is ready")
        return Worker(process, self.name)

    def _environment(self) -> dict[str, str]:
        entries = {
            alias: self._way_to(entry) for alias, entry in self._project.entries.items()
        }
        port = self._project.redis.port
        self._forward(port)
        return {
            "MIGRATION_CONSOLE_DATABASES": json.dumps(entries),
            "MIGRATION_CONSOLE_BROKER_URL": f"redis://{self._gateway}:{port}/0",
        }

    def _way_to(self, entry: dict[str, Any]) -> dict[str, Any]:
        self._forward(int(entry["PORT"]))
        return {**entry, "HOST": self._gateway}

    def _forward(self, port: int) -> None:
        if port not in {one.port for one in self._forwarders}:
            self._forwarders.append(Forwarder(self._gateway, port))

    def _interpreter(self) -> Path:
        """A program that runs Python here, where the servers' files are not."""
        path = self._project.directory / self.name
        hidden = self._project.servers.root
        path.write_text(
            f"#!/bin/sh\nexec ip netns exec {self._space} setpriv --pdeathsig KILL"
            " unshare --uts --mount --pid --fork --kill-child --mount-proc"
            f" sh -c 'hostname {self.name};"
            f' mount -t tmpfs none {hidden}; exec "$0" "$@"\' {sys.executable} "$@"\n'
        )
        path.chmod(0o755)
        return path

    def close(self) -> None:
        for one in self._forwarders:
            one.stop()
        ip("link", "del", self._link)
        ip("netns", "del", self._space)
