"""A small site server: threads, quiet, no reloader."""

from __future__ import annotations

import sys
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from migration_console.wsgi import application


class ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # Browsers open several connections at once.
    request_queue_size = 64


class QuietHandler(WSGIRequestHandler):
    # Seconds: a browser's spare connection does not hold its thread for ever.
    timeout = 30

    def address_string(self) -> str:
        return str(self.client_address[0])  # no name lookup

    def log_message(self, format: str, *args: Any) -> None:
        sys.stderr.write(f"{self.log_date_time_string()} {format % args}\n")


def main() -> None:
    port = int(sys.argv[1])
    with make_server(
        "127.0.0.1", port, application, ThreadingServer, QuietHandler
    ) as server:
        # The port is held now: who answered on it before was somebody else.
        sys.stderr.write(f"Listening on port {port}\n")
        server.serve_forever()


if __name__ == "__main__":
    main()
