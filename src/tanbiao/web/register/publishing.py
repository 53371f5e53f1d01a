"""What the public gets when something changes: status lists, the public record in the log, pages as snapshots."""

from __future__ import annotations

import gzip

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from tanbiao.core.canonical import canonical_bytes, content_hash, hash_bytes
from tanbiao.core.findings import Lang
from tanbiao.web import clock
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.language import CODES
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import entries, records, show, status_lists
from tanbiao.web.register.models import Certificate, Entry, Snapshot

SYSTEM = system_actor("register")
PAGES = {"product": "p", "certificate": "c"}
"""Page that is kept as a snapshot → the first part of its address."""


def publish(certificate: Certificate) -> None:
    """Publish a certificate as it stands: status lists, public record, search entry, its pages in both languages."""
    status_lists.follow(certificate)
    if certificate.is_newest:
        publish_record(records.record_of(certificate), subject=str(certificate.id))
    render_pages(certificate)


def publish_record(record: dict[str, object], *, subject: str) -> Entry:
    """Keep a public record under its hash, name it in the log, and let search find it; the same record twice is one."""
    snapshot = content_hash(record)
    number = str(record["number"])
    known = Entry.objects.filter(number=number).values_list("snapshot", flat=True).first()
    if known == snapshot:
        return Entry.objects.get(number=number)
    ledger.put_blob(canonical_bytes(record), "application/json")
    state = str(record["state"])
    ledger.record(
        SYSTEM,
        type="register_published",
        subject=subject,
        event={"number": number, "snapshot": snapshot},
        public={"certificate": number, "snapshot": snapshot, "status": records.PUBLIC_STATUS.get(state, state)},
    )
    ledger.emit("register.published", {"number": number, "snapshot": snapshot})
    return entries.put(record, snapshot)


def render_pages(certificate: Certificate) -> None:
    """Render again what is kept of a certificate's pages; what nobody has asked for is rendered when it is asked for.

    The caller holds the certificate's lock or has just made its row, so that no reader's rendering of what stood before
    comes after this.
    """
    newest = certificate if certificate.is_newest else _newest(certificate.number) or certificate
    languages: tuple[Lang, ...] = ("zh", "en")
    keys = {snapshot_key(lang, name, newest.number): (lang, name) for lang in languages for name in PAGES}
    kept = set(Snapshot.objects.filter(key__in=keys).values_list("key", flat=True))
    for lang in languages:
        names = [name for key, (of, name) in keys.items() if of == lang and key in kept]
        if not names:
            continue
        with translation.override(CODES[lang]):
            context = show.public_context(newest, lang)
            for name in names:
                render_page(newest, name, lang, context)


def render_page(certificate: Certificate, name: str, lang: Lang, context: dict[str, object]) -> Snapshot:
    """Render one page of a certificate as a visitor sees it and keep it; the caller has set the language."""
    body = render_to_string(show.template_of(certificate, name), context, request=_visitor(certificate.number, name))
    return store(snapshot_key(lang, name, certificate.number), body)


def snapshot_key(lang: Lang, page: str, number: str) -> str:
    """Return the key of a page; it names the software's version, because another version draws another page."""
    return f"{settings.TANBIAO_VERSION}:{lang}:{page}/{number}"


def _visitor(number: str, page: str) -> HttpRequest:
    """Return the request of a visitor without a name: what a snapshot is rendered for."""
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = f"/{PAGES[page]}/{number}"
    return request


def _newest(number: str) -> Certificate | None:
    return Certificate.objects.filter(number=number, is_newest=True).first()


def store(key: str, body: str) -> Snapshot:
    """Keep a rendered page under its key with its ETag, gzipped."""
    data = body.encode("utf-8")
    kept = {"packed": gzip.compress(data, 6, mtime=0), "etag": hash_bytes(data), "at": clock.now()}
    snapshot, _ = Snapshot.objects.update_or_create(key=key, defaults=kept)
    return snapshot
