"""The issue of a certificate as a saga: reserve → intent → lint → sign → log → draw → attest → prove → publish.

Each stage is recorded as begun before it acts and as done together with what it wrote, in one commit with the begin of
the next. After a crash at any point the saga is resumed at the first stage that is not done; what was done is never
repeated, and no number is used twice. A stage that can't succeed voids the issue: the number is lost for ever and the
case goes back to its decision. A stage that has to wait (for a checkpoint, for the signer) leaves the issue running,
and it is tried again.
"""

from __future__ import annotations

import itertools
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import commitments, notes
from tanbiao.evidence.certified import credential_of, lint
from tanbiao.evidence.signer import TEMPORARY, SignOrder
from tanbiao.web import clock
from tanbiao.web.certification import commands as certification
from tanbiao.web.certification.models import Case
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.ledger.signing import sign_certificate
from tanbiao.web.register import artefacts, attesting, consenting, numbering, orders, publishing, replacing
from tanbiao.web.register.models import Certificate, Issue, IssueStage
from tanbiao.web.register.states import LIFECYCLE, SYSTEM
from tanbiao.web.studies import ageing
from tanbiao.web.studies import commands as studies
from tanbiao.workflow.facts import CertificateFacts, Hand
from tanbiao.workflow.terms import terms_of

logger = logging.getLogger("tanbiao.issuing")
SERIAL_ATTEMPTS = 50


def open_issue(case_id: UUID) -> Issue | None:
    """Reserve a number for a granted case and freeze what is to be certified; a second call returns the first issue.

    What can't be certified goes back to its decision, and there is no issue.

    Raises
    ------
    TanbiaoError
        ``numbers_exhausted``: no free number was found.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("owner", "body", "study").get(id=case_id)
    live = Issue.objects.filter(case=case).exclude(state="voided").first()
    if live is not None:
        return live
    try:
        order = orders.order_of_case(case)
        replaced = replacing.of_case(case)
    except TanbiaoError as error:
        logger.warning("case %s is not certifiable: %s", case.number, error.code)
        certification.void_issue(SYSTEM, case_id=case.id, reason="lint_failed", text=error.code)
        return None
    if replaced is None:
        return reserve(order, case=case)
    order |= replacing.order(case, replaced, order)
    return reserve(order, case=case, number=replaced.number if case.kind in replacing.VERSIONS else "")


def reserve(order: dict[str, Any], *, case: Case | None = None, number: str = "") -> Issue:
    """Take the next free number of the scheme (or the next version of a given one) under the unique constraint."""
    used = Issue.objects.filter(number=number).aggregate(last=Max("version"))["last"] if number else 0
    version = int(used or 0) + 1
    for _ in range(SERIAL_ATTEMPTS):
        chosen = number or numbering.next_number(order)
        place = numbering.draw_status_index()
        try:
            with transaction.atomic():
                return Issue.objects.create(
                    case=case,
                    order=order,
                    number=chosen,
                    version=version,
                    state="running",
                    master=secrets.token_hex(commitments.MASTER_LENGTH),
                    status_index=place,
                    opened_at=clock.now(),
                )
        except IntegrityError:
            if number and Issue.objects.filter(number=number, version=version).exists():
                break
    raise TanbiaoError.of("numbers_exhausted", number or str(order["scheme_id"]))


def run(issue_id: UUID) -> Issue:
    """Carry an issue as far as it goes: through all stages, or to its void.

    Safe to call again at any time, by any worker: every stage runs once.

    Raises
    ------
    Later
        The signer does not answer or the log has no checkpoint yet; the issue stays running.
    """
    try:
        for name in STAGES:
            run_stage(issue_id, name)
    except TanbiaoError as error:
        if error.code in TEMPORARY | {"attestation_waits", "attestations_malformed"}:
            raise ledger.Later(error.code) from error
        logger.warning("issue %s is voided: %s", issue_id, error.code)
        void(issue_id, "lint_failed", error.code)
    return Issue.objects.get(id=issue_id)


def resume() -> list[Issue]:
    """Carry every running issue on: after a crash, or in a world without a worker; return those that have ended."""
    running = Issue.objects.filter(state="running").order_by("opened_at", "id").values_list("id", flat=True)
    ended = []
    for issue_id in list(running):
        try:
            ended.append(run(issue_id))
        except ledger.Later as later:
            logger.warning("issue %s waits: %s", issue_id, later.code)
    return ended


def run_stage(issue_id: UUID, name: str) -> None:
    """Run one stage, unless it is done: record that it begins, then act and record what came out.

    Raises
    ------
    TanbiaoError
        What the stage refuses; nothing of it is written.
    """
    stage = IssueStage.objects.filter(issue_id=issue_id, name=name).first() or _begin(issue_id, name)
    if stage is None:
        return
    made: dict[str, Any] | None = None
    if name in UNLOCKED and stage.done_at is None:
        issue = Issue.objects.select_related("case").get(id=issue_id)
        if issue.state != "running":
            return
        # Before the transaction: a stage that only writes files under their hashes must not hold the database.
        made = STAGES[name](issue, outputs(issue))
    with transaction.atomic():
        issue = Issue.objects.select_for_update().get(id=issue_id)
        stage = issue.stages.get(name=name)
        if issue.state != "running" or stage.done_at is not None:
            return
        stage.output = STAGES[name](issue, outputs(issue)) if made is None else made
        stage.done_at = clock.now()
        stage.save()
        following = FOLLOWING.get(name)
        if following is not None:
            # Its begin is recorded with this one's end: one commit instead of two, and still before it acts.
            begun = IssueStage(issue=issue, name=following, begun_at=stage.done_at)
            IssueStage.objects.bulk_create([begun], ignore_conflicts=True)


def _begin(issue_id: UUID, name: str) -> IssueStage | None:
    """Record that a stage begins; None for an issue that has ended."""
    with transaction.atomic():
        if Issue.objects.select_for_update().get(id=issue_id).state != "running":
            return None
        stage, _ = IssueStage.objects.get_or_create(issue_id=issue_id, name=name, defaults={"begun_at": clock.now()})
        return stage


def outputs(issue: Issue) -> dict[str, dict[str, Any]]:
    """Return what the done stages wrote, by name."""
    return {row.name: row.output for row in issue.stages.filter(done_at__isnull=False)}


def void(issue_id: UUID, reason: str, detail: str = "") -> None:
    """Void an issue that did not reach the register; its number stays used, a granted case goes back to decision."""
    with transaction.atomic():
        issue = Issue.objects.select_for_update().get(id=issue_id)
        if issue.state != "running":
            return
        mark_void(issue, reason)
        if issue.case is not None and issue.case.state == "granted":
            certification.void_issue(SYSTEM, case_id=issue.case.id, reason=reason, text=detail)


def mark_void(issue: Issue, reason: str) -> None:
    """Write the void of a running issue and say so in the log."""
    issue.state, issue.void_reason = "voided", reason
    issue.save(update_fields=["state", "void_reason"])
    ledger.record(
        SYSTEM,
        type="certificate_voided",
        subject=str(issue.id),
        event={"issue": str(issue.id), "number": issue.number, "reason": reason},
        public={"certificate": issue.number, "status": "voided", "reason": reason},
    )
    ledger.emit("certificate.voided", {"issue": str(issue.id)})


# -- the stages ---------------------------------------------------------------------------------------------------


def _reserve(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 (all stages have one signature)
    """The number was taken with the issue itself; say so."""
    return {"number": issue.number, "version": issue.version, "status_index": issue.status_index}


def _intent(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Make the public statement and the claims, and log a document of intent before anything is signed."""
    statement = ledger.put_blob(artefacts.statement(issue), "application/json")
    claims = orders.claims_of_issue(issue, public_bundle_hash=statement)
    document = {
        "issue": str(issue.id),
        "number": issue.number,
        "version": issue.version,
        "credential": credential_of(claims),
    }
    intent = ledger.put_blob(canonical_bytes(document), "application/json")
    entry = ledger.record(
        SYSTEM,
        type="certificate_intent",
        subject=str(issue.id),
        event={"issue": str(issue.id), "number": issue.number, "intent": intent},
        public={"certificate": issue.number, "intent": intent},
    )
    return {"intent": intent, "statement": statement, "entry": str(entry.id)}


def _lint(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:
    """Check the credential against its schema, and its claims against result, scheme and decision."""
    orders.check_open(issue)
    claims = orders.claims_of_issue(issue, public_bundle_hash=done["intent"]["statement"])
    lint(credential_of(claims))
    orders.check_against_record(issue, claims)
    return {"checked": True}


def _sign(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:
    """Have it signed: the signer sees the document of intent and the proof that it is logged, and nothing else.

    A signature that was given but not recorded here is no second one: the signer gives the same again.
    """
    _check_granted(issue)
    entry = LogEntry.objects.get(id=done["intent"]["entry"])
    inclusion = ledger.cover(entry)
    proof = notes.LogProof(inclusion.index, inclusion.path, inclusion.checkpoint)
    signed = sign_certificate(SignOrder(ledger.get_blob(done["intent"]["intent"]), bytes(entry.leaf), proof.text()))
    credential = ledger.put_blob(signed.token.encode("ascii"), "application/vc+jwt")
    twin = {"twin": ledger.put_blob(signed.twin.encode(), "application/vc")} if signed.twin else {}
    return {"credential": credential, "label": signed.label, "kid": signed.kid, **twin}


def _check_granted(issue: Issue) -> None:
    if issue.case is not None and issue.case.state != "granted":
        raise TanbiaoError.of("case_no_longer_granted", issue.number)


def _log(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:
    """Say in the log that this credential is issued; from here on the signature counts."""
    _check_granted(issue)
    public = {
        "certificate": issue.number,
        "status": "valid",
        "credential": done["sign"]["credential"],
        **_twin(done),
        "public_bundle": done["intent"]["statement"],
        "valid_until": issue.order["valid_until"],
    }
    event = {"issue": str(issue.id), "version": issue.version, "package": issue.order["package_hash"], **public}
    entry = ledger.record(SYSTEM, type="certificate_issued", subject=str(issue.id), event=event, public=public)
    return {"entry": str(entry.id)}


def _twin(done: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of the Data Integrity twin, nothing where the signer made none."""
    return {"twin": done["sign"]["twin"]} if done["sign"].get("twin") else {}


def _draw(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:
    """Draw label and certificate; what a crash leaves behind are files that nobody names."""
    claims = orders.claims_of_issue(issue, public_bundle_hash=done["intent"]["statement"])
    return artefacts.make(done["sign"], issue.order, claims)


def _attest(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:
    """Have the PDFs stamped and sealed, where the operator has set who does it."""
    return attesting.attest(issue.number, issue.version, done["draw"])


def _prove(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Wait for the proof that the issue is in the log: nothing is published before it."""
    inclusion = ledger.cover(LogEntry.objects.get(id=done["log"]["entry"]))
    return {"index": inclusion.index, "size": inclusion.size}


def _publish(issue: Issue, done: Mapping[str, Any]) -> dict[str, Any]:
    """Enter the certificate into the register with what was drawn, render its pages, close the case."""
    order = issue.order
    if "change" in order:
        replacing.supersede(issue)
    if "transfer" in order:
        replacing.hand_over(issue)
    facts = CertificateFacts(hand=Hand("", frozenset(), frozenset({"system"})), terms=terms_of(order["terms"]))
    step = LIFECYCLE.fire("start", "issue", facts)
    claims = orders.claims_of_issue(issue, public_bundle_hash=done["intent"]["statement"])
    certificate = Certificate(
        number=issue.number,
        version=issue.version,
        is_newest=True,
        issue=issue,
        body_id=order["body_id"],
        owner_id=order["holder_id"],
        study_id=order.get("study_id"),
        scheme=f"{order['scheme_id']}@{order['scheme_version']}",
        category=order["category"],
        lifecycle=f"{LIFECYCLE.document.id}@{LIFECYCLE.document.version}",
        terms=order["terms"],
        is_demo=order["demo"],
        state=step.to,
        state_since=clock.now(),
        head=done["sign"]["credential"],
        valid_from=date.fromisoformat(order["valid_from"]),
        valid_until=date.fromisoformat(order["valid_until"]),
        issued_at=clock.now(),
        status_index=issue.status_index,
        claims=orders.claims_json(claims),
        shown=orders.shown(order),
        package_hash=order["package_hash"],
        credential_hash=done["sign"]["credential"],
        log_entry=done["log"]["entry"],
    )
    certificate.artefacts = {
        "statement": done["intent"]["statement"],
        **_twin(done),
        **done["draw"],
        **done["attest"]["artefacts"],
    }
    certificate.save()
    before = replacing.before(issue)
    if before is not None:
        consenting.carry(certificate, before)
    _schedule_expiry(certificate)
    issue.state = "done"
    issue.save(update_fields=["state"])
    if issue.case_id is not None:
        certification.mark_issued(SYSTEM, case_id=issue.case_id, certificate=issue.number)
        _publish_study(issue)
    if "change" in order or "transfer" in order:
        replacing.record(certificate)
    if "succeeds" in order:
        replacing.succeed(certificate)
    publishing.publish(certificate)
    ledger.emit("certificate.issued", {"certificate": str(certificate.id)})
    return {"certificate": str(certificate.id)}


def _schedule_expiry(certificate: Certificate) -> None:
    """Ask for the certificate's expiry after its last day, which ends at midnight in China."""
    end = datetime.combine(certificate.valid_until + timedelta(days=1), time(), timezone(timedelta(hours=8)))
    key = f"expire/{certificate.id}"
    ledger.enqueue("register.expire", key=key, payload={"certificate": str(certificate.id)}, not_before=end)


def _publish_study(issue: Issue) -> None:
    assert issue.case is not None
    study = issue.case.study
    if study is None:
        return
    if study.state == "verified":
        studies.publish(SYSTEM, study_id=study.id, case=str(issue.case_id))
    before = replacing.before(issue)
    if before is not None and before.study_id is not None:
        ageing.supersede(SYSTEM, study_id=before.study_id, by=study.id)


STAGES: dict[str, Callable[[Issue, Mapping[str, Any]], dict[str, Any]]] = {
    "reserve": _reserve,
    "intent": _intent,
    "lint": _lint,
    "sign": _sign,
    "log": _log,
    "draw": _draw,
    "attest": _attest,
    "prove": _prove,
    "publish": _publish,
}
FOLLOWING = dict(itertools.pairwise(STAGES))
"""Stage → the one after it."""
UNLOCKED = frozenset({"sign", "draw", "attest", "prove"})
"""Stages that wait or take seconds, and write nothing but files: no transaction is held while they work."""
