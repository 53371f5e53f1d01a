"""The writer of brought lists: an operator or authority brings a two-high or priority list with the document it is of.

A list that nobody could cite when this package was made comes here, whole or not at all: every line is checked, and
the document in which the authority published it is kept beside it under its hash.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction

from tanbiao.core.canonical import content_hash
from tanbiao.core.catalogue.model import LATEST, CatalogueList, ListEntry
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, finding, to_json
from tanbiao.core.rules.load import read_model
from tanbiao.formats import list_table
from tanbiao.formats.list_table import ReadList
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue import queries
from tanbiao.web.catalogue.models import BroughtList
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, check_table, checked_upload

KINDS: Final = ("two_high", "research_priorities")
"""Kinds of lists that may be brought: what a province keeps up to date beside the policies."""
READS: Final = ("text", "public_copy")
MAX_BYTES: Final = 5 * 1024 * 1024
"""Of the table; project default, not official."""
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PLACE: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_MOMENT: Final = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_LONGEST: Final = {"document": 200, "source_note": 500}


@dataclass(frozen=True, slots=True)
class AboutList:
    """What is said of a list: who published it, when, in which document, and whether every line of it is here.

    ``read``: whether the document that is kept is the authority's text itself or a public copy of it.
    """

    list_id: str
    kind: str
    jurisdiction: str
    title_zh: str
    title_en: str
    publisher_zh: str
    publisher_en: str
    document: str
    issued: str
    effective: str = ""
    complete: bool = False
    read: str = "public_copy"
    source_note: str = ""

    def plain(self) -> AboutList:
        """Return it with single blanks and nothing unprintable."""
        said = {key: _visible(value) for key, value in asdict(self).items() if isinstance(value, str)}
        return AboutList(**said, complete=self.complete)

    def wrong(self) -> list[Finding]:
        """Return what is missing or malformed, each at its field."""
        told = [
            finding("brought_list_missing", Severity.ERROR, field) for field in _REQUIRED if not getattr(self, field)
        ]
        for field in (*_REQUIRED, *_LONGEST):
            if len(getattr(self, field)) > (limit := _LONGEST.get(field, 200)):
                told.append(finding("code_table_about_long", Severity.ERROR, field, limit=limit))
        forms = (("list_id", _ID, "js-two-high"), ("jurisdiction", _PLACE, "CN-JS"), ("issued", _MOMENT, "2024-05-01"))
        for field, form, example in (*forms, ("effective", _MOMENT, "2024-06-01")):
            value = getattr(self, field)
            if value and not form.fullmatch(value):
                told.append(finding("brought_list_form", Severity.ERROR, field, value=value[:80], example=example))
        if self.effective and len(self.effective) != 10:
            told.append(
                finding(
                    "brought_list_form", Severity.ERROR, "effective", value=self.effective[:80], example="2024-06-01"
                )
            )
        for field, known in (("kind", KINDS), ("read", READS)):
            value = getattr(self, field)
            if value and value not in known:
                told.append(
                    finding("brought_list_choice", Severity.ERROR, field, value=value[:40], known=", ".join(known))
                )
        return told


_REQUIRED: Final = (
    "list_id",
    "kind",
    "jurisdiction",
    "title_zh",
    "title_en",
    "publisher_zh",
    "publisher_en",
    "document",
    "issued",
)


def _visible(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


@command("catalogue.bring_list")
def bring_list(actor: Actor, *, about: AboutList, filename: str, data: bytes, proof: Upload) -> BroughtList:
    """Take a list of an authority from a CSV or Excel file, with the document that it is of, as its next version.

    From now on its lines stand wherever the catalogue's lists do, and every priority list of its place shows which
    of its categories the newest two-high lists name.

    Raises
    ------
    Invalid
        What is wrong with what is said (``brought_list_missing``, ``brought_list_form`` …), with the document
        (``file_empty``, ``file_kind_refused`` …), or every finding of the table at line and column; nothing is stored.
    Conflict
        ``brought_list_other``: a list of this id is of another kind or place; ``brought_list_same``;
        ``brought_list_at_once``.
    """
    said = about.plain()
    wrong = said.wrong()
    if wrong:
        raise Invalid(*wrong)
    kind = checked_upload(proof.filename, proof.media_type, proof.data)
    found = _read(filename, data)
    before = _before(said)
    number = 1 + BroughtList.objects.filter(list_id=said.list_id).count()
    version = "1.0.0" if before is None else f"{int(before.version.split('.')[0]) + 1}.0.0"
    document = _document(said, proof, found.entries, version, before)
    digest = content_hash({key: value for key, value in document.items() if key not in ("version", "replaces")})
    newest = BroughtList.objects.filter(list_id=said.list_id).order_by("-number").first()
    if newest is not None and newest.content_hash == digest:
        raise Conflict.of("brought_list_same", filename, reference=newest.reference)
    made = _store(
        list_id=said.list_id,
        number=number,
        version=version,
        document=document,
        content_hash=digest,
        filename=filename[:200],
        blob=ledger.put_blob(data, "application/octet-stream"),
        proof_name=proof.filename[:200],
        proof_blob=ledger.put_blob(proof.data, kind),
        findings=[to_json(item) for item in found.findings],
        by=actor.person,
        organisation=actor.organisation,
        at=clock.now(),
    )
    event = {"type": "list_brought", "list": made.reference, "hash": digest, "proof": made.proof_blob}
    ledger.record(actor, type="dataset_event", subject=str(made.id), event=event)
    return made


def _read(filename: str, data: bytes) -> ReadList:
    """Return what the table holds; raises Invalid with every finding where one blocks."""
    check_table(filename, data, MAX_BYTES)
    try:
        found = list_table.read(data, filename, queries.catalogue())
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    if blocking(found.findings):
        raise Invalid(*sorted(found.findings, key=lambda item: not item.severity.blocks))
    return found


def _before(said: AboutList) -> CatalogueList | None:
    """Return the newest version of the list here, packaged or brought; raises Conflict where it is another list's."""
    known = [item for item in queries.catalogue().lists if item.id == said.list_id]
    if not known:
        return None
    newest = known[-1]
    if (newest.kind, newest.jurisdiction) != (said.kind, said.jurisdiction):
        raise Conflict.of(
            "brought_list_other", "list_id", list=newest.id, kind=newest.kind, jurisdiction=newest.jurisdiction
        )
    return newest


def _document(
    said: AboutList, proof: Upload, entries: tuple[ListEntry, ...], version: str, before: CatalogueList | None
) -> dict[str, Any]:
    body = {
        "tanbiao": "catalogue-list/1",
        "id": said.list_id,
        "version": version,
        "kind": said.kind,
        "jurisdiction": said.jurisdiction,
        "title": {"zh": said.title_zh, "en": said.title_en},
        "publisher": {"zh": said.publisher_zh, "en": said.publisher_en},
        "document": said.document,
        "issued": said.issued,
        "effective": said.effective or None,
        "replaces": before.reference if before is not None else None,
        "complete": said.complete,
        "sources": [
            {
                "title": _visible(proof.filename),
                "number": said.document,
                "date": said.issued if len(said.issued) == len("2024-01-01") else None,
                "read": said.read,
                "note": said.source_note or None,
            }
        ],
        "entries": [entry.model_dump(mode="json") for entry in entries],
    }
    document = {key: value for key, value in body.items() if value is not None}
    item = read_model(CatalogueList, document, "catalogue_malformed")
    begins = said.effective or said.issued + LATEST[len(said.issued)]
    if before is not None and begins < before.begins:
        raise Invalid.of("brought_list_earlier", "effective" if said.effective else "issued", before=before.begins)
    return item.model_dump(mode="json")


def _store(**fields: Any) -> BroughtList:
    """Store a version; where another of this number has come since, the database takes one alone."""
    try:
        with transaction.atomic():
            return BroughtList.objects.create(**fields)
    except IntegrityError as error:
        raise Conflict.of("brought_list_at_once", fields["filename"], list=fields["list_id"]) from error
