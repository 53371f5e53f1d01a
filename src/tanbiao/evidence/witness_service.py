"""A witness over HTTP: ``POST /add-checkpoint``, the newest checkpoint that it co-signed of a log, and its key.

Put a reverse proxy with https before it; the protocol needs no secret, since every checkpoint is signed.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.notes import MAX_NOTE
from tanbiao.evidence.witness import Answer, Witness

MAX_BODY = MAX_NOTE + 8 * 1024
"""A note of the longest kind and 63 hashes."""
PATIENCE_SECONDS = 20
_HEAD = re.compile(r"/([0-9a-f]{64})/checkpoint")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_SECONDS
    server_version = "tanbiao-witness"
    sys_version = ""
    witness: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Answer(413 if length.isdecimal() else 411, "the body's length\n"))
            return
        body = self.rfile.read(int(length))
        found = self.path == "/add-checkpoint"
        self._send(self._guarded(lambda: self.witness.add_checkpoint(body)) if found else Answer(404, "not here\n"))

    def do_GET(self) -> None:
        named = _HEAD.fullmatch(self.path)
        if self.path == "/key":
            self._send(self._guarded(lambda: Answer(200, f"{self.witness.key.vkey}\n")))
        elif named is not None:
            self._send(self._guarded(lambda: self.witness.checkpoint(named[1])))
        else:
            self._send(Answer(404, "POST /add-checkpoint, GET /key, GET /<SHA-256 of an origin>/checkpoint\n"))

    def _guarded(self, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except (TanbiaoError, OSError, ValueError) as error:
            self.log_error("%s", error)
            return Answer(500, "the witness could not do it\n")

    def _send(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests; errors are said."""

    def log_error(self, format: str, *args: Any) -> None:
        """Write an error to standard error."""
        super().log_message(format, *args)


def serve(folder: Path, *, host: str, port: int, ready: Callable[[str], None] | None = None) -> None:
    """Answer until SIGTERM or SIGINT.

    Raises
    ------
    TanbiaoError
        ``witness_missing``; ``witness_unreachable``: the address can't be listened at.
    """
    witness = Witness(folder)
    _ = witness.key
    handler = type("Handler", (_Handler,), {"witness": witness})
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise TanbiaoError.of("witness_unreachable", f"{host}:{port}", reason=str(error)) from error
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    with server:
        if ready is not None:
            ready(f"http://{host}:{server.server_address[1]}")
        server.serve_forever()
