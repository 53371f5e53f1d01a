"""From the application to the contract, and the two ways out: withdrawal by the applicant, termination by the body."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.schemes import Scheme
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.certification import schemes, units
from tanbiao.web.certification.acts import (
    LIFECYCLE,
    SYSTEM,
    advance,
    facts,
    hold,
    locked,
    note,
    purpose_of,
    require_head,
    require_state,
)
from tanbiao.web.certification.contract import contract_hash
from tanbiao.web.certification.models import Case, CertificationUnit, Document, Signature
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.studies.models import Study
from tanbiao.web.uploads import Upload, checked_upload
from tanbiao.workflow.facts import Duty

FOOTPRINT = "product-footprint"
"""Kind of certification that a label is applied for under, unless the scheme names another one with a figure."""
KINDS = ("initial", "change", "extension", "recertification")
"""Kinds of application; a certificate goes to another body by its own transfer, in which the first body takes part."""
FROM_STUDY = ("material_list", "pcf_data_list")
"""Documents that the frozen calculation package already contains, row by row."""
ENDED = ("refused", "not_granted", "issued", "withdrawn", "terminated")


@command("certification.apply")
def apply(
    actor: Actor,
    *,
    study_id: UUID,
    body_id: UUID,
    scheme: str,
    system_months: int | None,
    kind: str = "initial",
    certification: str = FOOTPRINT,
    replaces: str = "",
    documents: Mapping[str, Upload] | None = None,
    unit: Mapping[str, Any] | None = None,
    system_kit: Sequence[str] = (),
) -> Case:
    """Apply to a certification body for a label of a scheme, on a submitted study.

    The application itself and the lists that the frozen package holds are added as documents; the rest is uploaded.
    ``system_kit`` names the pieces of the management system that are there, by the scheme's ids of them. ``unit`` is
    the certification unit (``tanbiao: unit/1``); without it the study's own model and sites are the unit.

    Raises
    ------
    Invalid
        ``case_kind_unknown``, ``body_unknown``, ``kit_unknown``, a malformed unit, or a file that is not accepted.
    Conflict
        What the guards of *apply* miss, the scheme's refusals among them; ``study_in_case``: the study already is in a
        running case.
    """
    study = study_queries.study(actor, study_id)
    if not actor.owns(study):
        raise NotFound.of("study_unknown", str(study_id))
    if kind not in KINDS:
        raise Invalid.of("case_kind_unknown", "kind", kind=kind)
    body, label_scheme = body_of(body_id), schemes.load(scheme)
    asked = label_scheme.kind(certification)
    if asked is not None and asked.claim is not None:
        raise Conflict.of("claim_missing", "certification")
    Study.objects.select_for_update().get(id=study.id)
    if study.cases.exclude(state__in=ENDED).exists():
        raise Conflict.of("study_in_case", str(study.id))
    case = new_case(
        study.owner,
        body,
        label_scheme,
        certification=certification,
        kind=kind,
        replaces=replaces,
        study=study,
        package_hash=study.package_hash,
        system_months=system_months,
        system_kit=_kit_of(label_scheme, system_kit),
    )
    case.save()
    if unit is not None:
        _store_unit(actor, case, unit)
    store_documents(actor, case, documents or {})
    covered = units.unit_of(case)
    details = {"scheme": case.scheme, "package": case.package_hash, "unit": covered.hash if covered else ""}
    advance(actor, case, "apply", facts(actor, case), **details)
    studies.grant_sight(SYSTEM, study_id=study.id, organisation=body, purpose=purpose_of(case))
    return case


def body_of(body_id: UUID) -> Organisation:
    """Return the certification body that is applied to.

    Raises
    ------
    Invalid
        ``body_unknown``
    """
    body = Organisation.objects.filter(id=body_id, kind=Kind.CERTIFICATION_BODY).first()
    if body is None:
        raise Invalid.of("body_unknown", "body_id")
    return body


def new_case(
    owner: Organisation,
    body: Organisation,
    scheme: Scheme,
    *,
    certification: str,
    kind: str,
    replaces: str,
    **more: Any,
) -> Case:
    """Return a case that nobody has stored: numbered, with the scheme's numbers of its kind as they stand now."""
    now = clock.now()
    return Case(
        number=f"C{clock.today():%Y%m%d}-{secrets.token_hex(4).upper()}",
        owner=owner,
        body=body,
        kind=kind,
        replaces=replaces,
        certification=certification,
        scheme=scheme.reference,
        lifecycle=f"{LIFECYCLE.document.id}@{LIFECYCLE.document.version}",
        terms=schemes.kind_terms(scheme, certification),
        state="",
        state_since=now,
        created_at=now,
        changed_at=now,
        **({"system_months": 0} | more),
    )


def store_documents(actor: Actor, case: Case, documents: Mapping[str, Upload]) -> None:
    """Store the documents of an application: what follows from the application itself, and what was sent."""
    _add_standard_documents(actor, case)
    for name, upload in documents.items():
        _store_document(actor, case, name, upload)


def _kit_of(scheme: Scheme, stated: Sequence[str]) -> list[str]:
    known = [item.id for item in (scheme.management_system.kit if scheme.management_system else ())]
    unknown = [item for item in stated if item not in known]
    if unknown:
        raise Invalid.of("kit_unknown", "system_kit", items=", ".join(unknown)[:200], known=", ".join(known) or "—")
    return [item for item in known if item in stated]


@command("certification.apply")
def add_document(actor: Actor, *, case_id: UUID, kind: str, upload: Upload) -> Document:
    """Add a document to a running case."""
    case = locked(actor, case_id)
    require(actor, "certification.apply", case)
    require_state(case, "document", *(name for name in LIFECYCLE.states if name not in (*ENDED, "granted")))
    document = _store_document(actor, case, kind, upload)
    note(actor, case, "document", kind=kind, blob=document.blob)
    return document


@command("certification.apply")
def state_unit(actor: Actor, *, case_id: UUID, builds_on: str, unit: Mapping[str, Any]) -> CertificationUnit:
    """State the certification unit anew, before the acceptance or in rectification.

    Raises
    ------
    Invalid
        A malformed unit, or a site's study that can't be taken.
    Conflict
        ``stale_decision``; what keeps the unit from being certified with the study's figure.
    """
    case = locked(actor, case_id)
    require(actor, "certification.apply", case)
    require_state(case, "unit", "applied", "rectification")
    require_head(case, builds_on)
    made = _store_unit(actor, case, unit)
    refused = units.refusals(case)
    if refused:
        raise Conflict(*refused)
    note(actor, case, "unit", version=made.version, unit=made.hash)
    return made


def _store_unit(actor: Actor, case: Case, document: Mapping[str, Any]) -> CertificationUnit:
    unit = units.resolved(actor, case, document)
    return CertificationUnit.objects.create(
        case=case,
        version=case.units.count() + 1,
        document=unit.model_dump(mode="json"),
        hash=unit.hash,
        by=actor.person,
        at=clock.now(),
    )


def _add_standard_documents(actor: Actor, case: Case) -> None:
    application = {
        "applicant": str(case.owner_id),
        "body": str(case.body_id),
        "study": str(case.study_id or ""),
        "package": case.package_hash,
        "scheme": case.scheme,
        "certification": case.certification,
        "kind": case.kind,
        "replaces": case.replaces,
        "system_months": case.system_months,
        "system_kit": case.system_kit,
    }
    blob = ledger.put_blob(canonical_bytes(application), "application/json")
    _add_document(actor, case, "application", blob, "application.json", "application/json")
    if case.package_hash and not case.is_of_claim:
        for kind in FROM_STUDY:
            _add_document(actor, case, kind, case.package_hash, "calculation-package.json", "application/json")


def _store_document(actor: Actor, case: Case, kind: str, upload: Upload) -> Document:
    if not kind or len(kind) > 40:
        raise Invalid.of("document_kind_unknown", "kind", kind=kind[:40])
    media_type = checked_upload(upload.filename, upload.media_type, upload.data)
    blob = ledger.put_blob(upload.data, media_type)
    return _add_document(actor, case, kind, blob, upload.filename, media_type)


def _add_document(actor: Actor, case: Case, kind: str, blob: str, filename: str, media_type: str) -> Document:
    return Document.objects.create(
        case=case,
        kind=kind,
        blob=blob,
        filename=filename[:200],
        media_type=media_type,
        by=actor.person,
        at=clock.now(),
    )


@command("certification.handle")
def accept(
    actor: Actor,
    *,
    case_id: UUID,
    builds_on: str,
    body_qualified: bool | None,
    body_competent: bool | None,
    advice_declared: bool,
    months_since_advice: int | None = None,
    text: str = "",
) -> Case:
    """Accept the application, with the body's statement on scheme, qualification, competence and impartiality.

    Whether the scheme is open to the product is not the body's to say: it follows from scheme, package and day.
    """
    case = locked(actor, case_id)
    require(actor, "certification.handle", case)
    unit = units.unit_of(case)
    case.acceptance = {
        "unit": unit.hash if unit else "",
        "body_qualified": body_qualified,
        "body_competent": body_competent,
        "advice_declared": advice_declared,
        "months_since_advice": months_since_advice,
        "text": text,
    }
    advance(actor, case, "accept", facts(actor, case, builds_on=builds_on), **case.acceptance)
    case.contract_hash = contract_hash(case)
    case.save(update_fields=["contract_hash"])
    return case


@command("certification.handle")
def refuse(actor: Actor, *, case_id: UUID, reason: str, text: str = "") -> Case:
    """Refuse the application; the study is given back."""
    case = locked(actor, case_id)
    require(actor, "certification.handle", case)
    advance(actor, case, "refuse", facts(actor, case, reason=reason), text=text)
    return case


@command("certification.sign")
def sign(actor: Actor, *, case_id: UUID, builds_on: str) -> Case:
    """Sign the contract for one's own side; when both have, it takes effect."""
    case = locked(actor, case_id)
    require(actor, "certification.sign", case)
    side = "body" if actor.organisation_id == case.body_id else "applicant"
    known = facts(actor, case, builds_on=builds_on)
    advance(actor, case, "sign", known, side=side, contract=case.contract_hash)
    Signature.objects.create(
        case=case, side=side, person=person_of(actor), contract_hash=case.contract_hash, at=clock.now()
    )
    if side == "applicant":
        hold(case, actor, Duty.APPLICANT)
    signed = facts(SYSTEM, case)
    if {"applicant", "body"} <= signed.signatures:
        advance(SYSTEM, case, "contract", signed, contract=case.contract_hash)
    return case


@command("certification.apply")
def withdraw(actor: Actor, *, case_id: UUID, reason: str, text: str = "") -> Case:
    """Withdraw the application, from any state before issue."""
    case = locked(actor, case_id)
    require(actor, "certification.apply", case)
    advance(actor, case, "withdraw", facts(actor, case, reason=reason), text=text)
    return case


@command("certification.decide")
def terminate(actor: Actor, *, case_id: UUID, builds_on: str, reason: str, text: str = "") -> Case:
    """End the case for a cause on the applicant's side or a risk to impartiality, from any state before issue."""
    case = locked(actor, case_id)
    require(actor, "certification.decide", case)
    advance(actor, case, "terminate", facts(actor, case, builds_on=builds_on, reason=reason), text=text)
    return case
