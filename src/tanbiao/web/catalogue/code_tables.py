"""The writer of code tables: an operator brings the names of a classification's codes, all of a file or nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction

from tanbiao.core.canonical import content_hash
from tanbiao.core.dataset.code_tables import compare, key_of
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, finding, to_json
from tanbiao.formats import code_table
from tanbiao.formats.code_table import ReadTable
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue.models import CodeName, CodeTable
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.licences import licence as licence_of
from tanbiao.web.uploads import check_table

BROUGHT = "catalogue.codes_brought"
"""The event that a table is here; its payload names the classification."""
MAX_BYTES = 20 * 1024 * 1024
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a table: the classification, its edition and title, where the copy comes from, under what terms.

    ``is_public``: whether visitors see the names, too; else only people who are signed in.
    """

    scheme: str
    edition: str
    title_zh: str
    title_en: str = ""
    source: str = ""
    licence: str = ""
    licence_text: str = ""
    is_public: bool = False

    def plain(self) -> About:
        """Return it with single blanks and nothing unprintable, the classification under its id where it is known."""
        words = {key: _visible(value) for key, value in asdict(self).items() if isinstance(value, str)}
        return About(**words | {"scheme": key_of(self.scheme, "")[0]}, is_public=self.is_public)

    def wrong(self) -> list[Finding]:
        """Return what is missing, too long, or not allowed by the licence, each at its field."""
        told = [
            finding("code_table_about_missing", Severity.ERROR, field)
            for field in ("scheme", "edition", "title_zh", "source", "licence")
            if not getattr(self, field)
        ]
        for field, limit in _LONGEST.items():
            if len(getattr(self, field)) > limit:
                told.append(finding("code_table_about_long", Severity.ERROR, field, limit=limit))
        known = licence_of(self.licence)
        if self.licence and known is None:
            told.append(finding("licence_unknown", Severity.ERROR, "licence", licence=self.licence[:40]))
        if self.licence == "other" and not self.licence_text:
            told.append(finding("licence_not_named", Severity.ERROR, "licence_text"))
        forbidden = redistribution(self.licence_text) == "forbidden"
        if self.is_public and known is not None and (forbidden or not known.may_be_shared):
            told.append(finding("code_table_not_public", Severity.ERROR, "is_public"))
        return told


def _visible(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


_LONGEST = {
    "scheme": 60,
    "edition": 60,
    "title_zh": 200,
    "title_en": 200,
    "source": 500,
    "licence": 40,
    "licence_text": 300,
}


@command("catalogue.bring_codes")
def bring_codes(actor: Actor, *, about: About, filename: str, data: bytes) -> CodeTable:
    """Take a table of a classification's codes from a CSV or Excel file, as the next version of that classification's.

    Its names stand from now on wherever a code of the classification is shown; the version before stays as it is and
    is no longer used.

    Raises
    ------
    Invalid
        What is wrong with what is said (``code_table_about_missing``, ``code_table_not_public`` …) or every finding of
        the file, of which one at least blocks; nothing is stored.
    Conflict
        ``code_table_same``: the newest version has the same rows and says the same of them; ``code_table_at_once``:
        somebody else brought a version in the same moment.
    """
    said = about.plain()
    wrong = said.wrong()
    if wrong:
        raise Invalid(*wrong)
    found = _read(said.scheme, filename, data)
    before = CodeTable.objects.select_for_update().filter(scheme=said.scheme, is_current=True).first()
    digest = content_hash([row.document() for row in found.rows])
    if before is not None and before.content_hash == digest and said == _said(before):
        raise Conflict.of("code_table_same", filename, scheme=said.scheme, number=before.number)
    blob = ledger.put_blob(data, "application/octet-stream")
    if before is not None:
        CodeTable.objects.filter(id=before.id).update(is_current=False)
    table = _next(
        said,
        number=1 if before is None else before.number + 1,
        filename=filename[:200],
        blob=blob,
        content_hash=digest,
        rows=len(found.rows),
        changes={} if before is None else asdict(compare(_names(before), found.rows)),
        findings=[to_json(item) for item in found.findings],
        by=actor.person,
        organisation=actor.organisation,
        at=clock.now(),
    )
    CodeName.objects.bulk_create(
        [CodeName(table=table, code=row.code, parent=row.parent, name_zh=row.zh, name_en=row.en) for row in found.rows],
        batch_size=_BATCH,
    )
    event = {"type": "codes_brought", "scheme": table.scheme, "number": table.number, "hash": digest, **asdict(said)}
    ledger.record(actor, type="dataset_event", subject=str(table.id), event=event)
    ledger.emit(BROUGHT, {"scheme": table.scheme})
    return table


def _next(said: About, *, number: int, **fields: Any) -> CodeTable:
    """Store a version. Where none was there to be locked, another may have come since; the database takes one alone."""
    try:
        with transaction.atomic():
            return CodeTable.objects.create(**asdict(said), number=number, **fields)
    except IntegrityError as error:
        raise Conflict.of("code_table_at_once", fields["filename"], scheme=said.scheme) from error


def _read(scheme: str, filename: str, data: bytes) -> ReadTable:
    """Return what a file holds; raises Invalid with every finding where one blocks."""
    check_table(filename, data, MAX_BYTES)
    try:
        found = code_table.read(data, filename, scheme)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    if blocking(found.findings):
        raise Invalid(*sorted(found.findings, key=lambda item: not item.severity.blocks))
    return found


def _said(table: CodeTable) -> About:
    return About(**{field: getattr(table, field) for field in About.__dataclass_fields__})


def _names(table: CodeTable) -> dict[str, tuple[str, str]]:
    return {code: (zh, en) for code, zh, en in table.names.values_list("code", "name_zh", "name_en")}
