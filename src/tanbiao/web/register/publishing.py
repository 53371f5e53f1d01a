"""What the public gets when something changes: status lists, search entries, and the pages as snapshots."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import Lang
from tanbiao.evidence.keys import did_of
from tanbiao.evidence.status_list import StatusList as Bits
from tanbiao.evidence.status_list import status_credential
from tanbiao.web import clock, search
from tanbiao.web.language import CODES
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.signing import key_store
from tanbiao.web.register import show
from tanbiao.web.register.models import Certificate, Snapshot, StatusList

KIND = "certificate"
SIGN_AGAIN_AFTER = timedelta(hours=12)
"""A list is signed anew before verifiers call it old (24 hours)."""
REVOKED = ("withdrawn", "cancelled")
NOT_TO_RELY_ON = ("suspended", *REVOKED)
PURPOSES = {"revocation": REVOKED, "suspension": NOT_TO_RELY_ON}


def publish(certificate: Certificate) -> None:
    """Publish a certificate as it stands: both status lists, the search entry, its pages in both languages."""
    for purpose in PURPOSES:
        write_status_list(purpose)
    index(certificate)
    render_pages(certificate)


def write_status_list(purpose: str) -> StatusList:
    """Sign the list of a purpose from the states of all certificates."""
    states = Certificate.objects.filter(state__in=PURPOSES[purpose]).values_list("status_index", flat=True)
    now = clock.now()
    base = settings.TANBIAO_BASE_URL.rstrip("/")
    key = key_store().ensure("status", now=now)
    url = f"{base}/status/{purpose}"
    document = status_credential(url, did_of(base), purpose, Bits.empty().with_set(states), now=now, key=key)
    return StatusList.objects.create(
        purpose=purpose, document=document, hash=hash_bytes(document.encode("ascii")), at=now
    )


def current_status_list(purpose: str) -> StatusList:
    """Return the newest list of a purpose, signed anew when it is about to be called old."""
    newest = StatusList.objects.filter(purpose=purpose).order_by("-id").first()
    if newest is None or clock.now() - newest.at > SIGN_AGAIN_AFTER:
        return write_status_list(purpose)
    return newest


def index(certificate: Certificate) -> None:
    """Make the newest version findable by product, models, company, body, number and category."""
    if not certificate.is_newest:
        return
    claims = certificate.claims
    parts = [
        certificate.number,
        claims["product_zh"],
        claims["product_en"],
        *claims["models"],
        claims["holder"]["name_zh"],
        claims["holder"]["name_en"],
        claims["body"]["name_zh"],
        claims["body"]["name_en"],
        certificate.category,
    ]
    search.index(KIND, certificate.number, " ".join(parts))


def render_pages(certificate: Certificate) -> None:
    """Render the product page and the certificate page of a certificate in both languages and keep them."""
    newest = certificate if certificate.is_newest else _newest(certificate.number) or certificate
    languages: tuple[Lang, ...] = ("zh", "en")
    for lang in languages:
        with translation.override(CODES[lang]):
            context = show.public_context(newest, lang)
            for name in ("product", "certificate"):
                body = render_to_string(f"register/{name}.html", context, request=_visitor(newest.number, name))
                store(snapshot_key(lang, name, newest.number), body)


def snapshot_key(lang: Lang, page: str, number: str) -> str:
    """Return the key of a page; it names the software's version, because another version draws another page."""
    return f"{settings.TANBIAO_VERSION}:{lang}:{page}/{number}"


def _visitor(number: str, page: str) -> HttpRequest:
    """Return the request of a visitor without a name: what a snapshot is rendered for."""
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = f"/{'p' if page == 'product' else 'c'}/{number}"
    return request


def _newest(number: str) -> Certificate | None:
    return Certificate.objects.filter(number=number, is_newest=True).first()


def store(key: str, body: str) -> Snapshot:
    """Keep a rendered page under its key with its ETag."""
    etag = hash_bytes(body.encode("utf-8"))
    snapshot, _ = Snapshot.objects.update_or_create(key=key, defaults={"body": body, "etag": etag, "at": clock.now()})
    return snapshot


def put(data: bytes, media_type: str) -> str:
    """Keep an artefact and return its hash."""
    return ledger.put_blob(data, media_type)
