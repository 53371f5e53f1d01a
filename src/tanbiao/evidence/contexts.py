"""JSON-LD contexts and schemas of credentials: pinned by hash, shipped in the package, never fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
UNTP = "https://vocabulary.uncefact.org/untp/0.7.0/context/"
CERTIFICATE = "urn:tanbiao:context:certificate:1"
CLAIM_CERTIFICATE = "urn:tanbiao:context:claim-certificate:1"
UNTP_SCHEMA = "https://untp.unece.org/artefacts/schema/v0.7.0/dcc/ConformityCredential.json"


@cache
def pins() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return ``{"contexts": {url: {path, digest, source, licence}}, "schemas": {…}}``."""
    text = (resources.files("tanbiao.data") / "contexts" / "pins.json").read_text(encoding="utf-8")
    document: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(text)
    return document


def is_pinned(url: str) -> bool:
    """Whether we know this context, and so know what the terms of a document that names it mean."""
    return url in pins()["contexts"]


@cache
def load(url: str) -> Any:
    """Return a pinned context or schema.

    Raises
    ------
    TanbiaoError
        ``context_unknown``: not pinned, and nothing is ever fetched; ``context_changed``: the file is not the one
        pinned.
    """
    pin = pins()["contexts"].get(url) or pins()["schemas"].get(url)
    if pin is None:
        raise TanbiaoError.of("context_unknown", url)
    data = (resources.files("tanbiao.data") / pin["path"]).read_bytes()
    if hash_bytes(data) != pin["digest"]:
        raise TanbiaoError.of("context_changed", url)
    return json.loads(data)


def check(credential: Mapping[str, Any], schema: str) -> None:
    """Hold a credential against a pinned schema; its contexts must be pinned, too.

    Raises
    ------
    TanbiaoError
        ``context_unknown``, ``credential_off_schema`` with the place.
    """
    from jsonschema import Draft202012Validator, FormatChecker

    for url in credential.get("@context", []):
        load(url)
    wrong = Draft202012Validator(load(schema), format_checker=FormatChecker()).iter_errors(dict(credential))
    error = next(iter(sorted(wrong, key=lambda item: list(map(str, item.path)))), None)
    if error is not None:
        where = ".".join(str(part) for part in error.path)
        raise TanbiaoError.of("credential_off_schema", where, reason=error.message[:200])
