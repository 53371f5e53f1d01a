"""Suppliers' own footprints of a study: a file is checked, and taken only when every check is passed.

What is refused changes nothing: neither file nor figure is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.core.lca import supplier_words
from tanbiao.core.lca.supplier import SupplierCheck
from tanbiao.core.study import suppliers
from tanbiao.core.study.supplier_parts import SupplierInput, part_of
from tanbiao.core.study.suppliers import Offer
from tanbiao.formats.supplier_file import Beside, read
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Invalid, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.studies import commands, intake, queries
from tanbiao.web.studies.models import Evidence, Revision
from tanbiao.web.studies.supplier_claims import claimed_of, ruled_of


@dataclass(frozen=True, slots=True)
class Offered:
    """A supplier's file and what is said beside it."""

    data: bytes
    beside: Beside
    row: str = ""
    """Row that shall take it; empty: none yet."""
    accept_unverified: str = ""
    """Why one that nobody verified is taken all the same."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A footprint that the study carries: how it fares by the study's terms now, and which rows take it."""

    key: str
    part: SupplierInput
    checks: tuple[SupplierCheck, ...]
    rows: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every check is still passed."""
        return all(check.passed for check in self.checks)


def assess(actor: Actor, study_id: UUID, offered: Offered) -> Offer:
    """Return how a supplier's file fares by a visible study's terms; nothing is kept.

    Raises
    ------
    Invalid
        ``supplier_file_wrong``
    NotFound
        ``revision_unknown``: the study has no document yet.
    """
    document = queries.parsed(actor, study_id)
    try:
        found = read(offered.data, offered.beside)
        part = part_of(
            found.footprint,
            found.product,
            file=found.hash,
            verifier=found.verifier,
            accept_unverified=offered.accept_unverified.strip()[:300],
        )
        company, codes = found.footprint.company, found.footprint.green_power or ()
        claimed = claimed_of(actor, study_id, company, codes)
        return suppliers.offer(document, part, offered.row, ruled_of(document), claimed)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


@command("studies.edit")
def take(actor: Actor, *, study_id: UUID, offered: Offered, filename: str, expected_parent: str) -> Revision:
    """Take a supplier's footprint into the study as its next revision, and keep the file as evidence.

    Raises
    ------
    Invalid
        ``supplier_file_wrong``; every failed check; ``row_unknown``, ``unit_mismatch`` of the row.
    Conflict
        ``study_locked``, ``stale_parent``
    """
    offer = assess(actor, study_id, offered)
    if not offer.accepted:
        raise Invalid(*(item for item in offer.told if item.severity.blocks))
    revision = commands.save(
        actor,
        study_id=study_id,
        document=offer.document,
        expected_parent=expected_parent,
        note=f"{suppliers.PREFIX}{offer.key}: {offer.part.company}",
    )
    Evidence.objects.create(
        study=revision.study,
        row=offered.row[:120],
        blob=ledger.put_blob(offered.data, intake.MEDIA_TYPES["json"]),
        filename=(filename or "footprint.json")[:200],
        media_type=intake.MEDIA_TYPES["json"],
        size=len(offered.data),
        by=person_of(actor),
        at=clock.now(),
    )
    return revision


@command("studies.edit")
def drop(actor: Actor, *, study_id: UUID, key: str, expected_parent: str) -> Revision:
    """Remove a footprint that no row takes any more, as the next revision; older revisions keep it.

    Raises
    ------
    NotFound
        ``unknown_supplier``
    Invalid
        ``unknown_supplier`` at each row that still takes it.
    Conflict
        ``study_locked``, ``stale_parent``
    """
    document = queries.document(actor, study_id)
    if key not in document.get("suppliers", {}):
        raise NotFound.of("unknown_supplier", key, supplier=key, known=" / ".join(document.get("suppliers", {})) or "—")
    del document["suppliers"][key]
    note = f"− {suppliers.PREFIX}{key}"
    return commands.save(actor, study_id=study_id, document=document, expected_parent=expected_parent, note=note)


def standing(actor: Actor, study_id: UUID) -> list[Standing]:
    """Return the footprints that a visible study carries, each with its checks by the study's terms."""
    document = queries.parsed(actor, study_id)
    ruled = ruled_of(document)
    found = []
    for key, part in sorted(document.suppliers.items()):
        claimed = claimed_of(actor, study_id, part.company, part.certificates)
        rows = tuple(row.id for _, row in document.rows() if row.from_ == f"{suppliers.PREFIX}{key}")
        found.append(Standing(key, part, suppliers.assess(document, key, ruled, claimed), rows))
    return found


def checks_json(offer: Offer | Standing, lang: Lang) -> list[dict[str, Any]]:
    """Return the checks in words."""
    return [supplier_words.as_json(check, lang) for check in offer.checks]
