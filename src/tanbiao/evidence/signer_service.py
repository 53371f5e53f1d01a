"""The signer in a process of its own: a connection of this machine in, one signature out.

Messages are JSON over :mod:`multiprocessing.connection` as bare bytes (nothing is unpickled), and both sides prove that
they know the token in the signer's folder (HMAC) before a word is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import strict_json
from tanbiao.evidence.keys import KeyInfo
from tanbiao.evidence.signer import PER_MINUTE, FolderSigner, Signed, Signer, SignOrder

MAX_MESSAGE = 4 * 1024 * 1024
PATIENCE_SECONDS = 20
_TOKEN = "token"  # noqa: S105 (the name of its file)


def default_address(folder: Path) -> str:
    """Return the socket's path: in the signer's folder, or, as such a path is at most 107 bytes, in the temporary one.

    The second is named after the folder, so that both sides find the same.
    """
    inside = str(Path(folder).absolute() / "socket")
    if len(inside.encode()) <= 100:
        return inside
    name = hashlib.sha256(inside.encode()).hexdigest()[:24]
    return str(Path(tempfile.gettempdir()) / f"tanbiao-signer-{name}")


def token_of(folder: Path) -> bytes:
    """Return the secret that both sides must know, made now if there is none (mode 0600)."""
    path = Path(folder) / _TOKEN
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{_TOKEN}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(secrets.token_hex(32).encode())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its token counts
        finally:
            draft.unlink()
    return path.read_bytes()


def serve(
    folder: Path,
    *,
    per_minute: int = PER_MINUTE,
    address: str | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Answer until SIGTERM or SIGINT; one caller at a time, since one signature is made at a time.

    Raises
    ------
    TanbiaoError
        ``signer_unreachable``: the address can't be listened at.
    """
    signer = FolderSigner(folder, per_minute=per_minute)
    where = address or default_address(folder)
    Path(where).unlink(missing_ok=True)  # of a signer that was killed; a living one has the journal's lock anyway
    try:
        listener = Listener(where, "AF_UNIX", authkey=token_of(folder))
    except OSError as error:
        raise TanbiaoError.of("signer_unreachable", where, reason=str(error)) from error
    os.chmod(where, 0o600)

    def stop(*_: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    with listener:
        if ready is not None:
            ready(where)
        while True:
            try:
                with listener.accept() as connection:
                    _answer(signer, connection)
            except (AuthenticationError, EOFError, OSError):
                continue  # a caller that knows no token or went away


def _answer(signer: Signer, connection: Connection) -> None:
    if not connection.poll(PATIENCE_SECONDS):
        return
    try:
        body = strict_json(connection.recv_bytes(MAX_MESSAGE))
        answer = _work(signer, body)
    except TanbiaoError as error:
        first = error.findings[0]
        answer = {"error": {"code": first.code, "where": first.where, "params": dict(first.params)}}
    connection.send_bytes(json.dumps(answer, ensure_ascii=False).encode())


def _work(signer: Signer, body: Mapping[str, Any]) -> dict[str, Any]:
    if body.get("ask") == "keys":
        return {"keys": [asdict(key) for key in signer.published()]}
    return signer.sign(SignOrder.read(body)).as_json()


class RemoteSigner:
    """The signer as its callers see it: another process on this machine.

    Parameters
    ----------
    folder
        The signer's folder, for its token (give it to the caller's group where they are different users).
    address
        Its socket.
    """

    def __init__(self, folder: Path, address: str | None = None) -> None:
        self.folder = Path(folder)
        self.address = address or default_address(folder)

    def sign(self, order: SignOrder) -> Signed:
        """Sign.

        Raises
        ------
        TanbiaoError
            What :meth:`FolderSigner.sign` raises; ``signer_unreachable``.
        """
        try:
            return Signed.read(self._call(order.as_json()))
        except (KeyError, TypeError) as error:
            raise TanbiaoError.of("signer_answer_malformed", reason=str(error)) from error

    def published(self) -> tuple[KeyInfo, ...]:
        """Return every key ever made, without secrets.

        Raises
        ------
        TanbiaoError
            ``signer_unreachable``.
        """
        return tuple(KeyInfo(**key) for key in self._call({"ask": "keys"})["keys"])

    def _call(self, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            with Client(self.address, "AF_UNIX", authkey=token_of(self.folder)) as connection:
                connection.send_bytes(json.dumps(body).encode())
                if not connection.poll(PATIENCE_SECONDS):
                    raise OSError("no answer")
                answer = strict_json(connection.recv_bytes(MAX_MESSAGE))
        except (OSError, EOFError, AuthenticationError) as error:
            raise TanbiaoError.of("signer_unreachable", self.address, reason=str(error) or "—") from error
        refused = answer.get("error")
        if isinstance(refused, dict):
            raise TanbiaoError.of(str(refused["code"]), str(refused["where"]), **refused["params"])
        return dict(answer)
