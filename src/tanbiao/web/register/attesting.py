"""Time stamps and electronic seals over a certificate's PDFs, by services outside: asked once, checked, kept.

The operator names them in the file ``attestations.json`` of the data folder::

    {"timestamp": {"url": "https://tsa.example.cn", "roots": "tsa-roots.pem", "policy": "1.2.3.4", "required": true},
     "seal": {"command": ["/usr/local/bin/eseal"], "certificate": "seal.pem", "required": false}}

A seal in a form of its own (as that of GB/T 38540, which this program neither makes nor reads) needs a second command
of the same operator, ``verify``, that checks it::

    {"seal": {"command": ["/usr/local/bin/eseal"], "verify": ["/usr/local/bin/eseal-check"], "form": "own"}}

What ``command`` writes is kept as it is (at most 256 KiB). ``verify`` gets ``{"sha256": …, "seal": base64}`` as JSON;
exit code 0 means that the seal holds over that file. What such a seal is worth is its operator's to say.

A time-stamp authority is asked by RFC 3161 over HTTP. A seal comes from a command (the request as JSON on its standard
input, the seal on its standard output) or from an address (``"url"``; the same JSON by POST). Where one is *required*,
nothing is published before it holds: the issue waits and is tried again. Where it is not, the certificate is published
without, and its page says so.
"""

from __future__ import annotations

import base64
import http.client
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import eseals, timestamps
from tanbiao.evidence.encoding import strict_json, utc_text
from tanbiao.web import clock, outgoing
from tanbiao.web.commanding import Invalid
from tanbiao.web.ledger.blobs import get_blob, put_blob

SETTINGS = "attestations.json"
PATIENCE_SECONDS = 30
"""How long a sealing command may take (project default)."""
KINDS = ("timestamp", "seal")
JWS, OWN = "jws", "own"
"""Forms of a seal: a detached JWS that this program checks, or a form of its own that the operator's command checks."""
PREFIX = {"timestamp": "stamp", JWS: "seal", OWN: "eseal"}
OWN_TYPE = "application/octet-stream"
KEPT_AS = {"stamp": timestamps.REPLY_TYPE, "seal": eseals.SEAL_TYPE, "eseal": OWN_TYPE}
MAX_OWN = 256 * 1024
"""Longest seal of its own form that is kept, in bytes (project default)."""


@dataclass(frozen=True, slots=True)
class Service:
    """Who attests: an address or a command, the certificates that are believed, and whether nothing goes without."""

    kind: str
    certificates: bytes
    url: str = ""
    command: tuple[str, ...] = ()
    policy: str = ""
    required: bool = True
    form: str = JWS
    verify: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """What the names of its artefacts begin with."""
        return PREFIX[self.kind if self.kind == "timestamp" else self.form]


def services() -> tuple[Service, ...]:
    """Return the services that the operator has set.

    Raises
    ------
    TanbiaoError
        ``attestations_malformed``.
    """
    path = Path(settings.TANBIAO_DATA) / SETTINGS
    if not path.exists():
        return ()
    try:
        body = strict_json(path.read_bytes(), 64 * 1024)
        if not set(body) <= set(KINDS):
            raise ValueError("names " + ", ".join(sorted(set(body) - set(KINDS))))
        return tuple(_service(kind, body[kind], path.parent) for kind in KINDS if kind in body)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, TanbiaoError) as error:
        raise TanbiaoError.of("attestations_malformed", str(path), reason=str(error)[:120]) from error


def _service(kind: str, said: Mapping[str, Any], folder: Path) -> Service:
    form = str(said.get("form", JWS))
    own = kind == "seal" and form == OWN
    pem = b"" if own else (folder / str(said["roots" if kind == "timestamp" else "certificate"])).read_bytes()
    made = Service(
        kind,
        pem,
        url=str(said.get("url", "")),
        command=tuple(str(part) for part in said.get("command", ())),
        policy=str(said.get("policy", "")),
        required=bool(said.get("required", True)),
        form=form,
        verify=tuple(str(part) for part in said.get("verify", ())),
    )
    if form not in (JWS, OWN) or bool(made.verify) != own:
        raise ValueError(f"{kind}: form own goes with verify, and verify with it")
    if bool(made.url) == bool(made.command) or (kind == "timestamp" and made.command):
        raise ValueError(f"{kind}: one of url and command")
    if kind == "timestamp":
        timestamps.roots_of(pem)
    elif not own:
        eseals.certificate_of(pem)
    return made


def attest(number: str, version: int, drawn: Mapping[str, str]) -> dict[str, Any]:
    """Have every PDF of a certificate attested by every service; a page or label is not, for it is drawn from these.

    Returns
    -------
    dict
        ``artefacts``: name (``stamp_zh``, ``seal_en``) → content hash; ``said``: the moment of each; ``lacking``: code
        of the reason by name, for services that are not required.

    Raises
    ------
    TanbiaoError
        ``attestation_waits``: a required service gave none that holds; the issue is tried again.
    """
    made: dict[str, Any] = {"artefacts": {}, "said": {}, "lacking": {}}
    for service in services():
        for name in sorted(drawn):
            if not name.startswith("pdf_"):
                continue
            key = f"{service.prefix}_{name.removeprefix('pdf_')}"
            try:
                data, at = _asked(service, get_blob(drawn[name]), {"number": number, "version": version, "file": name})
            except (TanbiaoError, Invalid) as error:
                if service.required:
                    raise TanbiaoError.of("attestation_waits", key, reason=_code(error)) from error
                made["lacking"][key] = _code(error)
            else:
                made["artefacts"][key] = put_blob(data, KEPT_AS[service.prefix])
                made["said"][key] = at
    return made


def _code(error: Exception) -> str:
    found = getattr(error, "findings", None)
    return str(found[0].code) if found else type(error).__name__


def _asked(service: Service, pdf: bytes, about: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return what a service gave for a PDF, and the moment it is of, once it is checked."""
    if service.kind == "timestamp":
        query = timestamps.query(pdf)
        reply = _posted(service.url, query.body, timestamps.QUERY_TYPE)
        stamp = timestamps.check(
            reply, pdf, timestamps.roots_of(service.certificates), nonce=query.nonce, policy=service.policy or None
        )
        return reply, utc_text(stamp.at)
    body = canonical_bytes({**about, "sha256": eseals.payload_of(pdf).decode().removeprefix("sha256:")})
    seal = _run(service.command, body) if service.command else _posted(service.url, body, "application/json")
    moment = clock.wall()
    if service.form == OWN:
        _verified(service, pdf, seal)
        return seal, utc_text(moment)
    eseals.check(seal, pdf, eseals.certificate_of(service.certificates), at=moment)
    return seal.strip(), utc_text(moment)


def _verified(service: Service, pdf: bytes, seal: bytes) -> None:
    """Ask the operator's own command whether a seal of its own form holds over a PDF.

    Raises
    ------
    TanbiaoError
        ``seal_bad`` with what the command said; ``attestation_unreachable``: it does not run.
    """
    if not 0 < len(seal) <= MAX_OWN:
        raise TanbiaoError.of("seal_bad", reason=f"{len(seal)} bytes")
    digest = eseals.payload_of(pdf).decode().removeprefix("sha256:")
    try:
        _run(service.verify, canonical_bytes({"sha256": digest, "seal": base64.b64encode(seal).decode()}))
    except TanbiaoError as error:
        said = error.findings[0].params
        if "status" not in said:
            raise
        raise TanbiaoError.of("seal_bad", reason=str(said["reason"])) from error


def _posted(url: str, body: bytes, media_type: str) -> bytes:
    try:
        status, answer = outgoing.ask(url, body, {"Content-Type": media_type}, own=True)
    except (OSError, http.client.HTTPException) as error:
        raise TanbiaoError.of("attestation_unreachable", url, reason=str(error)[:120]) from error
    if status != 200:
        raise TanbiaoError.of("attestation_unreachable", url, reason=f"HTTP {status}")
    return answer


def _run(command: tuple[str, ...], body: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 (the operator's own program, by its full name, without a shell)
            command, input=body, capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TanbiaoError.of("attestation_unreachable", command[0], reason=type(error).__name__) from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip()[-120:] or f"exit code {done.returncode}"
        raise TanbiaoError.of("attestation_unreachable", command[0], reason=reason, status=done.returncode)
    return done.stdout


def wrong(artefacts: Mapping[str, str]) -> list[str]:
    """Check a certificate's kept stamps and seals again; return the codes of those that do not hold.

    A seal or stamp under certificates that the operator has exchanged since is not checked: they are no longer here.
    """
    found = []
    for service in services():
        for name in sorted(artefacts):
            if not name.startswith(f"{service.prefix}_"):
                continue
            pdf, kept = get_blob(artefacts[f"pdf_{name.partition('_')[2]}"]), get_blob(artefacts[name])
            try:
                if service.form == OWN:
                    _verified(service, pdf, kept)
                elif service.kind == "timestamp":
                    timestamps.check(kept, pdf, timestamps.roots_of(service.certificates))
                else:
                    eseals.check(kept, pdf, eseals.certificate_of(service.certificates))
            except TanbiaoError as error:
                found.append(f"{name}: {error.code}")
    return found


def shown(output: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a certificate's page says of its stamps and seals: each with its moment, or that it is lacking."""
    names = [*output.get("said", {}), *output.get("lacking", {})]
    said = output.get("said", {})
    return [
        {"name": name, "kind": name.partition("_")[0], "lang": name.partition("_")[2], "at": said.get(name, "")}
        for name in sorted(names)
    ]
