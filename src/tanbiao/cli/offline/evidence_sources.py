"""Where ``verify`` and ``reproduce`` get keys and status lists from: files named, the user's cache, and the network.

Nothing fetched is believed for being fetched: status lists are signed, and an issuer's keys count as trusted only
through a trust list that the user named, or that stands in the user's cache. One exception serves the demonstration: a
certificate that calls itself a demonstration may be checked with the keys at its issuer's own address, because the
best it can then be is "demonstration, no certification".
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.cosignatures import Policy
from tanbiao.evidence.encoding import strict_json
from tanbiao.evidence.status_list import enveloped
from tanbiao.evidence.trust import TrustList

TIMEOUT = 8.0
MAX_FETCHED = 2 * 1024 * 1024
"""Seconds to wait and bytes to read at most (project defaults)."""
TRUST_PATH = "/.well-known/tanbiao-trust.json"


def cache_folder() -> Path:
    """Return the user's cache: trust lists in ``trust/*.json``, status lists in ``status/``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tanbiao"


def read_file(name: str, limit: int) -> bytes | None:
    """Return a file's bytes, None if there is no such file.

    Raises
    ------
    TanbiaoError
        ``evidence_file_too_large``; ``evidence_file_unreadable``.
    """
    path = Path(name)
    try:
        if path.is_dir() or not path.exists():
            return None
        # Read through a handle: the name may be a pipe, whose size nobody knows beforehand.
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        raise TanbiaoError.of("evidence_file_unreadable", name[:120], reason=str(error)[:120]) from error
    if len(data) > limit:
        raise TanbiaoError.of("evidence_file_too_large", name, limit=limit)
    return data


def policy_file(name: str | None) -> Policy:
    """Return the witnesses of a list file; none where no file is named.

    Raises
    ------
    TanbiaoError
        ``evidence_file_missing``, ``witness_policy_malformed``.
    """
    if name is None:
        return Policy()
    data = read_file(name, MAX_FETCHED)
    if data is None:
        raise TanbiaoError.of("evidence_file_missing", name)
    return Policy.parse(data.decode("utf-8", "replace"))


def fetch(url: str, limit: int = MAX_FETCHED) -> bytes | None:
    """Return what stands at an http(s) address, None if it can't be had."""
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    # Imported here: it takes longer than all the rest of an offline check.
    import urllib.request

    request = urllib.request.Request(url, headers={"User-Agent": "tanbiao-verify"})  # noqa: S310 (scheme checked above)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            data: bytes = response.read(limit + 1)
    except (OSError, ValueError):  # a URLError is an OSError
        return None
    return data if len(data) <= limit else None


@dataclass
class Sources:
    """A resolver over everything at hand, in the order: named trust list, cached ones, then the network.

    ``trust`` names a trust list (file, its address, or a platform's base address); ``documents`` holds what came with
    the file that is checked (the status lists of a bundle). ``witnesses`` are those that the user knows and asks for,
    instead of what a trust list says.
    """

    offline: bool = False
    trust: str | None = None
    demo: bool = False
    witnesses: Policy | None = None
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lists: list[TrustList] | None = None

    def __call__(self, name: str) -> dict[str, Any]:
        """Resolve an issuer's DID, a log's origin or a status list's address; KeyError for what is not known."""
        for entry in self._trust_lists():
            try:
                return self._with_witnesses(entry.resolver()(name))
            except KeyError:
                continue
        if name.startswith("did:"):
            return self._own_keys(name)
        if name.startswith(("http://", "https://")):
            return self._status_list(name)
        raise KeyError(name)

    def _with_witnesses(self, document: dict[str, Any]) -> dict[str, Any]:
        """Put the user's own witnesses into what a trust list says of a log."""
        if self.witnesses is None or "vkeys" not in document:
            return document
        named = [one.vkey for one in self.witnesses.witnesses]
        return {**document, "witnesses": named, "quorum": self.witnesses.quorum}

    def _trust_lists(self) -> list[TrustList]:
        if self._lists is None:
            self._lists = [*self._named(), *_cached_lists()]
        return self._lists

    def _named(self) -> Iterator[TrustList]:
        if self.trust is None:
            return
        if not self.trust.startswith(("http://", "https://")):
            data = read_file(self.trust, MAX_FETCHED)
            if data is None:
                raise TanbiaoError.of("evidence_file_missing", self.trust)
            yield TrustList.parse(data)
            return
        data = None
        if not self.offline:
            bare = urlsplit(self.trust).path in ("", "/")
            data = fetch(self.trust.rstrip("/") + TRUST_PATH if bare else self.trust)
        if data is None:
            raise TanbiaoError.of("trust_list_absent", self.trust)
        yield TrustList.parse(data)

    def _own_keys(self, did: str) -> dict[str, Any]:
        """Return the keys at a demonstration's own address."""
        if self.offline or not self.demo:
            raise KeyError(did)
        for url in did_urls(did):
            data = fetch(url)
            if data is None:
                continue
            try:
                document = strict_json(data)
            except TanbiaoError:
                continue
            if isinstance(document, dict) and document.get("id") == did:
                return {**document, "trust": {"demo": True}}
        raise KeyError(did)

    def _status_list(self, url: str) -> dict[str, Any]:
        """Return a status list: fresh from its address, else from the bundle at hand, else as last seen."""
        kept = cache_folder() / "status" / f"{hashlib.sha256(url.encode()).hexdigest()}.jwt"
        data = None if self.offline else fetch(url)
        if data is not None:
            _keep(kept, data)
        elif url in self.documents:
            return self.documents[url]
        else:
            data = read_file(str(kept), MAX_FETCHED)
        if data is None:
            raise KeyError(url)
        return enveloped(data.decode("utf-8", "replace").strip())


def _cached_lists() -> Iterator[TrustList]:
    """Yield the trust lists in the user's cache; one that can't be read is passed over."""
    for path in sorted((cache_folder() / "trust").glob("*.json")):
        try:
            yield TrustList.parse(path.read_bytes())
        except (OSError, TanbiaoError):
            continue


def remember_trust(entry: TrustList, name: str) -> Path:
    """Write a trust list into the user's cache under a name of letters, digits, dots and hyphens; return its path."""
    folder = cache_folder() / "trust"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(entry.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def _keep(path: Path, data: bytes) -> None:
    """Keep a fetched list for offline use; a cache that can't be written costs nothing but that."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.replace(path)
    except OSError:
        return


def did_urls(did: str) -> list[str]:
    """Return where a ``did:web`` document lies: https, and for an address in one's own network http as well."""
    parts = did.split(":")
    if parts[:2] != ["did", "web"] or len(parts) < 3:
        return []
    host = unquote(parts[2])
    tail = "/".join(parts[3:]) + "/did.json" if parts[3:] else ".well-known/did.json"
    schemes = ("http", "https") if _is_near(host) else ("https",)
    return [f"{scheme}://{host}/{tail}" for scheme in schemes]


def _is_near(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_private
    except ValueError:
        return False


def lists_of(files: Mapping[str, bytes], urls: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the status lists of a bundle by their addresses; they are signed, so where they lay does not matter."""
    return {
        url: enveloped(files[name].decode("utf-8", "replace").strip())
        for name, url in urls.items()
        if name in files and url
    }
