"""The entry of a lane's own process; imports nothing that needs an app."""

from __future__ import annotations


def serve(run_id: int, number: int) -> None:
    """Set Django up and serve one lane until the run stands still."""
    import signal

    # Ctrl-C is the parent's: it cancels the run, which ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    import django

    django.setup()
    from .inline import serve_lane

    serve_lane(run_id, number)
