"""The entry of a lane's own process; imports nothing that needs an app."""

from __future__ import annotations

from collections.abc import Iterable
from multiprocessing.connection import Connection


def serve(orders: Connection, inherited: Iterable[Connection]) -> None:
    """Set Django up, wait for a run and a lane, and serve that lane.

    The process ends where nobody sends them: there is no run, or the parent is
    dead. ``inherited`` are the parent's connections, and closed.
    """
    import signal
    import sys

    # What a function of the project's prints has no place in the parent's document.
    sys.stdout = sys.stderr
    for connection in inherited:
        connection.close()

    # The parent's, though they may reach the whole group: it pauses or cancels the
    # run, which ends this process.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    import django
    from django.apps import apps

    if not apps.ready:
        # Set up a second time, logging would silence what is known by now.
        django.setup()
    from .lane_loop import serve_lane

    with orders:
        try:
            run_id, number = orders.recv()
        except EOFError:
            return
    serve_lane(run_id, number)
