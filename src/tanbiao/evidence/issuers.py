"""What a resolver hands over about an issuer, read strictly: its keys, its term, and what each key may sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tanbiao.evidence.keys import PURPOSES
from tanbiao.evidence.trust import Accreditation, Resolver


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer as a verifier sees it.

    ``begin`` and ``end`` are the days between which a trust list calls it entitled; None where no list says so.
    ``bodies`` maps key id → certification body, ``purposes`` key id → what it may sign.
    """

    id: str
    methods: tuple[Mapping[str, Any], ...]
    begin: date | None = None
    end: date | None = None
    demo: bool = False
    bodies: Mapping[str, str] | None = None
    purposes: Mapping[str, str] | None = None
    accreditations: tuple[Accreditation, ...] = ()

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Issuer:
        """Read a DID document, with the trust list's part under ``trust`` where it has one.

        Raises
        ------
        ValueError
            A member has another form than it must have; such a document is as good as none.
        """
        methods, trust = document.get("verificationMethod", []), document.get("trust", {})
        if not isinstance(methods, list) or not isinstance(trust, dict):
            raise ValueError("no list of keys, or no object of trust")
        begin, end = (_day(trust.get(name)) for name in ("valid_from", "valid_to"))
        return cls(
            id=str(document.get("id")),
            methods=tuple(method for method in methods if isinstance(method, dict)),
            begin=begin,
            end=end,
            # Whatever is not plainly false is taken for a demonstration: the safe side.
            demo=trust.get("demo", False) is not False,
            bodies=_texts(trust.get("bodies", {})),
            purposes=_texts(trust.get("purposes", {})),
            accreditations=_accreditations(trust.get("accreditations", [])),
        )

    def entitled(self, day: str) -> bool:
        """Whether the day of issue (``YYYY-MM-DD``) lies in the issuer's term; True where nobody gave one."""
        issued = date.fromisoformat(day)
        return (self.begin is None or self.begin <= issued) and (self.end is None or issued <= self.end)

    def body_of(self, kid: str) -> str | None:
        """Return the certification body that a key belongs to, None if it is the operator's or nobody says."""
        return (self.bodies or {}).get(kid)

    def accredited(self, body: str, day: str) -> Accreditation | None:
        """Return an accreditation of a certification body that stood on a day (``YYYY-MM-DD``), None if none did."""
        decided = date.fromisoformat(day)
        standing = (one for one in self.accreditations if one.body == body and one.begin <= decided <= one.end)
        return next(standing, None)

    def method(self, kid: str, *purposes: str) -> Mapping[str, Any] | None:
        """Return a key's verification method if it may serve a purpose: by the trust list, else by its own name.

        A DID document alone does not say what a key is for; our own key ids do, and a key for status lists or the
        log must not be able to make certificates.
        """
        short = kid.partition("#")[2]
        named = short.partition("-")[0]
        allowed = (self.purposes or {}).get(kid, named if named in PURPOSES else None)
        if allowed is not None and allowed not in purposes:
            return None
        for method in self.methods:
            if method.get("id") in (kid, f"#{short}"):
                return method
        return None


def _day(value: Any) -> date | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a day")
    return date.fromisoformat(value)


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("no object of texts")
    return value


def _accreditations(value: Any) -> tuple[Accreditation, ...]:
    if not isinstance(value, list):
        raise ValueError("no list of accreditations")
    found = []
    for item in value:
        texts = _texts(item)
        if not {"body", "number", "by", "from", "to"} <= set(texts):
            raise ValueError("an accreditation")
        days = (date.fromisoformat(texts[name]) for name in ("from", "to"))
        found.append(Accreditation(texts["body"], texts["number"], texts["by"], *days))
    return tuple(found)


def ask(resolver: Resolver, name: str) -> dict[str, Any] | None:
    """Return what the resolver knows by this name, None if it knows nothing."""
    try:
        found = resolver(name)
    except KeyError:
        return None
    return found if isinstance(found, dict) else None


def issuer_of(resolver: Resolver, did: str) -> Issuer | None:
    """Return the issuer of a DID, None if the resolver does not know it or hands over something that is none."""
    document = ask(resolver, did)
    try:
        return None if document is None else Issuer.read(document)
    except ValueError:
        return None
