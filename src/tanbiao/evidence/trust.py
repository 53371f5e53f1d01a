"""Whom a verifier believes: a list of issuers with their keys and terms, and of logs.

A signature says who signed; only a trust list says that this signer may issue certificates. The list is a document
with a schema (``tanbiao/data/evidence/trust_list.schema.json``), published by whoever runs a platform or chosen by
whoever verifies. Every entry says whether it belongs to a demonstration, and then nothing under it is ever called
certified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import strict_json
from tanbiao.evidence.keys import KeyInfo, did_of

Resolver = Callable[[str], dict[str, Any]]
"""Gives a document by its name (issuer DID, status list URL, log origin); raises KeyError for what it does not know."""


ISSUING = ("certificate", "status", "twin")
"""Purposes of the keys that an issuer signs with; those of logs, witnesses and tools stand elsewhere."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One public key of an issuer: ``kid`` is the full id that stands in a credential's header (``did:…#…``).

    ``body`` is the id of the certification body that the key signs for; None for a key of the operator.
    """

    kid: str
    algorithm: str
    jwk: Mapping[str, str]
    purpose: str
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Accreditation:
    """An accreditation of a certification body (``body``: its id in credentials): number, by whom, first and last day.

    Those that have ended stay on the list: what was decided while they stood was decided by an accredited body.
    """

    body: str
    number: str
    by: str
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer: its DID, its keys, the days on which it was entitled to issue, its bodies' accreditations."""

    id: str
    name: Name
    keys: tuple[TrustedKey, ...]
    valid_from: date
    valid_to: date | None
    demo: bool
    accreditations: tuple[Accreditation, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A transparency log: its origin and verifier keys (C2SP ``name+hash+key``).

    ``witnesses`` are the keys of witnesses that whoever made the list knows, ``quorum`` how many of them must have
    signed a checkpoint; 0 asks for none.
    """

    origin: str
    vkeys: tuple[str, ...]
    witnesses: tuple[str, ...] = ()
    quorum: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the log as JSON values; one without witnesses has no members for them."""
        body: dict[str, Any] = {"origin": self.origin, "vkeys": list(self.vkeys)}
        return body | ({"witnesses": list(self.witnesses), "quorum": self.quorum} if self.witnesses else {})


@dataclass(frozen=True, slots=True)
class TrustList:
    """The list itself."""

    name: Name
    issuers: tuple[TrustedIssuer, ...]
    logs: tuple[TrustedLog, ...] = ()

    @classmethod
    def parse(cls, data: bytes | str) -> TrustList:
        """Read a list from JSON; a member that the schema does not have is refused.

        Raises
        ------
        TanbiaoError
            ``json_not_strict`` or ``trust_list_malformed``.
        """
        body = _members(strict_json(data), "", {"v", "name", "issuers", "logs"}, {"v", "name", "issuers"})
        if body["v"] != 1 or isinstance(body["v"], bool):
            raise _malformed("v", "version")
        issuers = tuple(_issuer(item, f"issuers.{at}") for at, item in enumerate(_list(body["issuers"], "issuers")))
        logs = tuple(_log(item, f"logs.{at}") for at, item in enumerate(_list(body.get("logs", []), "logs")))
        return cls(_name(body["name"], "name"), issuers, logs)

    def as_json(self) -> dict[str, Any]:
        """Return the list as plain JSON values."""
        return {
            "v": 1,
            "name": asdict(self.name),
            "issuers": [_issuer_json(entry) for entry in self.issuers],
            "logs": [log.as_json() for log in self.logs],
        }

    def issuer(self, did: str) -> TrustedIssuer:
        """Return an issuer by DID.

        Raises
        ------
        KeyError
            It is not on the list.
        """
        for entry in self.issuers:
            if entry.id == did:
                return entry
        raise KeyError(did)

    def resolver(self, documents: Mapping[str, dict[str, Any]] | None = None) -> Resolver:
        """Return a resolver that knows the list's issuers and logs, and further documents (status lists) by URL."""
        known = dict(documents or {})

        def resolve(name: str) -> dict[str, Any]:
            for entry in self.issuers:
                if entry.id == name:
                    return issuer_document(entry)
            for log in self.logs:
                if log.origin == name:
                    return log.as_json()
            return known[name]

        return resolve


def issuer_document(entry: TrustedIssuer) -> dict[str, Any]:
    """Return the issuer as a DID document, with what the trust list says of it under ``trust``."""
    return {
        "id": entry.id,
        "verificationMethod": [
            {"id": key.kid, "type": "JsonWebKey", "controller": entry.id, "publicKeyJwk": {**key.jwk}}
            for key in entry.keys
        ],
        "assertionMethod": [key.kid for key in entry.keys],
        "trust": {
            "name": asdict(entry.name),
            "valid_from": entry.valid_from.isoformat(),
            "valid_to": None if entry.valid_to is None else entry.valid_to.isoformat(),
            "demo": entry.demo,
            "bodies": {key.kid: key.body for key in entry.keys if key.body is not None},
            "purposes": {key.kid: key.purpose for key in entry.keys},
            "accreditations": [_accreditation_json(one) for one in entry.accreditations],
        },
    }


def trust_list_of(
    base_url: str,
    keys: list[KeyInfo],
    *,
    name: Name,
    valid_from: date,
    demo: bool,
    valid_to: date | None = None,
    logs: tuple[TrustedLog, ...] = (),
    accreditations: tuple[Accreditation, ...] = (),
) -> TrustList:
    """Make the trust list of one platform from its published keys; revoked keys are left out.

    A demonstration's list is the same with ``demo=True``: every verdict that rests on it then says so.
    """
    did = did_of(base_url)
    trusted = tuple(
        TrustedKey(
            kid=f"{did}#{key.kid}",
            algorithm=key.algorithm,
            jwk=dict(key.jwk),
            purpose=key.purpose,
            body=key.owner or None,
        )
        for key in keys
        if key.revoked is None and key.purpose in ISSUING
    )
    issuer = TrustedIssuer(
        id=did,
        name=name,
        keys=trusted,
        valid_from=valid_from,
        valid_to=valid_to,
        demo=demo,
        accreditations=accreditations,
    )
    return TrustList(name=name, issuers=(issuer,), logs=logs)


def _malformed(where: str, reason: str) -> TanbiaoError:
    return TanbiaoError.of("trust_list_malformed", where, reason=reason)


def _members(value: Any, where: str, known: set[str], required: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(where, "no object")
    if not required <= set(value):
        raise _malformed(where, "lacks " + ", ".join(sorted(required - set(value))))
    if not set(value) <= known:
        raise _malformed(where, "unknown: " + ", ".join(sorted(set(value) - known))[:80])
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _malformed(where, "no list")
    return value


def _text(value: Any, where: str, limit: int = 300) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        raise _malformed(where, "no text of that length")
    return value


def _one_of(value: Any, where: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise _malformed(where, "none of " + ", ".join(allowed))
    return str(value)


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(_text(value, where, 10))
    except ValueError as error:
        raise _malformed(where, "no date") from error


def _name(value: Any, where: str) -> Name:
    body = _members(value, where, {"zh", "en"}, {"zh", "en"})
    return Name(_text(body["zh"], f"{where}.zh", 200), _text(body["en"], f"{where}.en", 200))


def _key(value: Any, where: str) -> TrustedKey:
    required = {"kid", "algorithm", "jwk", "purpose"}
    body = _members(value, where, required | {"body"}, required)
    jwk = body["jwk"]
    if not isinstance(jwk, dict) or not all(isinstance(item, str) for item in jwk.values()):
        raise _malformed(f"{where}.jwk", "no key")
    return TrustedKey(
        _text(body["kid"], f"{where}.kid"),
        _one_of(body["algorithm"], f"{where}.algorithm", ("ES256", "EdDSA", "SM2")),
        jwk,
        _one_of(body["purpose"], f"{where}.purpose", ISSUING),
        None if body.get("body") is None else _text(body["body"], f"{where}.body"),
    )


def _issuer(value: Any, where: str) -> TrustedIssuer:
    required = {"id", "name", "keys", "valid_from", "demo"}
    body = _members(value, where, required | {"valid_to", "accreditations"}, required)
    if not isinstance(body["demo"], bool):
        raise _malformed(f"{where}.demo", "neither true nor false")
    end = body.get("valid_to")
    return TrustedIssuer(
        _text(body["id"], f"{where}.id"),
        _name(body["name"], f"{where}.name"),
        tuple(_key(item, f"{where}.keys.{at}") for at, item in enumerate(_list(body["keys"], f"{where}.keys"))),
        _day(body["valid_from"], f"{where}.valid_from"),
        None if end is None else _day(end, f"{where}.valid_to"),
        body["demo"],
        tuple(
            _accreditation(item, f"{where}.accreditations.{at}")
            for at, item in enumerate(_list(body.get("accreditations", []), f"{where}.accreditations"))
        ),
    )


def _accreditation(value: Any, where: str) -> Accreditation:
    names = {"body", "number", "by", "from", "to"}
    body = _members(value, where, names, names)
    whose, number, by = (_text(body[name], f"{where}.{name}") for name in ("body", "number", "by"))
    begin, end = (_day(body[name], f"{where}.{name}") for name in ("from", "to"))
    if end < begin:
        raise _malformed(f"{where}.to", "before its beginning")
    return Accreditation(whose, number, by, begin, end)


def _accreditation_json(one: Accreditation) -> dict[str, str]:
    days = {"from": one.begin.isoformat(), "to": one.end.isoformat()}
    return {"body": one.body, "number": one.number, "by": one.by, **days}


def _issuer_json(entry: TrustedIssuer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": entry.id,
        "name": asdict(entry.name),
        "keys": [{**asdict(key), "jwk": dict(key.jwk)} for key in entry.keys],
        "valid_from": entry.valid_from.isoformat(),
        "valid_to": None if entry.valid_to is None else entry.valid_to.isoformat(),
        "demo": entry.demo,
    }
    # Only where there are some: a verifier of before knows no such member.
    known = [_accreditation_json(one) for one in entry.accreditations]
    return body | ({"accreditations": known} if known else {})


def _log(value: Any, where: str) -> TrustedLog:
    body = _members(value, where, {"origin", "vkeys", "witnesses", "quorum"}, {"origin", "vkeys"})
    vkeys = _texts(body["vkeys"], f"{where}.vkeys")
    if not vkeys:
        raise _malformed(f"{where}.vkeys", "empty")
    witnesses, quorum = _texts(body.get("witnesses", []), f"{where}.witnesses"), body.get("quorum", 0)
    if type(quorum) is not int or not 0 <= quorum <= len(witnesses):
        raise _malformed(f"{where}.quorum", "no number of the witnesses")
    return TrustedLog(_text(body["origin"], f"{where}.origin", 200), vkeys, witnesses, quorum)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    return tuple(_text(item, f"{where}.{at}") for at, item in enumerate(_list(value, where)))
