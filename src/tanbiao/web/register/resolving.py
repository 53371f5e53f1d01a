"""Identifiers of products: who may register which, and where one leads (GS1 Digital Link, RFC 9264, 工业互联网标识)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings

from tanbiao.core import identifiers
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.register import finding, publishing
from tanbiao.web.register.models import Certificate, Entry, ProductIdentifier
from tanbiao.web.register.states import LIVING, locked

GS1 = "https://gs1.org/voc/"
LINKSET = "application/linkset+json"
MOST = 200
"""Identifiers of one certificate at most (project default)."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as it is registered: its scheme, its value, and the model it stands for, if only for one."""

    scheme: str
    value: str
    model: str = ""


@command("register.consent")
def set_identifiers(actor: Actor, *, number: str, identifiers: Sequence[Identifier]) -> Certificate:
    """Say by which barcodes and identifiers a certified product is known; what was said before is replaced.

    Raises
    ------
    NotFound
        ``certificate_unknown``: it is not the actor's.
    Invalid
        What :func:`tanbiao.core.identifiers.normalised` refuses; ``identifier_model_unknown``,
        ``identifiers_too_many``.
    Conflict
        ``identifier_of_another``: another holder's certificate in force carries it.
    """
    certificate = locked(number)
    if not actor.owns(certificate):
        raise NotFound.of("certificate_unknown", number)
    if len(identifiers) > MOST:
        raise Invalid.of("identifiers_too_many", "identifiers", limit=MOST)
    wanted = {(one.scheme, one.value): one for one in (_checked(certificate, one) for one in identifiers)}
    _refuse_others(certificate, wanted)
    rows = ProductIdentifier.objects.filter(number=number)
    rows.delete()
    now = clock.now()
    ProductIdentifier.objects.bulk_create(
        ProductIdentifier(
            number=number, owner_id=certificate.owner_id, scheme=one.scheme, value=one.value, model=one.model, at=now
        )
        for one in wanted.values()
    )
    publishing.publish(certificate)
    return certificate


def _checked(certificate: Certificate, one: Identifier) -> Identifier:
    try:
        value = identifiers.normalised(one.scheme, one.value)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    if one.model and one.model not in certificate.claims["models"]:
        raise Invalid.of(
            "identifier_model_unknown", one.model[:80], known=", ".join(certificate.claims["models"])[:200]
        )
    return Identifier(one.scheme, value, one.model)


def _refuse_others(certificate: Certificate, wanted: Collection[tuple[str, str]]) -> None:
    values = [value for _scheme, value in wanted]
    clash = ProductIdentifier.objects.filter(value__in=values).exclude(owner_id=certificate.owner_id)
    for row in clash:
        living = Certificate.objects.filter(number=row.number, is_newest=True, state__in=LIVING).exists()
        if living and (row.scheme, row.value) in set(wanted):
            raise Conflict.of("identifier_of_another", row.value, value=row.value)


def entry_of(actor: Actor, scheme: str, value: str) -> Entry:
    """Return the entry that an identifier leads to: the newest that is in force, else the newest.

    Raises
    ------
    Invalid
        What :func:`tanbiao.core.identifiers.normalised` refuses.
    NotFound
        ``identifier_unknown``
    """
    try:
        known = identifiers.normalised(scheme, value)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    rows = ProductIdentifier.objects.filter(scheme=scheme, value=known)
    found = list(finding.by_numbers(actor, list(rows.values_list("number", flat=True))).values())
    if not found:
        raise NotFound.of("identifier_unknown", value[:80])
    return max(found, key=lambda entry: (entry.state == "valid", entry.issued_on, entry.number))


def links(entry: Entry) -> dict[str, tuple[str, str]]:
    """Return link type → (address, media type): what an identifier's entry offers."""
    base = settings.TANBIAO_BASE_URL.rstrip("/")
    number = quote(entry.number, safe="")
    page = (f"{base}/p/{number}", "text/html")
    return {
        "pip": page,
        "sustainabilityInfo": page,
        "certificationInfo": (f"{base}/c/{number}", "text/html"),
        "dpp": (f"{base}/c/{number}/credential.jwt", "application/vc+jwt"),
    }


def linkset(entry: Entry, anchor: str) -> dict[str, Any]:
    """Return the links of an identifier as a linkset (RFC 9264), GS1's default link first."""
    offered = links(entry)
    product = entry.record["product"]

    def target(kind: str) -> dict[str, Any]:
        href, media = offered[kind]
        made: dict[str, Any] = {"href": href, "title": product["en"] or product["zh"], "type": media}
        titles = [{"value": product["zh"], "language": "zh-Hans"}]
        titles += [{"value": product["en"], "language": "en"}] if product["en"] else []
        return made | {"title*": titles, "hreflang": ["zh-Hans", "en"]}

    described = {"anchor": anchor, f"{GS1}defaultLink": [target("pip")]}
    made = described | {f"{GS1}{kind}": [target(kind)] for kind in offered}
    if entry.record.get("pact"):
        document = {"href": pact_address(entry), "title": "PACT product footprint", "type": "application/json"}
        made[f"{GS1}sustainabilityInfo"] = [*made[f"{GS1}sustainabilityInfo"], document]
    return {"linkset": [made]}


def pact_address(entry: Entry) -> str:
    """Return where an entry's footprint for PACT is handed out; empty where its holder publishes none."""
    if not entry.record.get("pact"):
        return ""
    return f"{settings.TANBIAO_BASE_URL.rstrip('/')}/p/{quote(entry.number, safe='')}/pact.json"


def hook_of(identifier: str) -> str:
    """Return where an identifier that is unknown here is asked for: the operator's resolver, empty when off."""
    template = settings.TANBIAO_IIID_RESOLVER
    return template.replace("{id}", quote(identifier, safe="/")) if template else ""
