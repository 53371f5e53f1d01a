"""A client that keeps a few connections busy and says how many answers a second came back, and how long each took."""

from __future__ import annotations

import random
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What came back: answers, seconds, times of single answers in seconds, and answers that were not 200."""

    answers: int = 0
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Return a quantile of the times, in seconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class _Connection:
    """One keep-alive connection with one request on its way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent = 0.0

    def ask(self, request: bytes) -> None:
        self.sent = time.perf_counter()
        self.buffer = b""
        self.socket.sendall(request)

    def read(self) -> int | None:
        """Read on; return the status once the answer is whole."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self.buffer += piece
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        if at >= 0:
            whole = len(self.buffer) >= end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
        else:
            whole = b"transfer-encoding: chunked" not in head or self.buffer.endswith(b"\r\n0\r\n\r\n")
        return int(head[9:12]) if whole else None


def requests_of(url: str, paths: Sequence[str], lang: str = "zh-CN") -> list[bytes]:
    """Return the bytes of GET requests."""
    host = urlsplit(url).netloc
    return [
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nAccept-Language: {lang}\r\n\r\n".encode()
        for path in paths
    ]


def run(url: str, paths: Sequence[str], *, seconds: float, connections: int = 16, limit: int | None = None) -> Load:
    """Ask for random ones of the paths for so long (or so many times) over so many connections."""
    parts = urlsplit(url)
    asked, rng = requests_of(url, paths), random.Random(1)
    load, selector = Load(), selectors.DefaultSelector()
    opened = [_Connection(parts.hostname or "127.0.0.1", parts.port or 80) for _ in range(connections)]
    begun = time.perf_counter()
    for one in opened:
        selector.register(one.socket, selectors.EVENT_READ, one)
        one.ask(rng.choice(asked))
    while (now := time.perf_counter()) - begun < seconds and (limit is None or load.answers < limit):
        for key, _ in selector.select(1.0):
            one = key.data
            status = one.read()
            if status is None:
                continue
            load.answers += 1
            load.refused += status != 200
            load.times.append(time.perf_counter() - one.sent)
            one.ask(rng.choice(asked))
    load.seconds = now - begun
    for one in opened:
        one.socket.close()
    return load
